import Testing

/// Holds what a reader may rely on in every source file.
struct TidyTests {
    private static let linesMax = 600

    @Test func `no source file is longer than 600 lines`() throws {
        let files = try Checkout.swiftFiles(under: "Sources")
        #expect(files.count > 50)
        for file in files {
            let count = try file.lines().count
            #expect(count <= Self.linesMax, "\(file.path) has \(count) lines")
        }
    }

    @Test(
        arguments: [
            "TODO", "FIXME", "try!", "fatalError(", "@unchecked Sendable", "Task.detached",
        ])
    func `no source file contains`(text: String) throws {
        for file in try Checkout.swiftFiles(under: "Sources") {
            for (number, line) in try file.lines().enumerated() where line.contains(text) {
                Issue.record("\(file.path):\(number + 1) contains \(text)")
            }
        }
    }

    @Test(.enabled(if: Checkout.trackedNames() != nil, "there is no git, or nothing is tracked"))
    func `the top of the repository holds only what belongs there`() throws {
        let tracked = try #require(Checkout.trackedNames()).filter { !$0.hasPrefix(".") }
        let wanted: Set<String> = ["Package.swift", "Sources", "Tests", "Alarms", "README.md"]
        #expect(tracked.subtracting(["Grafana"]) == wanted)
    }
}
