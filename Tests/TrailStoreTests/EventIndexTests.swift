import GRDB
import Testing
import TrailCounts
import TrailModel
import TrailStore

@Suite struct EventIndexTests {
    private static let always = Timestamp(seconds: 0)..<Timestamp(seconds: 4_000_000_000)

    private static func named(_ name: String, _ range: Range<Timestamp> = always) -> EventQuery {
        var query = EventQuery(range: range)
        query.names = [name]
        return query
    }

    @Test func `many small commits are joined, and the answers stay the same`() throws {
        let directory = TemporaryDirectory()
        let store = try Store(directory: directory.path)
        for index in 0..<40 {
            let file = try StoreTests.file("f\(index)", events: (index * 3)..<(index * 3 + 3))
            _ = try store.commit([file], plan: StoreTests.plan, source: "test", now: StoreTests.now)
        }
        let reader = try StoreReader(directory: directory.path)
        let names = (0..<6).map { "N\($0)" }
        let before = try names.map { try reader.files(for: Self.named($0)) }
        #expect(before.map(\.candidates.count) == [24, 24, 24, 24, 24, 0])
        #expect(before.allSatisfy { $0.inRange == 40 && $0.withoutIndex.isEmpty })
        #expect(try Self.rows(directory) == 40)
        try store.fold()
        #expect(try Self.rows(directory) == 1)
        #expect(try names.map { try reader.files(for: Self.named($0)).candidates } == before.map(\.candidates))
    }

    private static func rows(_ directory: TemporaryDirectory) throws -> Int? {
        try DatabaseQueue(path: directory.path + "/trailwatch.sqlite").read {
            try Int.fetchOne($0, sql: "SELECT COUNT(*) FROM event_index")
        }
    }

    @Test func `only files with events in the range of time are candidates, latest first`() throws {
        let directory = TemporaryDirectory()
        let store = try Store(directory: directory.path)
        // Events are 7 s apart: the second file begins 700 s after the first, the third on another day.
        let files = [0..<10, 100..<110, 20_000..<20_010]
        _ = try store.commit(
            try files.enumerated().map { try StoreTests.file("f\($0)", events: $1) }, plan: StoreTests.plan,
            source: "test", now: StoreTests.now)
        let reader = try StoreReader(directory: directory.path)
        func paths(_ from: Int64, _ to: Int64) throws -> [String] {
            let range = StoreTests.now.adding(seconds: from)..<StoreTests.now.adding(seconds: to)
            return try reader.files(for: Self.named("N1", range)).candidates.map(\.path)
        }
        #expect(try paths(0, 200_000) == ["f2", "f1", "f0"])
        #expect(try paths(0, 690) == ["f0"])
        #expect(try paths(64, 701) == ["f1"])
        #expect(try paths(800, 9000) == [])
        #expect(try paths(100_000, 200_000) == ["f2"])
    }

    @Test func `files counted before there was an index are named`() throws {
        let directory = TemporaryDirectory()
        let store = try Store(directory: directory.path)
        _ = try store.commit(
            [try StoreTests.file("old", events: 0..<10)], plan: StoreTests.plan, source: "test", now: StoreTests.now)
        let query = Self.named("N1")
        let database = try DatabaseQueue(path: directory.path + "/trailwatch.sqlite")
        // A reader beside a writer of the format before.
        let version = try database.read { try Int.fetchOne($0, sql: "PRAGMA user_version") ?? 0 }
        try database.write { try $0.execute(sql: "PRAGMA user_version = 2") }
        #expect(try StoreReader(directory: directory.path).files(for: query).withoutIndex == ["old"])
        // What the migration leaves: no index, and the number of the last commit before it.
        try database.write { db in
            try db.execute(
                sql: """
                    PRAGMA user_version = \(version);
                    DELETE FROM event_index; UPDATE meta SET value = 1 WHERE name = 'last_commit_without_index';
                    """)
        }
        _ = try store.commit(
            [try StoreTests.file("new", events: 10..<20)], plan: StoreTests.plan, source: "test", now: StoreTests.now)
        let files = try StoreReader(directory: directory.path).files(for: query)
        #expect(files.withoutIndex == ["old"])
        #expect(files.candidates.map(\.path) == ["new"])
        let later = StoreTests.now.adding(seconds: 86_400)..<StoreTests.now.adding(seconds: 90_000)
        #expect(try StoreReader(directory: directory.path).files(for: Self.named("N1", later)).withoutIndex.isEmpty)
    }

    @Test func `a commit that fails leaves no index behind`() throws {
        let directory = TemporaryDirectory()
        let store = try Store(directory: directory.path)
        let database = try DatabaseQueue(path: directory.path + "/trailwatch.sqlite")
        try database.write { db in
            try db.execute(
                sql: """
                    CREATE TRIGGER refuse BEFORE INSERT ON unevaluated BEGIN SELECT RAISE(ABORT, 'full'); END;
                    """)
        }
        #expect(throws: StoreError.self) {
            try store.commit(
                [try StoreTests.file("a", events: 0..<10)], plan: StoreTests.plan, source: "test", now: StoreTests.now)
        }
        #expect(try Self.rows(directory) == 0)
    }
}
