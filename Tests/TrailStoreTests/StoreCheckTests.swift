import Foundation
import GRDB
import Testing
import TrailCounts
import TrailModel
import TrailPatterns
import TrailStore

/// Each kind of damage is found and named by table and row, and no other is.
@Suite struct StoreCheckTests {
    private let directory = TemporaryDirectory()
    private var path: String { directory.path + "/trailwatch.sqlite" }

    /// A store with folded counts of two days, some that wait in the journal, and changes of closed slots.
    init() throws {
        let store = try Store(directory: directory.path)
        _ = try store.commit(
            [try StoreTests.file("a", events: 0..<300), try StoreTests.file("b", events: 20_000..<20_010)],
            plan: StoreTests.plan, source: "test", now: StoreTests.now)
        try store.fold()
        store.closeSlots(through: Timestamp(seconds: 1_700_100_000))
        _ = try store.commit(
            [try StoreTests.file("c", events: 290..<320)], plan: StoreTests.plan, source: "test", now: StoreTests.now)
        try store.close()
    }

    private func damages() throws -> [String] {
        try StoreReader(file: path).check().damages.map(\.description)
    }

    private func execute(_ sql: String) throws {
        try DatabaseQueue(path: path).writeWithoutTransaction { db in
            try db.execute(sql: sql)
            try db.execute(sql: "PRAGMA wal_checkpoint(TRUNCATE)")
        }
    }

    @Test func `a sound store has no damage, and every table was looked at`() throws {
        let report = try StoreReader(file: path).check()
        #expect(report.damages == [])
        #expect(report.rows["ledger"] == 3)
        #expect(report.rows["blocks"] ?? 0 > 10)
        #expect(report.rows["event_ids"] ?? 0 > 1)
        #expect(report.rows["journal"] == 1)
        #expect(report.rows["closed_changes"] == 1)
    }

    @Test(arguments: [
        ("UPDATE ledger SET counted = counted + 1 WHERE key = 'b'", "table ledger, row b: got 10 records"),
        ("UPDATE ledger SET status = 'red' WHERE key = 'b'", "table ledger, row b: got the status red"),
        ("UPDATE ledger SET filters = '77' WHERE key = 'b'", "table ledger, row b: it names the set of filters 77"),
        ("UPDATE ledger SET records = 'x' WHERE key = 'b'", "table ledger, row b: records is no number"),
        ("DELETE FROM meta WHERE name = 'last_commit'", "table ledger, row a: got the commit 1"),
        ("DELETE FROM families WHERE id = 3", "table families, row 4: row 3 is missing before it"),
        ("DELETE FROM series_pages WHERE page = 4", "table blocks, row 300, 19675, 4: it names the series 1024"),
        ("UPDATE series_pages SET family = 99 WHERE page = 0", "page 0 names the family 99"),
        ("UPDATE series_pages SET family = 1 WHERE page = 0", "table series_pages, row 0: "),
        ("DELETE FROM dimension_values WHERE id = 3", "table dimension_values, row 4: row 3 is missing before it"),
        ("UPDATE dimension_values SET text = x'61' WHERE id < 3", "table dimension_values, row 1: "),
        ("DELETE FROM activities WHERE id = 5", "table activities, row 6: row 5 is missing before it"),
        ("UPDATE activities SET young = -1 WHERE id = 5", "table activities, row 5: got a count below 0"),
        (
            "UPDATE blocks SET resolution = 60 WHERE day = 19677 AND page = 0 AND resolution = 300",
            "table blocks, row 60, 19677, 0: "
        ),
        (
            "UPDATE blocks SET payload = 'text' WHERE day = 19677 AND page = 0 AND resolution = 300",
            "table blocks, row 300, 19677, 0: "
        ),
        (
            "UPDATE event_ids SET slot = slot + 1 WHERE slot = 1699999200",
            "row 1699999201: the slot starts off the grid"
        ),
        ("UPDATE counters SET value = -1 WHERE label = 'counted'", "table counters, row records, counted: got -1"),
        ("INSERT INTO alarms VALUES ('x', '{', '{}', 0, 0, 0)", "table alarms, row x: "),
        ("INSERT INTO alarm_timeline VALUES ('x', 5, 'GOOD')", "table alarm_timeline, row x, 5: got the state GOOD"),
        (
            "INSERT INTO contributor_timeline VALUES ('x', 'a', 5, 'GOOD')",
            "table contributor_timeline, row x, a, 5: got the state GOOD"
        ),
        ("INSERT INTO unevaluated VALUES (9, 's', x'FF')", "table unevaluated, row 9: "),
        ("INSERT INTO filter_matches VALUES (999999, 1)", "table filter_matches, row 999999: it names the series"),
        ("DROP TABLE closed_changes", "table closed_changes: cannot read it: no such table"),
    ])
    func `what does not fit is named`(sql: String, want: String) throws {
        try execute(sql)
        let damages = try damages()
        #expect(damages.contains { $0.contains(want) }, "\(damages)")
    }

