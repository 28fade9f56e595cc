import ArgumentParser
import Foundation

/// `trailwatch init`: the shipped alarm files, for a user to change.
struct InitCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "init",
        abstract: "Write the shipped alarm files into a folder; files that differ there are left alone.")

    @Argument(help: "The folder to write into; it is made when it is missing.", completion: .directory)
    var directory: String

    @Flag(help: "Replace files of these names that differ.")
    var force = false

    func run() throws {
        do {
            let writing = try InitWriting(ShippedFile.all, into: directory, replacesFiles: force)
            let outcomes = try writing.run()
            for outcome in outcomes { print("\(outcome.path): \(outcome.action.rawValue)") }
            printError("next: trailwatch check \(directory), then trailwatch serve --alarms \(directory) …")
        } catch {
            throw exitError(after: error)
        }
    }
}

/// Writes files into a folder: all of them or none, and none in place of one that differs unless told to.
struct InitWriting {
    enum Action: String, Sendable {
        case written
        case replaced
        case unchanged
    }

    struct Outcome: Equatable, Sendable {
        let path: String
        let action: Action
    }

    private let directory: URL
    private let plan: [(file: ShippedFile, outcome: Outcome)]

    /// Looks at what is there and writes nothing yet.
    ///
    /// - Throws: `InitFault` when something stands in the way.
    init(_ files: [ShippedFile], into directory: String, replacesFiles: Bool) throws(InitFault) {
        self.directory = URL(filePath: directory, directoryHint: .isDirectory)
        var isFolder: ObjCBool = false
        if FileManager.default.fileExists(atPath: directory, isDirectory: &isFolder), !isFolder.boolValue {
            throw .noFolder(directory)
        }
        var plan: [(ShippedFile, Outcome)] = []
        var differing: [String] = []
        for file in files {
            let path = directory.hasSuffix("/") ? directory + file.name : "\(directory)/\(file.name)"
            let action: Action
            if FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) {
                if isFolder.boolValue { throw .folderInTheWay(path) }
                let isEqual = FileManager.default.contents(atPath: path) == Data(file.text.utf8)
                if !isEqual { differing.append(path) }
                action = isEqual ? .unchanged : .replaced
            } else {
                action = .written
            }
            plan.append((file, Outcome(path: path, action: action)))
        }
        guard differing.isEmpty || replacesFiles else { throw .differing(differing) }
        self.plan = plan
    }

    /// Writes every file under another name first, then gives them their names, so that a full disk leaves no half.
    ///
    /// - Returns: What became of each file.
    /// - Throws: `InitFault` when the folder cannot be written to; what was there is then as it was.
    func run() throws(InitFault) -> [Outcome] {
        let manager = FileManager.default
        var waiting: [(from: URL, to: URL)] = []
        do {
            try manager.createDirectory(at: directory, withIntermediateDirectories: true)
            for (file, outcome) in plan where outcome.action != .unchanged {
                let temporary = directory.appending(path: ".\(file.name).\(ProcessInfo.processInfo.processIdentifier)")
                waiting.append((temporary, directory.appending(path: file.name)))
                try Data(file.text.utf8).write(to: temporary)
            }
            for (from, to) in waiting {
                guard rename(from.path, to.path) == 0 else { throw CocoaError(.fileWriteUnknown) }
            }
        } catch {
            for (from, _) in waiting { try? manager.removeItem(at: from) }
            throw .unwritable(directory.path, reason: error.localizedDescription)
        }
        return plan.map(\.outcome)
    }
}

/// Why the shipped files were not written.
enum InitFault: Error, Equatable, CustomStringConvertible {
    case noFolder(String)
    case folderInTheWay(String)
    case differing([String])
    case unwritable(String, reason: String)

    var description: String {
        switch self {
        case .noFolder(let path): "cannot write into \(path): got a file; want a folder"
        case .folderInTheWay(let path): "cannot write \(path): got a folder of that name; want none"
        case .differing(let paths):
            "cannot write \(paths.joined(separator: ", ")): other files of these names are there; nothing was "
                + "written; want another folder, or --force to replace them"
        case .unwritable(let path, let reason): "cannot write into \(path): \(reason)"
        }
    }
}
