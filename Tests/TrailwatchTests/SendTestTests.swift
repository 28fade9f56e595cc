import ArgumentParser
import Foundation
import Testing
import TrailServer

@testable import trailwatch

/// What `send-test` takes and prints.
struct SendTestTests {
    private func queued() throws -> QueuedTests {
        let arn = "arn:aws:sns:us-east-1:000000000000:ops"
        let text = """
            {"messages": [{"key": "3f9c", "topicARN": "\(arn)", "subscriptionARN": "\(arn):5e1f",
             "endpointKind": "https"}], "notes": []}
            """
        return try JSONDecoder().decode(QueuedTests.self, from: Data(text.utf8))
    }

    @Test func `what was queued for whom is told`() throws {
        let table = try SendTestCommand.parse(["ops"]).format.text(queued())
        #expect(table == "TOPIC  SUBSCRIPTION  KIND   KEY\nops    5e1f          https  3f9c\n")
        let text = try SendTestCommand.parse(["ops", "--format", "json"]).format.text(queued())
        let json = try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [[String: String]]
        #expect(json?.first?["key"] == "3f9c" && json?.first?["topic"] == "arn:aws:sns:us-east-1:000000000000:ops")
    }

    @Test(arguments: [(["ops"], true), ([], false), (["a", "b"], false), (["a", "--format", "csv"], false)])
    func `one topic or alarm is named`(_ arguments: [String], isGood: Bool) {
        if isGood {
            #expect(throws: Never.self) { try SendTestCommand.parse(arguments) }
        } else {
            #expect(throws: (any Error).self) { try SendTestCommand.parse(arguments) }
        }
    }
}
