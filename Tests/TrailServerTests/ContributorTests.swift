import Testing
import TrailAlarms
import TrailModel
import TrailStore

@testable import TrailServer

/// Contributors of an alarm on a Metrics Insights query (cloudwatch-semantics.md 3.22).
@Suite struct ContributorTests {
    @Test func `each account has its own state, its own message and history`() async throws {
        let scene = try EvaluatorScene()
        try scene.count(5, "111122223333", at: 0)
        try scene.count(1, "444455556666", at: 0)
        try scene.evaluate(through: 5)
        #expect(
            scene.states == [
                "errors": .alarm, "RecipientAccountId=111122223333": .alarm, "RecipientAccountId=444455556666": .ok,
            ])
        // A contributor was OK before: --notify-initial says nothing of its first ALARM.
        #expect(scene.decisions.allSatisfy { $0.contributor == nil || !$0.isFirst })
        let first = try await scene.messages()
        #expect(first.count == 1 && first[0].contains("111122223333"))
        #expect(first[0].contains(#"AlarmContributorAttributes\":{\"RecipientAccountId\":\"111122223333\"}"#))
        try scene.count(7, "444455556666", at: 5)
        try scene.evaluate(through: 10)
        #expect(scene.states["RecipientAccountId=444455556666"] == .alarm)
        #expect(try await scene.messages().count == 1, "the alarm itself sends nothing")
        let lines = try scene.store.history(of: "errors", limit: 100)
        #expect(lines.filter { $0.kind == .contributorStateUpdate }.count == 2)
        #expect(
            lines.filter { $0.kind == .stateUpdate }.map(\.summary) == ["Alarm updated from INSUFFICIENT_DATA to ALARM"]
        )
        #expect(lines.first { $0.kind == .contributorAction }?.contributor?.text == "RecipientAccountId=444455556666")
    }

    @Test func `one that is no longer returned is OK, and without any the alarm has no data`() async throws {
        let scene = try EvaluatorScene()
        try scene.count(5, "111122223333", at: 0)
        try scene.evaluate(through: 5)
        try scene.evaluate(through: 60)
        let account = "RecipientAccountId=111122223333"
        #expect(scene.states == ["errors": .insufficientData, account: .ok])
        let end = try #require(scene.decisions.last { $0.contributor != nil })
        #expect(end.to == .ok && end.reason == "No data was returned for this contributor")
        let bodies = try await scene.messages()
        #expect(bodies.count == 2 && bodies[1].contains("No data was returned for this contributor"))
    }

    @Test func `a restart keeps every state and repeats no message`() async throws {
        let scene = try EvaluatorScene()
        try scene.count(5, "111122223333", at: 0)
        try scene.count(4, "444455556666", at: 0)
        try scene.evaluate(through: 5)
        #expect(try await scene.messages().count == 2)
        let states = scene.states
        try scene.restart()
        #expect(scene.states == states)
        try scene.evaluate(through: 5)
        #expect(try await scene.messages().isEmpty)
        // What ends the ALARM carries the incident of the start.
        try scene.count(1, "111122223333", at: 5)
        try scene.evaluate(through: 10)
        #expect(scene.states["RecipientAccountId=111122223333"] == .ok && scene.states["errors"] == .alarm)
    }

    @Test func `late events amend the contributor that they belong to`() throws {
        let scene = try EvaluatorScene()
        try scene.count(1, "111122223333", at: 0)
        try scene.count(1, "444455556666", at: 0)
        try scene.evaluate(through: 30)
        #expect(scene.decisions.allSatisfy { $0.to != .alarm })
        try scene.count(5, "444455556666", at: 5)
        try scene.evaluate(through: 30)
        let amended = scene.decisions.filter { $0.kind == .amended }
        #expect(amended.allSatisfy { $0.contributor?.text == "RecipientAccountId=444455556666" } && !amended.isEmpty)
        #expect(amended.first?.isMissedAlarm == true)
    }

    @Test func `a definition that changes keeps the contributors' states`() throws {
        let scene = try EvaluatorScene()
        try scene.count(5, "111122223333", at: 0)
        try scene.evaluate(through: 5)
        try scene.load(EvaluatorScene.template.replacing("Threshold: 3", with: "Threshold: 2"))
        #expect(scene.states["RecipientAccountId=111122223333"] == .alarm)
        try scene.load("Resources: {T: {Type: AWS::SNS::Topic}}")
        #expect(scene.states.isEmpty)
        #expect(try scene.store.contributors().isEmpty)
        #expect(try scene.store.history(of: "errors", limit: 9).contains { $0.summary == #"Alarm "errors" deleted"# })
    }

    @Test func `a query without groups is one series over all its metrics`() throws {
        let scene = try EvaluatorScene()
        try scene.load(
            EvaluatorScene.template.replacing("GROUP BY RecipientAccountId\n", with: "\n").replacing(
                "ORDER BY SUM() DESC", with: ""))
        try scene.count(2, "111122223333", at: 0)
        try scene.count(2, "444455556666", at: 0)
        try scene.evaluate(through: 5)
        #expect(scene.states == ["errors": .alarm])
        #expect(scene.decisions.first?.reason.contains("[4.0 (") == true)
    }
}
