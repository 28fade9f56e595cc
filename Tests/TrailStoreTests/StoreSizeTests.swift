import GRDB
import Testing
import TrailStore

/// The write-ahead log stays small, and what a reader makes of it is seen.
@Suite struct StoreSizeTests {
    private let directory = TemporaryDirectory()

    private func commit(_ store: Store, _ numbers: Range<Int>) throws {
        for number in numbers {
            _ = try store.commit(
                [try StoreTests.file("f\(number)", events: (number * 10)..<(number * 10 + 10))], plan: StoreTests.plan,
                source: "test", now: StoreTests.now)
        }
    }

    @Test func `a fold empties the log`() throws {
        let store = try Store(directory: directory.path)
        try commit(store, 0..<20)
        #expect(store.size.log > 0)
        let before = store.size.file
        try store.fold()
        #expect(store.size.log == 0)
        #expect(store.size.file > before)
    }

    @Test func `a reader that holds on to one moment keeps nobody waiting, and the log shrinks when it ends`() throws {
        let store = try Store(directory: directory.path)
        try commit(store, 0..<5)
        var configuration = Configuration()
        configuration.readonly = true
        let reader = try DatabaseQueue(path: directory.path + "/trailwatch.sqlite", configuration: configuration)
        let files = "SELECT COUNT(*) FROM ledger"
        try reader.read { db in
            #expect(try Int.fetchOne(db, sql: files) == 5)
            var sizes: [Int64] = []
            for round in 1...4 {
                try commit(store, (round * 5)..<(round * 5 + 5))
                try store.fold()
                sizes.append(store.size.log)
            }
            // What the reader needs stays in the log, and the log goes on behind it.
            #expect(sizes == sizes.sorted() && sizes[0] > 0 && sizes[0] < sizes[3])
            #expect(try Int.fetchOne(db, sql: files) == 5)
        }
        try commit(store, 25..<26)
        try store.fold()
        #expect(store.size.log == 0)
        #expect(try StoreTests.total(directory, "EventCount") == 260)
    }

    @Test func `a log that many commits made is bounded when nobody reads`() throws {
        let store = try Store(directory: directory.path)
        try commit(store, 0..<400)
        // SQLite begins the log anew after 1,000 pages of 4 KiB, and a few more at a commit.
        #expect(store.size.log < 16 << 20)
        withExtendedLifetime(store) {}
    }
}
