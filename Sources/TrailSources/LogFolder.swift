package import TrailModel

/// A file that may be a CloudTrail log file: its path and what tells whether it changed.
package struct LogFile: Hashable, Sendable {
    package let path: String
    package let size: Int64
    package let modifiedNanoseconds: Int64
    package let identity: FileIdentity
    /// Where the file is found again when what lies at ``path`` is only a copy for the moment, such as `s3://BUCKET/KEY`.
    package let origin: String?

    /// Only these are read in a folder; a file named on a command line is always read.
    package static func hasLogFileName(_ name: String) -> Bool {
        !name.hasPrefix(".") && (name.hasSuffix(".json.gz") || name.hasSuffix(".json"))
    }

    /// The file at `path`, whatever its name.
    package init(path: String, origin: String? = nil) throws(FileSystemError) {
        let entry = try statusOfFile(path)
        guard entry.kind == .file else { throw FileSystemError(path: path, action: "read as a file", code: 21) }
        self.init(path: path, entry: entry, origin: origin)
    }

    init(path: String, entry: DirectoryEntry, origin: String? = nil) {
        self.path = path
        self.origin = origin
        size = entry.size
        modifiedNanoseconds = entry.modifiedNanoseconds
        identity = entry.identity
    }

    /// What people know the file by.
    package var name: String { origin ?? path }

    /// Last change of the content, in the file system's time.
    package var modified: Timestamp { Timestamp(milliseconds: modifiedNanoseconds / 1_000_000) }
}

