import Foundation
import Testing
import TrailAlarms
import TrailModel
import TrailStore

@testable import TrailServer

@Suite struct ExplainCompositeTests {
    private func explainer(_ scene: EvaluatorScene) throws -> Explainer {
        Explainer(reader: try StoreReader(directory: scene.path))
    }

    private func scene(_ rule: String = "ALARM(errors)") throws -> EvaluatorScene {
        let scene = try EvaluatorScene()
        try scene.load(
            EvaluatorScene.template + """

                  Any:
                    Type: AWS::CloudWatch::CompositeAlarm
                    Properties: {AlarmName: any, AlarmRule: '\(rule)'}
                """)
        return scene
    }

    @Test func `a composite alarm says how each child stood and which change would have flipped it`() throws {
        let scene = try scene()
        try scene.count(5, "111122223333", at: 0)
        try scene.evaluate(through: 5)
        let found = try #require(try explainer(scene).explainComposite("any", at: nil))
        #expect(found.recordedState == .alarm && found.stateNow == .alarm)
        #expect(found.children.map(\.name) == ["errors"] && found.children.allSatisfy(\.isDecisive))
        #expect(found.children.map(\.recorded) == [.alarm])
        #expect(found.flips == [CompositeExplanation.Flip(name: "errors", from: .alarm, to: .ok)])
        #expect(found.silence == "the alarm has no action for ALARM")
        #expect(found.text.contains("nearest   errors in OK instead of ALARM would have made it OK."))
        let json = try #require(
            try JSONSerialization.jsonObject(with: Data(found.json.text.utf8)) as? [String: Any])
        #expect(json["state"] as? String == "ALARM" && (json["children"] as? [Any])?.count == 1)
    }

    @Test func `before the change it is as it was then`() throws {
        let scene = try scene()
        try scene.count(5, "111122223333", at: 0)
        try scene.evaluate(through: 5)
        let time = EvaluatorScene.start.adding(seconds: 10)
        let found = try #require(try explainer(scene).explainComposite("any", at: time))
        #expect(found.recordedState == .ok && found.children.map(\.recorded) == [.insufficientData])
        #expect(found.flips == [CompositeExplanation.Flip(name: "errors", from: .insufficientData, to: .alarm)])
        let long = try #require(
            try explainer(scene).explainComposite("any", at: EvaluatorScene.start.adding(seconds: -60)))
        #expect(long.recordedState == nil && long.text.contains("not recorded yet"))
    }

    @Test func `a constant rule has no change that flips it`() throws {
        let found = try #require(try explainer(try scene("TRUE")).explainComposite("any", at: nil))
        #expect(found.recordedState == .alarm && found.flips.isEmpty)
    }

    @Test func `other alarms are no composites, and unknown names are refused`() throws {
        let scene = try scene()
        #expect(try explainer(scene).explainComposite("errors", at: nil) == nil)
        let unknown = #expect(throws: InputError.self) { _ = try explainer(scene).explain("eny", at: nil) }
        #expect(unknown?.description.contains("no alarm of this name is or was there") == true)
    }
}
