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

    @Test func `each part of the rule has its value`() throws {
        let scene = try scene("AT_LEAST(2, NOT OK, (errors, errors)) AND NOT (OK(errors) OR FALSE)")
        try scene.count(5, "111122223333", at: 0)
        try scene.evaluate(through: 5)
        let found = try #require(try explainer(scene).explainComposite("any", at: nil))
        #expect(found.terms.map(\.value) == [true, true, true, false, false, false])
        #expect(found.terms.map(\.depth) == [0, 1, 1, 2, 3, 3])
        #expect(
            found.text.contains(
                """
                rule
                  true   AT_LEAST(2, NOT OK, ("errors", "errors")) AND NOT (OK("errors") OR FALSE)
                    true   AT_LEAST(2, NOT OK, ("errors", "errors")) (2 are, 2 wanted)
                    true   NOT (OK("errors") OR FALSE)
                      false  OK("errors") OR FALSE
                        false  OK("errors")
                        false  FALSE
                """))
        #expect(found.json.text.contains(#"{"depth":2,"term":"OK(\"errors\") OR FALSE","value":false,"met":null"#))
    }

    private func load(_ scene: EvaluatorScene, _ composite: String?, at seconds: Int64) throws {
        let own = composite.map {
            """

              Any:
                Type: AWS::CloudWatch::CompositeAlarm
                Properties: {AlarmName: any, AlarmRule: '\($0)', AlarmActions: [!Ref Topic]}
            """
        }
        try scene.load(EvaluatorScene.template + (own ?? ""), at: EvaluatorScene.start.adding(seconds: seconds))
    }

    @Test func `definitions of before, and of an alarm that was removed, are told from history`() throws {
        let scene = try EvaluatorScene()
        try load(scene, "ALARM(errors)", at: 0)
        try scene.count(5, "111122223333", at: 0)
        try scene.evaluate(through: 5)
        try load(scene, "NOT OK(errors)", at: 600)
        try load(scene, nil, at: 900)
        func explain(_ seconds: Int64?) throws -> CompositeExplanation? {
            try explainer(scene).explainComposite("any", at: seconds.map { EvaluatorScene.start.adding(seconds: $0) })
        }
        let before = try #require(try explain(400))
        #expect(before.alarm.ruleText == "ALARM(errors)" && before.recordedState == .alarm && before.stateNow == .alarm)
        #expect(before.notes == ["The alarm was changed at 2023-11-15T00:10:00Z; this is how it was before."])
        let last = try #require(try explain(nil))
        #expect(last.alarm.ruleText == "NOT OK(errors)" && last.recordedState == .alarm)
        #expect(last.notes == ["The alarm was removed at 2023-11-15T00:15:00Z."])
        let gone = #expect(throws: InputError.self) { _ = try explain(1000) }
        #expect(gone?.description.contains("it was removed at 2023-11-15T00:15:00.000Z") == true)
        // Without the lines of before, an update still says what was replaced.
        _ = try scene.store.forgetHistory(before: EvaluatorScene.start.adding(seconds: 500))
        #expect(try explain(400)?.alarm.ruleText == "ALARM(errors)")
        // Another one of its name.
        try load(scene, "FALSE", at: 1200)
        #expect(try explain(700)?.alarm.ruleText == "NOT OK(errors)")
        #expect(try explain(1300)?.alarm.ruleText == "FALSE")
    }

    @Test func `what was sent is told with what became of it`() async throws {
        let scene = try EvaluatorScene()
        try load(scene, "ALARM(errors)", at: 0)
        try scene.count(5, "111122223333", at: 0)
        try scene.evaluate(through: 5)
        func text() throws -> String? { try explainer(scene).explainComposite("any", at: nil)?.text }
        #expect(try text()?.contains("sent      to t, waiting after 0 attempts") == true)
        _ = try await scene.messages()
        #expect(try text()?.contains("sent      to t, delivered 2023-11-16T00:00:00Z after 1 attempt") == true)
    }

    @Test func `a wait whose end nobody recorded is over at its end`() throws {
        let scene = try EvaluatorScene()
        try scene.load(
            EvaluatorScene.template + """

                  Any:
                    Type: AWS::CloudWatch::CompositeAlarm
                    Properties:
                      AlarmName: any
                      AlarmRule: 'NOT ALARM(errors)'
                      ActionsSuppressor: errors
                      ActionsSuppressorWaitPeriod: 60
                      ActionsSuppressorExtensionPeriod: 60
                """)
        func explain(_ seconds: Int64) throws -> CompositeExplanation? {
            try explainer(scene).explainComposite("any", at: EvaluatorScene.start.adding(seconds: seconds))
        }
        #expect(try explain(59)?.phase == "WaitPeriod")
        #expect(try explain(59)?.text.contains("until 2023-11-15T00:01:00Z at the latest") == true)
        #expect(try explain(60)?.phase == nil)
        #expect(try explain(60)?.text.contains("suppress  nothing is held back") == true)
    }
}
