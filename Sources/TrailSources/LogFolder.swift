package import TrailModel

/// A file that may be a CloudTrail log file: its path and what tells whether it changed.
package struct LogFile: Hashable, Sendable {
    package let path: String
    package let size: Int64
    package let modifiedNanoseconds: Int64
    package let identity: FileIdentity

    /// Only these are read in a folder; a file named on a command line is always read.
    package static func hasLogFileName(_ name: String) -> Bool {
        !name.hasPrefix(".") && (name.hasSuffix(".json.gz") || name.hasSuffix(".json"))
    }

    /// The file at `path`, whatever its name.
    package init(path: String) throws(FileSystemError) {
        let entry = try statusOfFile(path)
        guard entry.kind == .file else { throw FileSystemError(path: path, action: "read as a file", code: 21) }
        self.init(path: path, entry: entry)
    }

    init(path: String, entry: DirectoryEntry) {
        self.path = path
        size = entry.size
        modifiedNanoseconds = entry.modifiedNanoseconds
        identity = entry.identity
    }

    /// Last change of the content, in the file system's time.
    package var modified: Timestamp { Timestamp(milliseconds: modifiedNanoseconds / 1_000_000) }
}

/// Finds what is new in a folder of log files that something else fills.
///
/// A directory is listed again only when its own time changed, so that a poll over years of directories costs one
/// `stat` for each. A file that could not be read to its end yet is looked at until it stops changing.
package struct LogFolder: Sendable {
    package struct Listing: Sendable {
        /// New or changed files, in byte order of their paths within each directory.
        package var files: [LogFile] = []
        /// Directories that could not be listed, each reported when that begins.
        package var faults: [FileSystemError] = []
    }

    /// Directories nested deeper than this are not followed: a loop of links, not a trail.
    package static let depthMax = 32

    private struct Directory: Sendable {
        /// `nil` while a change within the clock's grain could go unseen, or after a fault.
        var listedAtModification: Int64?
        var subdirectories: [String] = []
        var seen: [String: LogFile] = [:]
        var fault: FileSystemError?
    }

    package let root: String
    private var directories: [String: Directory] = [:]
    /// Files that may still be growing, by path; those to be offered again even if they do not change.
    private var growing: [String: (file: LogFile, isIncomplete: Bool)] = [:]

    package init(root: String) {
        self.root = root
    }

    /// Why the folder itself could not be listed at the last call; `nil` when it could.
    package var rootFault: FileSystemError? { directories[root]?.fault }

    /// What appeared or changed since the last call; everything at the first.
    package mutating func poll(now: Timestamp) -> Listing {
        var listing = Listing()
        visit(root, depth: 0, now: now, listing: &listing)
        let listed = growing.isEmpty ? [] : Set(listing.files.map(\.path))
        for (path, known) in growing.sorted(by: { $0.key < $1.key }) {
            guard let file = try? LogFile(path: path) else {
                growing[path] = nil
                continue
            }
            let isSettled = !Self.mayGrow(file, now: now)
            if file != known.file || isSettled { growing[path] = nil }
            if file != known.file || isSettled && known.isIncomplete, !listed.contains(path) {
                listing.files.append(file)
            }
        }
        return listing
    }

    /// A file that stays as it is for this long is taken to be whole, even if it cannot be read to its end.
    package static let settleSeconds = 30.0

    /// True when a file changed so lately that it may still be growing.
    package static func mayGrow(_ file: LogFile, now: Timestamp) -> Bool {
        now.seconds(since: file.modified) < settleSeconds
    }

    /// `file` could not be read to its end: it is offered again when it changes or has settled.
    package mutating func retry(_ file: LogFile) {
        growing[file.path] = (file, isIncomplete: true)
    }

    /// `file` was read whole while it may still grow: it is offered again if it changes.
    ///
    /// A change of a file does not change the time of its directory.
    package mutating func watch(_ file: LogFile) {
        growing[file.path] = (file, isIncomplete: false)
    }

    private mutating func visit(_ path: String, depth: Int, now: Timestamp, listing: inout Listing) {
        var directory = directories[path] ?? Directory()
        do {
            let modification = try statusOfFile(path).modifiedNanoseconds
            if directory.listedAtModification != modification {
                let entries = try readDirectory(path)
                directory.subdirectories = entries.filter { $0.kind == .directory && !$0.name.hasPrefix(".") }.map(
                    \.name)
                var seen: [String: LogFile] = [:]
                for entry in entries where entry.kind == .file && LogFile.hasLogFileName(entry.name) {
                    let file = LogFile(path: "\(path)/\(entry.name)", entry: entry)
                    if directory.seen[entry.name] != file { listing.files.append(file) }
                    seen[entry.name] = file
                }
                directory.seen = seen
                let isSettled = now.milliseconds - modification / 1_000_000 > 2000
                directory.listedAtModification = isSettled ? modification : nil
                // The names of old directories are not kept: their files are in the ledger.
                if now.milliseconds - modification / 1_000_000 > 2 * 86_400_000 { directory.seen = [:] }
            }
            directory.fault = nil
        } catch {
            if directory.fault != error { listing.faults.append(error) }
            directory = Directory(fault: error)
        }
        directories[path] = directory
        guard depth < Self.depthMax else { return }
        for name in directory.subdirectories {
            visit("\(path)/\(name)", depth: depth + 1, now: now, listing: &listing)
        }
    }
}
