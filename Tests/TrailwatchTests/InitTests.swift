import Foundation
import Testing

@testable import trailwatch

/// `trailwatch init` writes what `Alarms/` holds, and nothing over what a user wrote.
struct InitTests {
    private static let shipped = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "Alarms")

    private let folder = FileManager.default.temporaryDirectory.appending(path: "init-\(UUID().uuidString)").path

    private func text(_ name: String) -> String? {
        FileManager.default.contents(atPath: "\(folder)/\(name)").map { String(decoding: $0, as: UTF8.self) }
    }

    private func names() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
    }

    @Test func `the binary holds the files of Alarms, byte for byte`() throws {
        let names = try FileManager.default.contentsOfDirectory(atPath: Self.shipped.path)
            .filter { $0.hasSuffix(".yaml") }.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        #expect(
            ShippedFile.all.map(\.name) == names,
            "want a line of #embed and a row of files[] in Sources/CShipped/shipped.c for each file of Alarms/")
        for file in ShippedFile.all {
            let data = try Data(contentsOf: Self.shipped.appending(path: file.name))
            #expect(Data(file.text.utf8) == data, "\(file.name)")
        }
    }

    @Test func `a folder that is not there yet is made, and a second time changes nothing`() throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let first = try InitWriting(ShippedFile.all, into: folder, replacesFiles: false).run()
        #expect(first.map(\.action) == ShippedFile.all.map { _ in .written })
        #expect(first.map(\.path) == ShippedFile.all.map { "\(folder)/\($0.name)" })
        for file in ShippedFile.all { #expect(text(file.name) == file.text, "\(file.name)") }
        let second = try InitWriting(ShippedFile.all, into: folder + "/", replacesFiles: false).run()
        #expect(second.map(\.action) == ShippedFile.all.map { _ in .unchanged })
        #expect(second.map(\.path) == first.map(\.path))
        #expect(try names() == ShippedFile.all.map(\.name).sorted())
    }

    @Test func `a file that differs stops all of it, and gives way to force`() throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try "mine".write(toFile: "\(folder)/topics.yaml", atomically: true, encoding: .utf8)
        #expect(throws: InitFault.differing(["\(folder)/topics.yaml"])) {
            try InitWriting(ShippedFile.all, into: folder, replacesFiles: false)
        }
        #expect(try names() == ["topics.yaml"])
        #expect(text("topics.yaml") == "mine")
        let forced = try InitWriting(ShippedFile.all, into: folder, replacesFiles: true).run()
        #expect(forced.filter { $0.action == .replaced }.map(\.path) == ["\(folder)/topics.yaml"])
        #expect(text("topics.yaml") == ShippedFile.all.first { $0.name == "topics.yaml" }?.text)
    }

    @Test func `what stands in the way is named`() throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        #expect(throws: InitFault.noFolder(#filePath)) {
            try InitWriting(ShippedFile.all, into: #filePath, replacesFiles: true)
        }
        try FileManager.default.createDirectory(atPath: "\(folder)/b.yaml", withIntermediateDirectories: true)
        let files = ["a.yaml", "b.yaml"].map { ShippedFile(name: $0, text: "new") }
        #expect(throws: InitFault.folderInTheWay("\(folder)/b.yaml")) {
            try InitWriting(files, into: folder, replacesFiles: true)
        }
        #expect(try names() == ["b.yaml"])
    }

    @Test func `what cannot all be written leaves nothing behind`() throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let files = [ShippedFile(name: "a.yaml", text: "new"), ShippedFile(name: "no/b.yaml", text: "new")]
        let writing = try InitWriting(files, into: folder, replacesFiles: false)
        #expect(throws: InitFault.self) { try writing.run() }
        #expect(try names() == [])
    }
}
