import ArgumentParser
import Foundation
import TrailModel
import TrailStore

/// `trailwatch backup`: a copy of a store in one file, also beside a running server.
struct BackupCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backup", abstract: "Copy the store into a file, also beside a running server.")

    @Argument(
        help: "The file to write, or a folder for a file named by the time.", completion: .file())
    var place: String

    @OptionGroup var options: SettingsOptions
    @OptionGroup var data: DataDirectory

    @Flag(help: "Replace a file of this name.")
    var force = false

    func run() throws {
        do {
            let settings = try options.settings(environment: ProcessInfo.processInfo.environment)
            let reader = try StoreReader(directory: try data.path(settings))
            let begin = ContinuousClock.now
            var bar = ProgressBar(total: 1, unit: "pages")
            let file = path()
            let copy = try StoreCopy(of: reader, to: file, replacesFile: force) { bar.show($0, of: $1) }
            bar.clear()
            print("\(file): \(copy.bytes) bytes in \(seconds(since: begin)) s")
        } catch {
            throw exitError(after: error)
        }
    }

    private func path() -> String {
        var isDirectory: ObjCBool = false
        guard FileManager.default.fileExists(atPath: place, isDirectory: &isDirectory), isDirectory.boolValue else {
            return place
        }
        // Colons are not for file names.
        let time = Timestamp(seconds: SystemTime().now().seconds).rfc3339.replacing(":", with: "")
        return "\(place.hasSuffix("/") ? String(place.dropLast()) : place)/trailwatch-\(time).sqlite"
    }
}

/// `trailwatch restore`: puts a copy in the place of a store, or says what is wrong with it.
struct RestoreCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "restore",
        abstract: "Make a backup the store of a data directory, after checking it. Exit 1 when it is damaged.")

    @Argument(help: "A file that `trailwatch backup` wrote.", completion: .file())
    var file: String

    @OptionGroup var options: SettingsOptions
    @OptionGroup var data: DataDirectory

    @Flag(help: "Check the file alone and write nothing.")
    var verify = false

    @Flag(help: "Replace the store that the data directory holds.")
    var force = false

    func run() throws {
        do {
            let reader = try StoreReader(file: file)
            var rows = ProgressBar(total: 1, unit: "rows")
            if verify {
                let report = try reader.check { rows.show($0, of: $1) }
                rows.clear()
                try report.printAll(of: file)
                return
            }
            let settings = try options.settings(environment: ProcessInfo.processInfo.environment)
            let directory = try data.path(settings)
            let begin = ContinuousClock.now
            var pages = ProgressBar(total: 1, unit: "pages")
            defer { pages.clear() }
            defer { rows.clear() }
            let copy = try Store.restore(
                reader, in: directory, replacesStore: force, progress: { pages.show($0, of: $1) },
                checking: { rows.show($0, of: $1) },
                damaged: { report in
                    rows.clear()
                    report.printDamages()
                })
            rows.clear()
            print("\(directory): \(copy.bytes) bytes in \(seconds(since: begin)) s")
        } catch {
            throw exitError(after: error)
        }
    }
}

extension StoreReport {
    /// Prints each damage, then one line of what was looked at; `name` is what was checked.
    ///
    /// - Throws: Exit code 1 when there is a damage.
    func printAll(of name: String) throws {
        printDamages()
        let rows = rows.values.reduce(0, +)
        printError("\(name): format \(version), \(rows) rows, \(damageCount) damages")
        if !isSound { throw ExitCode(1) }
    }

    fileprivate func printDamages() {
        for damage in damages { print(damage) }
        if damageCount > damages.count { print("and \(damageCount - damages.count) more") }
    }
}

private func seconds(since begin: ContinuousClock.Instant) -> String {
    let milliseconds = (ContinuousClock.now - begin) / .milliseconds(1)
    return String(format: "%.1f", milliseconds / 1000)
}
