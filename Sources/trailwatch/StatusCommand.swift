import ArgumentParser
import Foundation
import TrailAlarms
import TrailModel
import TrailStore

/// `trailwatch status`: what a store holds, also beside a running server.
struct StatusCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "Print what is in a data directory: files, records, alarms, messages.")

    enum Format: String, ExpressibleByArgument { case table, json }

    @OptionGroup var options: SettingsOptions
    @OptionGroup var data: DataDirectory

    @Flag(help: "List the files that were refused and the records that were set aside, with the reasons.")
    var setAside = false

    @Flag(help: "Read the whole store and say what is damaged in it. Exit 1 when something is.")
    var check = false

    @Flag(
        help: "Count the series of each metric, and the values of each dimension with those that make the most series.")
    var cardinality = false

    @Option(help: "At most so many files, and so many records, are listed.")
    var limit = 1000

    @Option(help: "Form of the result.")
    var format = Format.table

    func run() throws {
        do {
            let settings = try options.settings(environment: ProcessInfo.processInfo.environment)
            let reader = try StoreReader(directory: try data.path(settings))
            if check {
                var bar = ProgressBar(total: 1, unit: "rows")
                let report = try reader.check { bar.show($0, of: $1) }
                bar.clear()
                try report.printAll(of: try data.path(settings))
            } else if cardinality {
                let counts = try reader.cardinality()
                print(format == .json ? counts.json.text : counts.table)
            } else if setAside {
                for entry in try reader.setAside(limit: limit) { print(format == .json ? entry.json.text : entry.line) }
            } else {
                let status = try reader.status()
                print(format == .json ? status.json.text : status.table)
            }
        } catch {
            throw exitError(after: error)
        }
    }
}

extension SetAside {
    fileprivate var line: String {
        guard let record, let offset else { return "\(file): \(reason)" }
        return "\(file): record \(record) at byte \(offset): \(reason)"
    }

    fileprivate var json: JSONValue {
        .members([
            ("file", .string(file)), ("record", record.map { .integer(Int64($0)) }),
            ("offset", offset.map { .integer(Int64($0)) }), ("length", length.map { .integer(Int64($0)) }),
            ("reason", .string(reason)),
        ])
    }
}

extension StoreStatus {
    private static let recordResults = ["counted", "duplicate", "malformed"]

    fileprivate var table: String {
        var lines = [
            "files     " + FileStatus.allCases.map { "\(files[$0] ?? 0) \($0.rawValue)" }.joined(separator: ", "),
            "records   "
                + Self.recordResults.map { "\(records[$0] ?? 0) \($0)" }.joined(separator: ", "),
            "alarms    " + counts(alarms), "messages  " + counts(messages),
        ]
        for source in sources {
            lines.append(
                "source    \(source.name): newest file \(source.newestStamp?.rfc3339 ?? "none"), complete to "
                    + (source.watermark?.rfc3339 ?? "nothing yet"))
        }
        let now = SystemTime().now()
        for mute in mutes where mute.until > now {
            lines.append("muted     \(mute.alarmName) until \(mute.until.rfc3339) by \(mute.who): \(mute.reason)")
        }
        return lines.joined(separator: "\n")
    }

    private func counts(_ values: [String: Int]) -> String {
        values.isEmpty
            ? "none" : values.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }.joined(separator: ", ")
    }

    fileprivate var json: JSONValue {
        func object(_ values: [(String, Int64)]) -> JSONValue { .members(values.map { ($0, .integer($1)) }) }
        func sorted(_ values: [String: Int]) -> JSONValue {
            object(values.sorted { $0.key < $1.key }.map { ($0.key, Int64($0.value)) })
        }
        return .members([
            ("files", object(FileStatus.allCases.map { ($0.rawValue, Int64(files[$0] ?? 0)) })),
            ("records", object(Self.recordResults.map { ($0, records[$0] ?? 0) })),
            ("alarms", sorted(alarms)), ("messages", sorted(messages)),
            (
                "mutes",
                .array(
                    mutes.map { mute in
                        .members([
                            ("alarm", .string(mute.alarmName)), ("since", .string(mute.since.rfc3339)),
                            ("until", .string(mute.until.rfc3339)), ("who", .string(mute.who)),
                            ("reason", .string(mute.reason)),
                        ])
                    })
            ),
            (
                "sources",
                .array(
                    sources.map { source in
                        .members([
                            ("name", .string(source.name)),
                            ("newestFile", .optional(source.newestStamp?.rfc3339)),
                            ("completeTo", .optional(source.watermark?.rfc3339)),
                        ])
                    })
            ),
        ])
    }
}