/// Finds what is new in a folder of log files that something else fills.
///
/// A directory is listed again only when its own time changed, so that a poll costs one `stat` for each. Directories of
/// days long past, by their names in CloudTrail's layout, are looked at every ten minutes only, and what was listed of
/// them before a restart is not listed again. A file that may still grow is looked at until it stops changing.
package struct LogFolder: Sendable {
    package struct Listing: Sendable {
        /// New or changed files, in byte order of their paths within each directory.
        package var files: [LogFile] = []
        /// Directories that could not be listed, each reported when that begins.
        package var faults: [FileSystemError] = []
    }

    /// Directories nested deeper than this are not followed: a loop of links, not a trail.
    package static let depthMax = 32
    /// A directory of a day is past so long after the day began.
    static let pastSeconds: Int64 = 3 * 86_400
    /// A directory of the past is looked at this often.
    static let pastVisitSeconds: Int64 = 600

    private struct Directory: Sendable {
        /// `nil` while a change within the clock's grain could go unseen, or after a fault.
        var listedAtModification: Int64?
        var subdirectories: [String] = []
        var seen: [String: LogFile] = [:]
        var fault: FileSystemError?
    }

    package let root: String
    private var directories: [String: Directory] = [:]
    /// When a topmost directory of the past is looked at next.
    private var pastVisits: [String: Timestamp] = [:]
    /// Modification times of directories that held no other directory when they were listed before a restart.
    private var known: [String: Int64]
    private var newlyKnown: [String: Int64] = [:]
    /// Files that may still be growing, or were rejected and may be mended, by path.
    private var watched: [String: Watched] = [:]

    private struct Watched: Sendable {
        let file: LogFile
        let reason: WatchReason
    }

    /// Why a file is looked at on its own.
    package enum WatchReason: Sendable {
        /// It was read whole; it is offered again if it changes before it has settled.
        case mayGrow
        /// It could not be read to its end: it is offered again when it changes or has settled.
        case isIncomplete
        /// It was rejected: it is offered again when it changes, whenever that is.
        case isRejected
    }

    /// Rejected files that are looked at; of more only those that were rejected last.
    private static let watchedMax = 10_000

    /// A folder of which nothing is listed yet, but what `known` says: directories, relative to the root, with their
    /// modification times, as ``takeListed()`` gave them before.
    package init(root: String, known: [String: Int64] = [:]) {
        self.root = root
        self.known = known
    }

    /// Why the folder itself could not be listed at the last call; `nil` when it could.
    package var rootFault: FileSystemError? { directories[root]?.fault }

    /// What appeared or changed since the last call; at the first everything, but for what is known.
    package mutating func poll(now: Timestamp) -> Listing {
        var listing = Listing()
        visit(root, .none, isPast: false, depth: 0, now: now, listing: &listing)
        let listed = watched.isEmpty ? [] : Set(listing.files.map(\.path))
        for (path, known) in watched.sorted(by: { $0.key < $1.key }) {
            guard let file = try? LogFile(path: path) else {
                watched[path] = nil
                continue
            }
            let isChanged = file != known.file
            let isSettled = !Self.mayGrow(file, now: now)
            if isChanged || isSettled && known.reason != .isRejected { watched[path] = nil }
            if isChanged || isSettled && known.reason == .isIncomplete, !listed.contains(path) {
                listing.files.append(file)
            }
        }
        return listing
    }

    /// Directories of the past that were listed whole since the last call; to be kept when their files are in the ledger.
    ///
    /// Those with a file that is watched wait.
    package mutating func takeListed() -> [String: Int64] {
        let busy = Set(watched.keys.map { String($0[..<($0.lastIndex(of: "/") ?? $0.startIndex)]) })
        var result: [String: Int64] = [:]
        for (path, modification) in newlyKnown where !busy.contains(path) {
            result[relative(path)] = modification
            newlyKnown[path] = nil
        }
        return result
    }

    /// A file that stays as it is for this long is taken to be whole, even if it cannot be read to its end.
    package static let settleSeconds = 30.0

    /// True when a file changed so lately that it may still be growing.
    package static func mayGrow(_ file: LogFile, now: Timestamp) -> Bool {
        now.seconds(since: file.modified) < settleSeconds
    }

    /// Looks at `file` on its own: a change of a file does not change the time of its directory.
    package mutating func watch(_ file: LogFile, _ reason: WatchReason) {
        if watched.count >= Self.watchedMax, let any = watched.keys.first { watched[any] = nil }
        watched[file.path] = Watched(file: file, reason: reason)
    }

    private func relative(_ path: String) -> String { String(path.dropFirst(root.count + 1)) }

    private mutating func visit(
        _ path: String, _ date: DatePath, isPast parentIsPast: Bool, depth: Int, now: Timestamp,
        listing: inout Listing
    ) {
        let isPast = parentIsPast || date.isOver(before: now.adding(seconds: -Self.pastSeconds))
        if isPast && !parentIsPast {
            if let next = pastVisits[path], now < next { return }
            // Spread over the next twice that time, so that they are not all looked at together.
            let spread = path.utf8.reduce(Int64(0)) { ($0 &* 31 &+ Int64($1)) & 0xFFFF } % Self.pastVisitSeconds
            pastVisits[path] = now.adding(seconds: Self.pastVisitSeconds + spread)
        }
        var directory = directories[path] ?? Directory()
        do {
            let modification = try statusOfFile(path).modifiedNanoseconds
            if directory.listedAtModification == nil, isPast, known.removeValue(forKey: relative(path)) == modification
            {
                directory.listedAtModification = modification
            }
            if directory.listedAtModification != modification {
                try list(path, modification, isPast: isPast, now: now, &directory, &listing)
            }
            directory.fault = nil
        } catch {
            if directory.fault != error { listing.faults.append(error) }
            directory = Directory(fault: error)
        }
        directories[path] = directory
        guard depth < Self.depthMax else { return }
        for name in directory.subdirectories {
            visit(
                "\(path)/\(name)", date.appending(name), isPast: isPast, depth: depth + 1, now: now,
                listing: &listing)
        }
    }

    private mutating func list(
        _ path: String, _ modification: Int64, isPast: Bool, now: Timestamp, _ directory: inout Directory,
        _ listing: inout Listing
    ) throws(FileSystemError) {
        let entries = try readDirectory(path)
        directory.subdirectories = entries.filter { $0.kind == .directory && !$0.name.hasPrefix(".") }.map(\.name)
        var seen: [String: LogFile] = [:]
        for entry in entries where entry.kind == .file && LogFile.hasLogFileName(entry.name) {
            let file = LogFile(path: "\(path)/\(entry.name)", entry: entry)
            if directory.seen[entry.name] != file { listing.files.append(file) }
            seen[entry.name] = file
        }
        directory.seen = seen
        let age = now.milliseconds - modification / 1_000_000
        directory.listedAtModification = age > 2000 ? modification : nil
        // The names of old directories are not kept: their files are in the ledger.
        guard age > Self.pastSeconds * 1000 else { return }
        directory.seen = [:]
        if isPast && directory.subdirectories.isEmpty { newlyKnown[path] = modification }
    }
}

/// How far a path leads into `YYYY/MM/DD`.
private enum DatePath {
    case none
    case year(String)
    case month(String)
    case day(String)

    func appending(_ name: String) -> DatePath {
        let isNumber = name.utf8.allSatisfy { ($0 &- UInt8(ascii: "0")) < 10 }
        switch self {
        case .year(let year) where isNumber && name.utf8.count == 2: return .month("\(year)-\(name)")
        case .month(let month) where isNumber && name.utf8.count == 2: return .day("\(month)-\(name)")
        default: return isNumber && name.utf8.count == 4 ? .year(name) : .none
        }
    }

    /// True when the year, month or day ended before that of `time`.
    func isOver(before time: Timestamp) -> Bool {
        let now = time.rfc3339
        return switch self {
        case .none: false
        case .year(let text), .month(let text), .day(let text): text < now.prefix(text.utf8.count)
        }
    }
}
