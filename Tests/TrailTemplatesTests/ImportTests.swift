import Testing
import TrailAlarms
import TrailTemplates
import TrailYAML

/// Values that one file exports and another imports.
struct ImportTests {
    private static func exporting(_ outputs: String) -> String {
        """
        Parameters:
          Given: {Type: String}
          Secret: {Type: String, NoEcho: true, Default: hidden}
        Conditions:
          Never: !Equals [a, b]
        Resources:
          Topic: {Type: AWS::SNS::Topic, Properties: {TopicName: pager}}
          Function: {Type: AWS::Lambda::Function}
        Outputs:
        \(outputs)
        """
    }

    private static let named = "  Out: {Value: !Ref Topic, Export: {Name: !Sub '${AWS::StackName}-topic'}}"

    private static func importing(_ name: String) -> String {
        alarmTemplate(["AlarmActions": "[!ImportValue \(name)]"])
    }

    @Test func `an import is the value that another loaded file exports, in either order`() {
        let exporting = Self.exporting(Self.named)
        #expect(
            load(Self.importing("second-topic"), exporting).set.alarms.first?.alarmActions
                == ["arn:aws:sns:us-east-1:000000000000:pager"])
        #expect(
            load(exporting, Self.importing("alarms-topic")).set.alarms.first?.alarmActions
                == ["arn:aws:sns:us-east-1:000000000000:pager"])
    }

    private static let left = "second.yaml:5:22: warning: AlarmActions of Busy is left out: it is the export "

    @Test(arguments: [
        (
            "  Out: {Value: !Ref Topic, Export: {Name: pager}}", "pagre",
            left + "'pagre' of a stack that is not loaded; did you mean 'pager'?, which cannot be known here"
        ),
        (
            "  Out: {Value: x, Condition: Never, Export: {Name: gone}}", "gone",
            left + "'gone' of a stack that is not loaded, which cannot be known here"
        ),
        (
            "  Out: {Value: !Ref Function, Export: {Name: fn}}", "fn",
            left
                + "'fn', which is the name that AWS gives to Function (AWS::Lambda::Function), which cannot be known here"
        ),
        (
            "  Out: {Value: !Ref Given, Export: {Name: fn}}", "fn",
            left + "'fn', whose parameter Given has no value, which cannot be known here"
        ),
        (
            "  Out: {Value: !ImportValue fn, Export: {Name: fn}}", "fn",
            "alarms.yaml:10:16: error: cannot import 'fn': its value leads back to itself"
        ),
        (
            "  Out: {Value: !ImportValue b, Export: {Name: a}}\n  Two: {Value: !ImportValue a, Export: {Name: b}}", "a",
            "alarms.yaml:11:16: error: cannot import 'a': its value leads back to itself"
        ),
        (
            "  Out: {Value: a, Export: {Name: a}}\n  Two: {Value: b, Export: {Name: a}}", "a",
            "alarms.yaml:11:3: warning: AWS refuses the export 'a': alarms.yaml:10 exports it too"
        ),
        (
            "  Out: {Value: a, Export: {Name: a}}\n  Two: {Value: b, Export: {Name: a}}", "a",
            "second.yaml:5:22: error: cannot import 'a': more than one loaded file exports it; want one"
        ),
        (
            "  Out: {Value: !Ref Secret, Export: {Name: s}}", "s",
            "second.yaml:5:22: error: cannot use a NoEcho parameter in AlarmActions of Busy: the value would be shown; "
                + "want it in Endpoint"
        ),
    ])
    func `what cannot be imported is said`(outputs: String, name: String, finding: String) {
        let findings = load(Self.exporting(outputs), Self.importing(name)).findings
        #expect(findings.contains(finding), "\(findings)")
        #expect(!findings.contains { $0.contains("hidden") })
    }

    @Test func `a long chain of imports over files ends at the limit of levels`() {
        let count = 400
        let documents = (0..<count).map { number in
            TemplateDocument(
                yaml: """
                    Resources:
                      Topic\(number): {Type: AWS::SNS::Topic}
                    Outputs:
                      Out: {Value: !ImportValue e\(number + 1), Export: {Name: e\(number)}}
                    """, file: "f\(number).yaml")
        }
        let importer = TemplateDocument(yaml: Self.importing("e0"), file: "importer.yaml")
        let findings = TemplateLoader().load(documents + [importer]).diagnostics
        #expect(findings.contains { $0.message.contains("levels") && $0.severity == .error })
    }
}