    @Test(arguments: [
        ("blocks", "payload", ["resolution", "day", "page"]), ("event_ids", "payload", ["slot"]),
        ("journal", "counts", ["commit_number"]), ("journal", "event_ids", ["commit_number"]),
        ("closed_changes", "payload", ["commit_number"]),
        ("series_pages", "payload", ["page"]), ("event_index", "payload", ["day", "commit_number"]),
    ])
    func `a flipped bit anywhere in a blob is found in its row`(table: String, column: String, key: [String]) throws {
        let database = try DatabaseQueue(path: path)
        let row = try #require(
            try database.read { try Row.fetchOne($0, sql: "SELECT * FROM \(table) ORDER BY length(\(column)) DESC") })
        let name = key.map { "\(row[$0] as Int64)" }.joined(separator: ", ")
        let sound: Data = row[column]
        let place = key.map { "\($0) = \(row[$0] as Int64)" }.joined(separator: " AND ")
        for offset in Set([0, 1, sound.count / 3, sound.count / 2, sound.count - 2, sound.count - 1]) {
            var bytes = sound
            bytes[offset] ^= 1 << UInt8(offset % 8)
            try database.write {
                try $0.execute(sql: "UPDATE \(table) SET \(column) = ? WHERE \(place)", arguments: [bytes])
            }
            let damages = try damages()
            // Without its page a series is missed elsewhere too.
            #expect(damages.count == 1 || table == "series_pages", "offset \(offset) of \(sound.count)")
            #expect(damages.first?.hasPrefix("table \(table), row \(name): ") == true, "\(damages)")
        }
    }

    @Test func `a file that is cut off is found, whatever its length`() throws {
        try execute("VACUUM")
        let whole = try Data(contentsOf: URL(fileURLWithPath: path))
        for length in [whole.count - 1, whole.count - 4096, whole.count / 2, 5000, 99, 0] {
            let file = directory.path + "/cut-\(length).sqlite"
            try whole.prefix(length).write(to: URL(fileURLWithPath: file))
            do {
                let report = try StoreReader(file: file).check()
                #expect(!report.isSound, "\(length) of \(whole.count) bytes")
            } catch {
                guard case .notAStore(file, _) = error as? StoreError else {
                    Issue.record("\(length) of \(whole.count) bytes: \(error)")
                    continue
                }
            }
        }
    }

    @Test func `bytes that are wrong anywhere in the file never crash a check`() throws {
        try execute("VACUUM; PRAGMA journal_mode = DELETE")
        let whole = try Data(contentsOf: URL(fileURLWithPath: path))
        var state: UInt64 = 20_261_123
        for round in 0..<150 {
            var bytes = whole
            for _ in 0..<8 {
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                bytes[Int((state >> 20) % UInt64(bytes.count))] = UInt8(truncatingIfNeeded: state >> 56)
            }
            let file = directory.path + "/wrong.sqlite"
            try bytes.write(to: URL(fileURLWithPath: file))
            do {
                _ = try StoreReader(file: file).check()
            } catch {
                #expect(error is StoreError, "round \(round): \(error)")
            }
        }
    }

    @Test(arguments: [
        ("DELETE FROM families WHERE id = 3", "the table families"),
        ("UPDATE series_pages SET family = 99 WHERE page = 0", "the table series_pages"),
        ("DELETE FROM dimension_values WHERE id = 3", "the table dimension_values"),
        ("DELETE FROM activities WHERE id = 5", "the table activities"),
        ("UPDATE journal SET counts = counts || x'00'", "the journal"),
    ])
    func `a damaged store is not opened with wrong numbers`(sql: String, want: String) throws {
        try execute(sql)
        let error = #expect(throws: StoreError.self) { _ = try Store(directory: directory.path) }
        guard case .corrupt(want, _)? = error else {
            Issue.record("got \(String(describing: error))")
            return
        }
    }

    @Test func `a damaged copy is not restored, and the store stays as it was`() throws {
        let file = directory.path + "/copy.sqlite"
        _ = try StoreCopy(of: try StoreReader(directory: directory.path), to: file, replacesFile: false)
        try DatabaseQueue(path: file).write { try $0.execute(sql: "DELETE FROM series_pages WHERE page = 4") }
        let restored = TemporaryDirectory()
        var named: [StoreDamage] = []
        #expect(throws: StoreError.self) {
            _ = try Store.restore(
                try StoreReader(file: file), in: restored.path, replacesStore: true, damaged: { named = $0.damages })
        }
        #expect(named.contains { $0.table == "blocks" })
        #expect(try FileManager.default.contentsOfDirectory(atPath: restored.path) == ["lock"])
    }

    @Test func `a newer format is refused`() throws {
        try execute("PRAGMA user_version = 99")
        #expect(throws: StoreError.newerFormat(found: 99, known: 14)) { _ = try StoreReader(file: path) }
    }
}
