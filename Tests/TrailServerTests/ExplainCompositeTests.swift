import Testing
import TrailAlarms
import TrailModel
import TrailStore

@testable import TrailServer

@Suite struct ExplainCompositeTests {
    @Test func `a composite alarm says how it stands and which alarms it names`() throws {
        let scene = try EvaluatorScene()
        try scene.load(
            EvaluatorScene.template + """

                  Any:
                    Type: AWS::CloudWatch::CompositeAlarm
                    Properties: {AlarmName: any, AlarmRule: ALARM(errors)}
                """)
        try scene.count(5, "111122223333", at: 0)
        try scene.evaluate(through: 5)
        let explainer = Explainer(reader: try StoreReader(directory: scene.path))
        let error = #expect(throws: InputError.self) { _ = try explainer.explain("any", at: nil) }
        let text = error?.description ?? ""
        #expect(text.contains("it is a composite alarm, ALARM since") && text.hasSuffix("alarms that it names: errors"))
        let unknown = #expect(throws: InputError.self) { _ = try explainer.explain("eny", at: nil) }
        #expect(unknown?.description.contains("no alarm of this name is or was there") == true)
    }
}
