import Foundation
import Testing
import TrailEvents

/// Recorded logs, when `TRAILWATCH_REAL_LOGS` names their folder; its ground truth came from SQL.
struct RealLogTests {
    @Test(
        .enabled(if: RecordedLogs.folder != nil, "set TRAILWATCH_REAL_LOGS to the folder of recorded logs to run this"))
    func `recorded files give the counts of the ground truth`() throws {
        let folder = try #require(RecordedLogs.folder)
        let rows = try RecordedLogs.rows(of: "ground-truth-files.csv")
        var scanner = RecordScanner(FieldTable())
        var allKeys: Set<EventKey> = []
        for row in rows {
            let file = try #require(row["file"])
            let text = try RecordedLogs.unpacked(folder + "/" + file)
            var errors = 0
            var times: [Int64] = []
            var names: Set<String> = []
            let events = try scanner.scan(
                text,
                onRecord: { record in
                    if record.string(.errorCode) != nil { errors += 1 }
                    if let time = record.eventSeconds { times.append(time) }
                    names.insert(record.string(.eventName) ?? "")
                    allKeys.insert(record.key)
                    #expect(record.kind == .management || record.kind == .data)
                })
            #expect(String(events) == row["events"], "\(file)")
            #expect(String(errors) == row["errors"], "\(file)")
            #expect(times.count == events)
            #expect(LogFileName(path: file)?.ledgerKey == file)
        }
        #expect(rows.count == 69)
        #expect(allKeys.count == 2999)
    }
}

/// The folder of recorded logs and what is in it.
enum RecordedLogs {
    static let folder = ProcessInfo.processInfo.environment["TRAILWATCH_REAL_LOGS"]

    /// The rows of a CSV file without quoted fields, by column name.
    static func rows(of file: String) throws -> [[String: String]] {
        let text = try String(contentsOfFile: (folder ?? "") + "/" + file, encoding: .utf8)
        let lines = text.split(whereSeparator: \.isNewline).map { line in
            line.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        }
        guard let header = lines.first else { return [] }
        return lines.dropFirst().map { Dictionary(zip(header, $0), uniquingKeysWith: { first, _ in first }) }
    }

    static func unpacked(_ path: String) throws -> LogText {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["gzip", "-dc", path]
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        let data = try output.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        return LogText(data)
    }
}
