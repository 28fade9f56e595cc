import Foundation
import Testing
import TrailCounts
import TrailModel
import TrailPatterns
import TrailServer
import TrailSources
import TrailStore

private struct FixedTime: TimeSource {
    func now() -> Timestamp { start.adding(seconds: 10 * 86_400) }
    func sleep(for duration: Duration) async throws {}
}

private let start = Timestamp(seconds: 1_700_000_000)
private let always = Timestamp(seconds: 0)..<Timestamp(seconds: 4_000_000_000)

/// An event as the test knows it.
private struct Call {
    var id: Int
    var minute: Int
    var name: String
    var user: String
    var bucket: String
    var readOnly: Bool

    var json: String {
        """
        {"eventID":"\(id)","eventTime":"\(start.adding(seconds: Int64(minute) * 60).rfc3339)","eventName":"\(name)",
        "eventSource":"s3.amazonaws.com","readOnly":\(readOnly),"userIdentity":{"type":"IAMUser","userName":"\(user)"},
        "requestParameters":{"bucketName":"\(bucket)"}}
        """
    }
}

/// Log files and a store that has counted them, which go when the test ends.
private final class Trail: Sendable {
    let path = FileManager.default.temporaryDirectory.appendingPathComponent("trailwatch-\(UUID().uuidString)").path

    deinit { try? FileManager.default.removeItem(atPath: path) }

    /// Writes `files` and counts them, each batch in a run of its own.
    init(_ batches: [[String: [Call]]]) throws {
        try FileManager.default.createDirectory(atPath: path + "/logs", withIntermediateDirectories: true)
        for batch in batches {
            for (name, calls) in batch {
                let text = "{\"Records\":[\(calls.map(\.json).joined(separator: ","))]}"
                let bytes = name.hasSuffix(".gz") ? gzipped(Array(text.utf8)) : Array(text.utf8)
                try Data(bytes).write(to: URL(fileURLWithPath: file(name)))
            }
            let store = try Store(directory: path + "/data")
            var ingest = Ingest(store: store, plan: CountingPlan(filters: []), time: FixedTime())
            try ingest.run(LogFolder.files(under: path + "/logs").files) { _ in }
        }
    }

    func file(_ name: String) -> String { "\(path)/logs/\(name)" }

    func search(
        _ query: EventQuery, usesIndex: Bool = true, limit: Int = .max
    ) async throws -> (events: [EventSearch.Event], summary: EventSearch.Summary, files: IndexedFiles) {
        let files = try StoreReader(directory: path + "/data").files(for: query, usesIndex: usesIndex)
        var search = EventSearch(query, limit: limit)
        var reader = LocalLogReader()
        var events: [EventSearch.Event] = []
        let summary = try await search.run(
            files.candidates, reader: { try reader.read($0, into: &$1) }, report: { events.append($0) })
        return (events, summary, files)
    }
}

private func query(_ range: Range<Timestamp> = always, _ set: (inout EventQuery) -> Void) -> EventQuery {
    var query = EventQuery(range: range)
    set(&query)
    return query
}

@Suite struct EventSearchTests {
    /// Thirty files of three days, events in up to three copies, counted in several runs.
    private static func randomTrail(using random: inout SeededGenerator) throws -> (trail: Trail, calls: [Call]) {
        var calls: [Call] = []
        var batches: [[String: [Call]]] = []
        for batch in 0..<5 {
            var files: [String: [Call]] = [:]
            for number in 0..<6 {
                let minute = Int.random(in: 0..<(3 * 1440), using: &random)
                var file: [Call] = []
                for _ in 0..<Int.random(in: 1...8, using: &random) {
                    if let copy = calls.randomElement(using: &random), Int.random(in: 0..<4, using: &random) == 0 {
                        file.append(copy)
                        continue
                    }
                    let call = Call(
                        id: calls.count, minute: minute + Int.random(in: 0..<12, using: &random),
                        name: "N\(Int.random(in: 0..<9, using: &random))",
                        user: "u\(Int.random(in: 0..<9, using: &random))",
                        bucket: "b\(Int.random(in: 0..<20, using: &random))",
                        readOnly: Int.random(in: 0..<3, using: &random) > 0)
                    calls.append(call)
                    file.append(call)
                }
                files["\(batch)-\(number).json\(number % 2 == 0 ? ".gz" : "")"] = file
            }
            batches.append(files)
        }
        return (try Trail(batches), calls)
    }

