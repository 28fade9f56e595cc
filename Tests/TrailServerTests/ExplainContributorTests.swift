import Foundation
import Testing
import TrailAlarms
import TrailModel
import TrailStore

@testable import TrailServer

/// Explanations of alarms on Metrics Insights queries.
@Suite struct ExplainContributorTests {
    private func explainer(_ scene: EvaluatorScene) throws -> Explainer {
        Explainer(reader: try StoreReader(directory: scene.path))
    }

    /// Five errors of one account and one of another, in the first five minutes.
    private func scene() throws -> EvaluatorScene {
        let scene = try EvaluatorScene()
        try scene.count(5, "111122223333", at: 0)
        try scene.count(1, "444455556666", at: 0)
        try scene.evaluate(through: 5)
        try scene.finish(through: 5)
        return scene
    }

    private let end = EvaluatorScene.start.adding(seconds: 300)

    @Test func `an alarm lists its contributors, those in ALARM first`() throws {
        let scene = try scene()
        let found = try #require(try explainer(scene).explainContributors("errors", at: end))
        #expect(found.own.recordedState == .alarm)
        #expect(
            found.contributors.map { $0.alarm.contributor?.attributes.first?.value } == [
                "111122223333", "444455556666",
            ])
        #expect(found.contributors.map(\.recordedState) == [.alarm, .ok])
        #expect(found.nearest?.alarm.contributor?.text == "RecipientAccountId=111122223333")
        let text = found.text()
        #expect(text.contains("verdict   1 of 2 contributors in ALARM; ALARM wants one"))
        #expect(text.contains("RecipientAccountId=111122223333: 3 fewer events"))
        #expect(text.contains("sent      nothing: the actions are those of its contributors"))
        let json = try #require(
            try JSONSerialization.jsonObject(with: Data(found.json.text.utf8)) as? [String: Any])
        #expect((json["contributors"] as? [Any])?.count == 2)
    }

    @Test(arguments: ["RecipientAccountId=111122223333", "111122223333"])
    func `one contributor is explained in full`(name: String) throws {
        let scene = try scene()
        let found = try explainer(scene).explain("errors", contributor: name, at: end)
        #expect(found.recordedState == .alarm && found.asDecided?.state == .alarm)
        #expect(found.asDecided?.periods.last?.value == 5)
        #expect(found.decisions.map(\.to) == [.alarm] && found.told.first?.messages.count == 1)
        #expect(found.eventCommands().first?.contains("--account 111122223333") == true)
        let other = try explainer(scene).explain("errors", contributor: "444455556666", at: end)
        #expect(other.recordedState == .ok && other.told.isEmpty)
    }

    @Test func `late events stand beside what a contributor was decided by`() throws {
        let scene = try scene()
        try scene.count(4, "444455556666", at: 1)
        try scene.evaluate(through: 10)
        try scene.finish(through: 10)
        let found = try explainer(scene).explain("errors", contributor: "444455556666", at: end)
        #expect(found.recordedState == .ok && found.currentState == .alarm && found.isChanged)
        #expect(found.asDecided?.periods.last?.value == 1 && found.asKnownNow.periods.last?.value == 5)
    }

    @Test func `names that fit no contributor, and one where there are several, are refused`() throws {
        let scene = try scene()
        let unknown = #expect(throws: InputError.self) {
            _ = try explainer(scene).explain("errors", contributor: "9", at: end)
        }
        #expect(unknown?.description.contains("such as RecipientAccountId=111122223333") == true)
        #expect(throws: InputError.self) { _ = try explainer(scene).explain("errors", at: end) }
    }

    @Test func `a query without groups is one series`() throws {
        let scene = try EvaluatorScene()
        let plain = EvaluatorScene.template
            .replacing("GROUP BY RecipientAccountId", with: "").replacing("ORDER BY SUM() DESC", with: "")
        try scene.load(plain)
        try scene.count(2, "111122223333", at: 0)
        try scene.count(2, "444455556666", at: 0)
        try scene.evaluate(through: 5)
        try scene.finish(through: 5)
        let found = try explainer(scene).explain("errors", at: end)
        #expect(found.recordedState == .alarm && found.asDecided?.periods.last?.value == 4)
        #expect(try explainer(scene).explainContributors("errors", at: end) == nil || found.metrics.count == 2)
        #expect(throws: InputError.self) {
            _ = try explainer(scene).explain("errors", contributor: "111122223333", at: end)
        }
    }

    @Test func `a query that gives too many series is evaluated on a part of them, which is said`() throws {
        let scene = try EvaluatorScene()
        try scene.countAccounts(InsightsQuery.seriesMax + 1, at: 0)
        try scene.evaluate(through: 5)
        try scene.finish(through: 5)
        #expect(scene.evaluator.tooWide == ["errors"])
        let found = try #require(try explainer(scene).explainContributors("errors", at: end))
        #expect(found.own.evaluationState == "PARTIAL_DATA" && found.contributors.count == InsightsQuery.seriesMax)
        #expect(found.own.notes.first?.contains("the query gives 501 series of 501 metrics") == true)
        #expect(found.json.text.contains(#""evaluationState":"PARTIAL_DATA""#))
        #expect(try explainer(self.scene()).explainContributors("errors", at: end)?.own.evaluationState == nil)
    }
}
