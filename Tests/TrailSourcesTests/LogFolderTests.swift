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
        log.retry(first)
        #expect(log.poll(now: now).files.isEmpty)
        log.retry(first)
        try folder.write("a.json", "{}")
        let second = log.poll(now: now).files
        #expect(second.map(\.size) == [2])
    }

    @Test func `a file that stays cut off is offered once more when it has settled`() throws {
        let folder = try Folder()
        try folder.write("a.json", "{")
        var log = LogFolder(root: folder.path)
        let first = try #require(log.poll(now: try folder.time(after: "a.json", 1)).files.first)
        log.retry(first)
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
}