    @Test(arguments: UInt64(1)...6)
    func `the index changes nothing but the number of files read`(seed: UInt64) async throws {
        var random = SeededGenerator(seed: seed)
        let (trail, calls) = try Self.randomTrail(using: &random)
        var spared = 0
        for _ in 0..<40 {
            func some(_ prefix: String, of count: Int) -> [String] {
                Int.random(in: 0..<3, using: &random) > 0
                    ? [] : (0...1).map { _ in "\(prefix)\(Int.random(in: 0..<count, using: &random))" }
            }
            let from = Int64.random(in: 0..<2000, using: &random) * 60
            let range = start.adding(seconds: from)..<start.adding(seconds: from + 180_000)
            let query = query(Bool.random(using: &random) ? range : always) { query in
                query.names = some("N", of: 10)
                query.users = some("u", of: 10)
                query.resources = some("b", of: 21)
                query.isChange = Int.random(in: 0..<3, using: &random) == 0
            }
            let found = try await trail.search(query)
            let scanned = try await trail.search(query, usesIndex: false)
            #expect(found.events.map(\.record) == scanned.events.map(\.record), "seed \(seed): \(query)")
            #expect(found.events.map(\.path) == scanned.events.map(\.path))
            #expect(found.files.inRange == scanned.files.inRange)
            spared += scanned.summary.filesRead - found.summary.filesRead
            // And it is what the test itself finds among the events it made.
            let want = calls.filter { call in
                query.range.contains(start.adding(seconds: Int64(call.minute) * 60))
                    && (query.names.isEmpty || query.names.contains(call.name))
                    && (query.users.isEmpty || query.users.contains(call.user))
                    && (query.resources.isEmpty || query.resources.contains(call.bucket))
                    && !(query.isChange && call.readOnly)
            }
            #expect(found.events.map(\.eventID).sorted() == want.map { "\($0.id)" }.sorted())
            #expect(zip(found.events, found.events.dropFirst()).allSatisfy { $0.time >= $1.time })
            let limit = Int.random(in: 1...30, using: &random)
            let limited = try await trail.search(query, limit: limit)
            #expect(limited.events.map(\.record) == Array(found.events.map(\.record).prefix(limit)))
            #expect(limited.summary.filesRead <= found.summary.filesRead)
        }
        #expect(spared > 100, "seed \(seed)")
    }

    private static func call(_ id: Int, minute: Int = 0, _ name: String = "Put", bucket: String = "b") -> Call {
        Call(id: id, minute: minute, name: name, user: "u", bucket: bucket, readOnly: false)
    }

    @Test func `the newest changes to a resource are found in the files that hold them`() async throws {
        var files: [String: [Call]] = [:]
        for number in 0..<20 {
            var read = Self.call(number, minute: number * 10, "Get", bucket: "mine")
            read.readOnly = true
            files["\(number).json"] = [read]
        }
        files["20.json"] = [Self.call(20, minute: 33, bucket: "mine"), Self.call(21, minute: 34, bucket: "other")]
        files["21.json"] = [Self.call(22, minute: 66, "Delete", bucket: "mine")]
        let trail = try Trail([files])
        let changes = query {
            $0.resources = ["arn:aws:s3:::mine"]
            $0.isChange = true
        }
        let (events, summary, found) = try await trail.search(changes)
        #expect(events.map(\.eventID) == ["22", "20"])
        #expect(events.map(\.resources) == [["mine"], ["mine"]])
        #expect(summary.filesRead == 2 && found.inRange == 22)
        #expect(try await trail.search(changes, limit: 1).summary.filesRead == 1)
        #expect(try await trail.search(query { $0.resources = ["mine"] }).events.count == 22)
    }

    @Test func `a file that is gone is named and keeps nothing else from being found`() async throws {
        let trail = try Trail([["a.json": [Self.call(1)], "b.json": [Self.call(2)], "c.json.gz": [Self.call(3)]]])
        try FileManager.default.removeItem(atPath: trail.file("b.json"))
        try Data([0x1F, 0x8B, 8]).write(to: URL(fileURLWithPath: trail.file("c.json.gz")))
        let (events, summary, _) = try await trail.search(query { $0.names = ["Put"] })
        #expect(events.map(\.eventID) == ["1"])
        #expect(summary.faults.count == 2)
        #expect(summary.faults.contains { $0.contains("b.json") })
        #expect(summary.faults.contains { $0.contains("c.json.gz") })
    }

    @Test func `of copies that differ the newest is found once, and a copy that alone matches is found`() async throws {
        var other = Self.call(1, minute: 90)
        other.name = "Delete"
        let trail = try Trail([["a.json": [Self.call(1)], "b.json": [other]]])
        #expect(try await trail.search(query { _ in }).events.map(\.name) == ["Delete"])
        #expect(try await trail.search(query { $0.names = ["Put"] }).events.map(\.name) == ["Put"])
    }

    @Test func `a record is on one line, whatever its file looks like`() async throws {
        let trail = try Trail([["a.json": [Self.call(1)]]])
        let record = try #require(try await trail.search(query { _ in }).events.first).record
        #expect(!record.contains("\n"))
        let object = try JSONSerialization.jsonObject(with: Data(record.utf8)) as? [String: Any]
        #expect(object?["eventName"] as? String == "Put")
    }

    @Test func `a filter pattern holds on top of everything else`() async throws {
        let trail = try Trail([["a.json": [Self.call(1), Self.call(2, bucket: "c")]]])
        let pattern = try FilterPattern(#"{ $.requestParameters.bucketName = "c*" }"#)
        #expect(try await trail.search(query { $0.pattern = pattern }).events.map(\.eventID) == ["2"])
    }
}
