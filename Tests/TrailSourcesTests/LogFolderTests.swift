import Foundation
import Testing
import TrailModel
import TrailSources

/// A folder that goes when the test ends, and a clock far from the files' times unless the test says otherwise.
private final class Folder: Sendable {
    let path = FileManager.default.temporaryDirectory.appendingPathComponent("trailwatch-\(UUID().uuidString)").path

    init() throws {
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func write(_ name: String, _ text: String) throws {
        let url = URL(fileURLWithPath: path).appendingPathComponent(name)
        try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(text.utf8).write(to: url)
    }

    /// Now, by the last change of `name`, and some seconds.
    func time(after name: String, _ seconds: Int64) throws -> Timestamp {
        try LogFile(path: "\(path)/\(name)").modified.adding(seconds: seconds)
    }
}

@Suite struct LogFolderTests {
    @Test func `each file is offered once, new ones as they appear, at any depth`() throws {
        let folder = try Folder()
        try folder.write("AWSLogs/1/b.json", "b")
        try folder.write("AWSLogs/1/a.json.gz", "a")
        try folder.write("AWSLogs/1/notes.txt", "no")
        try folder.write("AWSLogs/1/.part.json", "no")
        var log = LogFolder(root: folder.path)
        let now = try folder.time(after: "AWSLogs/1/a.json.gz", 1)
        func names(_ listing: LogFolder.Listing) -> [String] {
            listing.files.map { String($0.path.dropFirst(folder.path.count + 1)) }
        }
        #expect(names(log.poll(now: now)) == ["AWSLogs/1/a.json.gz", "AWSLogs/1/b.json"])
        #expect(log.poll(now: now).files.isEmpty)
        try folder.write("AWSLogs/2/x/c.json", "c")
        #expect(names(log.poll(now: now)) == ["AWSLogs/2/x/c.json"])
        #expect(log.poll(now: now.adding(seconds: 10)).files.isEmpty)
    }

    @Test func `a file that is still being written is offered again when it grows`() throws {
        let folder = try Folder()
        try folder.write("a.json", "{")
        var log = LogFolder(root: folder.path)
        let now = try folder.time(after: "a.json", 1)
        let first = try #require(log.poll(now: now).files.first)
        #expect(LogFolder.mayGrow(first, now: now))
        log.watch(first, .isIncomplete)
        #expect(log.poll(now: now).files.isEmpty)
        log.watch(first, .isIncomplete)
        try folder.write("a.json", "{}")
        let second = log.poll(now: now).files
        #expect(second.map(\.size) == [2])
    }

    @Test func `a file that stays cut off is offered once more when it has settled`() throws {
        let folder = try Folder()
        try folder.write("a.json", "{")
        var log = LogFolder(root: folder.path)
        let first = try #require(log.poll(now: try folder.time(after: "a.json", 1)).files.first)
        log.watch(first, .isIncomplete)
        let settled = try folder.time(after: "a.json", Int64(LogFolder.settleSeconds))
        #expect(log.poll(now: settled).files == [first])
        #expect(!LogFolder.mayGrow(first, now: settled))
        #expect(log.poll(now: settled).files.isEmpty)
    }

    @Test func `a folder that is not there is one fault, and files count once it is`() throws {
        let folder = try Folder()
        var log = LogFolder(root: folder.path + "/later")
        let now = Timestamp(seconds: 4_000_000_000)
        #expect(log.poll(now: now).faults.count == 1)
        #expect(log.poll(now: now).faults.isEmpty)
        try folder.write("later/a.json", "a")
        #expect(log.poll(now: now).files.count == 1)
        #expect(LogFolder.files(under: folder.path + "/nowhere").faults.count == 1)
    }

    @Test func `a day long past is not listed again after a restart, unless something came into it`() throws {
        let folder = try Folder()
        try folder.write("AWSLogs/1/2023/07/10/a.json", "a")
        try folder.write("AWSLogs/1/2023/07/11/b.json", "b")
        let now = Timestamp(seconds: 4_000_000_000)
        var log = LogFolder(root: folder.path)
        #expect(log.poll(now: now).files.count == 2)
        let listed = log.takeListed()
        #expect(Set(listed.keys) == ["AWSLogs/1/2023/07/10", "AWSLogs/1/2023/07/11"])
        #expect(log.takeListed().isEmpty)
        try folder.write("AWSLogs/1/2023/07/11/c.json", "c")
        var next = LogFolder(root: folder.path, known: listed)
        let names = next.poll(now: now).files.map { $0.path.split(separator: "/").last }
        #expect(names == ["b.json", "c.json"])
    }

    @Test func `a directory of the past is looked at every ten minutes, one of today at once`() throws {
        let folder = try Folder()
        let now = Timestamp(seconds: 4_000_000_000)
        let today = now.rfc3339.prefix(10).split(separator: "-").joined(separator: "/")
        try folder.write("2023/07/10/a.json", "a")
        try folder.write("\(today)/b.json", "b")
        var log = LogFolder(root: folder.path)
        #expect(log.poll(now: now).files.count == 2)
        try folder.write("2023/07/10/late.json", "l")
        try folder.write("\(today)/c.json", "c")
        // Names in a directory that last changed long ago are not remembered: the ledger knows its files.
        #expect(log.poll(now: now.adding(seconds: 1)).files.map { $0.path.suffix(6) } == ["b.json", "c.json"])
        #expect(log.poll(now: now.adding(seconds: 1200)).files.contains { $0.path.hasSuffix("late.json") })
    }

    @Test func `a rejected file is offered again when it is mended in place`() throws {
        let folder = try Folder()
        try folder.write("a.json", "{")
        let now = Timestamp(seconds: 4_000_000_000)
        var log = LogFolder(root: folder.path)
        let first = try #require(log.poll(now: now).files.first)
        log.watch(first, .isRejected)
        #expect(log.poll(now: now).files.isEmpty)
        let file = try FileHandle(forWritingTo: URL(fileURLWithPath: folder.path + "/a.json"))
        try file.seekToEnd()
        try file.write(contentsOf: Data("}".utf8))
        try file.close()
        #expect(log.poll(now: now).files.map(\.size) == [2])
    }
}
