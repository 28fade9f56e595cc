import Foundation
import GRDB
import Testing
import TrailCounts
import TrailModel
import TrailStore

@Suite struct BackupTests {
    private let directory = TemporaryDirectory()
    private let target = TemporaryDirectory()

    init() throws {
        try FileManager.default.createDirectory(atPath: target.path, withIntermediateDirectories: true)
    }

    private var file: String { target.path + "/copy.sqlite" }

    private func commit(_ store: Store, _ number: Int, _ events: Range<Int>) throws -> Int {
        try store.commit(
            [try StoreTests.file("f\(number)", events: events)], plan: StoreTests.plan, source: "test",
            now: StoreTests.now)[0].counted
    }

    @Test func `a copy made while a writer commits is the store after one commit`() async throws {
        let store = try Store(directory: directory.path)
        _ = try commit(store, 0, 0..<10)
        let place = directory.path
        let writing = Task.detached(priority: nil) {
            // Folds move counts and ids between tables; a copy of two moments would lose or double some.
            for number in 1...60 {
                _ = try commit(store, number, (number * 10)..<(number * 10 + 10))
                if number % 3 == 0 { try store.fold() }
            }
        }
        var totals: [Double] = []
        for number in 0..<12 {
            let path = "\(target.path)/copy\(number).sqlite"
            _ = try StoreCopy(of: try StoreReader(directory: place), to: path, replacesFile: false)
            let report = try StoreReader(file: path).check()
            #expect(report.damages == [])
            let restored = TemporaryDirectory()
            _ = try Store.restore(try StoreReader(file: path), in: restored.path, replacesStore: false)
            let total = try StoreTests.total(restored, "EventCount")
            let counted = try StoreReader(directory: restored.path).status().records["counted"] ?? 0
            #expect(total == Double(counted))
            #expect(counted % 10 == 0)
            totals.append(total)
        }
        try await writing.value
        #expect(totals == totals.sorted())
        #expect(try StoreTests.total(directory, "EventCount") == 610)
    }

    @Test(arguments: [false, true])
    func `counting goes on in a restored store, and what it knew stays known`(isFolded: Bool) throws {
        do {
            let store = try Store(directory: directory.path)
            _ = try commit(store, 0, 0..<100)
            if isFolded { try store.fold() }
            _ = try StoreCopy(of: try StoreReader(directory: directory.path), to: file, replacesFile: false)
            _ = try commit(store, 1, 100..<150)
        }
        let wanted = try StoreTests.query(directory, "ErrorCount", by: ["ErrorCode", "EventSource"]).groups
        let restored = TemporaryDirectory()
        _ = try Store.restore(try StoreReader(file: file), in: restored.path, replacesStore: false)
        #expect(try StoreTests.total(restored, "EventCount") == 100)
        let store = try Store(directory: restored.path)
        #expect(try store.knownStatus(key: "f0", size: 1) == .counted)
        #expect(try store.knownStatus(key: "f1", size: 1) == nil)
        #expect(try commit(store, 1, 50..<150) == 50)
        try store.fold()
        #expect(try StoreTests.query(restored, "ErrorCount", by: ["ErrorCode", "EventSource"]).groups == wanted)
        #expect(try StoreReader(directory: restored.path).check().damages == [])
    }

    @Test func `a copy is one file, and no file is replaced unless it may be`() throws {
        let store = try Store(directory: directory.path)
        _ = try commit(store, 0, 0..<10)
        let reader = try StoreReader(directory: directory.path)
        try "mine".write(toFile: file, atomically: true, encoding: .utf8)
        #expect(throws: StoreError.fileExists(path: file)) {
            _ = try StoreCopy(of: reader, to: file, replacesFile: false)
        }
        #expect(try String(contentsOfFile: file, encoding: .utf8) == "mine")
        let copy = try StoreCopy(of: reader, to: file, replacesFile: true)
        #expect(try StoreReader(file: file).check().isSound)
        #expect(try FileManager.default.contentsOfDirectory(atPath: target.path) == ["copy.sqlite"])
        #expect(try Data(contentsOf: URL(fileURLWithPath: file)).count == Int(copy.bytes))
        let own = directory.path + "/trailwatch.sqlite"
        #expect(throws: StoreError.copyOfItself(path: own)) {
            _ = try StoreCopy(of: reader, to: own, replacesFile: true)
        }
        withExtendedLifetime(store) {}
    }

    @Test func `a file that came while the copy was made is left as it is`() throws {
        let store = try Store(directory: directory.path)
        let reader = try StoreReader(directory: directory.path)
        #expect(throws: StoreError.fileExists(path: file)) {
            _ = try StoreCopy(
                of: reader, to: file, replacesFile: false,
                inspect: { _ in try "mine".write(toFile: file, atomically: true, encoding: .utf8) })
        }
        #expect(try String(contentsOfFile: file, encoding: .utf8) == "mine")
        #expect(try FileManager.default.contentsOfDirectory(atPath: target.path) == ["copy.sqlite"])
        withExtendedLifetime(store) {}
    }

    @Test func `a store in use or in place is not replaced by a restore`() throws {
        var store: Store? = try Store(directory: directory.path)
        _ = try commit(try #require(store), 0, 0..<10)
        _ = try StoreCopy(of: try StoreReader(directory: directory.path), to: file, replacesFile: false)
        _ = try commit(try #require(store), 1, 10..<30)
        let copy = try StoreReader(file: file)
        #expect(throws: StoreError.locked(directory: directory.path, pid: "\(getpid())")) {
            _ = try Store.restore(copy, in: directory.path, replacesStore: true)
        }
        store = nil
        #expect(throws: StoreError.storeExists(directory: directory.path)) {
            _ = try Store.restore(copy, in: directory.path, replacesStore: false)
        }
        #expect(try StoreTests.total(directory, "EventCount") == 30)
        // A log that was left by a killed process holds commits of the former store alone.
        let killed = TemporaryDirectory()
        try Self.copyAsKilled(from: directory.path, to: killed.path)
        _ = try Store.restore(copy, in: killed.path, replacesStore: true)
        #expect(try StoreTests.total(killed, "EventCount") == 10)
        #expect(try StoreReader(directory: killed.path).check().damages == [])
    }

    /// The files of a store whose writer ended before it emptied its log.
    private static func copyAsKilled(from: String, to: String) throws {
        let store = try Store(directory: from)
        _ = try store.commit(
            [try StoreTests.file("last", events: 1000..<1010)], plan: StoreTests.plan, source: "test",
            now: StoreTests.now)
        try FileManager.default.createDirectory(atPath: to, withIntermediateDirectories: true)
        for name in ["trailwatch.sqlite", "trailwatch.sqlite-wal"] {
            try FileManager.default.copyItem(atPath: "\(from)/\(name)", toPath: "\(to)/\(name)")
        }
        withExtendedLifetime(store) {}
    }
}
