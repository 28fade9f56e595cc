import Testing
import TrailAlarms
import TrailModel
import TrailPatterns
import TrailTemplates

/// `Fn::ForEach` of the language extensions.
struct LoopTests {
    private static let loop = """
        Transform: AWS::LanguageExtensions
        Parameters:
          Names: {Type: CommaDelimitedList, Default: "CreateUser, DeleteUser"}
          Open: {Type: CommaDelimitedList}
        Resources:
          Fn::ForEach::Filters:
            - Name
            - ITEMS
            - Filter${Name}:
                Type: AWS::Logs::MetricFilter
                Properties:
                  LogGroupName: trail
                  FilterPattern: !Sub '{ $.eventName = "${Name}" }'
                  MetricTransformations: [{MetricName: !Ref Name, MetricNamespace: Own, MetricValue: 1}]
        """

    @Test(arguments: ["[CreateUser, DeleteUser]", "!Ref Names", "{Ref: Names}"])
    func `a loop makes a resource of each item`(items: String) {
        let loaded = load(Self.loop.replacing("ITEMS", with: items))
        #expect(loaded.findings == [])
        #expect(
            loaded.set.filters.map(\.name) == ["alarms-FilterCreateUser", "alarms-FilterDeleteUser"])
        #expect(
            loaded.set.filters.map(\.pattern.text) == [
                "{ $.eventName = \"CreateUser\" }", "{ $.eventName = \"DeleteUser\" }",
            ])
        #expect(loaded.set.filters.map(\.metric.name) == ["CreateUser", "DeleteUser"])
    }

    @Test(arguments: [
        (
            "!Ref Open",
            "6:3: warning: what Fn::ForEach::Filters makes is left out: its items are not known here"
        ),
        (
            "!Ref Nothing",
            "6:3: warning: what Fn::ForEach::Filters makes is left out: its items are not known here"
        ),
        ("[A, A]", "9:7: error: cannot run a loop: got the key 'FilterA' twice; want it once"),
        (
            "[A]\n    - more",
            "6:3: error: cannot run Fn::ForEach::Filters: want a list of an identifier, a list of items and a mapping"
        ),
    ])
    func `a loop that cannot be run is said`(items: String, finding: String) {
        #expect(
            load(Self.loop.replacing("ITEMS", with: items)).findings.contains("alarms.yaml:" + finding))
    }

    @Test func `loops stand within each other, and names lose what no name may have`() {
        let text = """
            Resources:
              Fn::ForEach::Outer:
                - Team
                - [sec-ops, web]
                - Fn::ForEach::Inner:
                    - Level
                    - [low, high]
                    - Topic&{Team}${Level}:
                        Type: AWS::SNS::Topic
                        Properties: {TopicName: "${Team}-${Level}"}
            """
        let loaded = load(text)
        #expect(loaded.findings == [])
        #expect(
            loaded.set.topics.map(\.arn).map { String($0.split(separator: ":").last ?? "") } == [
                "sec-ops-low", "sec-ops-high", "web-low", "web-high",
            ])
    }

    @Test func `loops that multiply end at a limit`() {
        var text = "Resources:\n"
        var indent = "  "
        for level in 0..<7 {
            text +=
                "\(indent)Fn::ForEach::L\(level):\n\(indent)  - I\(level)\n\(indent)  - [\((0..<10).map { "a\($0)" }.joined(separator: ", "))]\n\(indent)  -\n"
            indent += "    "
        }
        let name = (0..<7).map { "${I\($0)}" }.joined()
        text += "\(indent)T\(name): {Type: AWS::SNS::Topic}\n"
        let findings = load(text).findings
        #expect(
            findings.contains {
                $0.contains("error: cannot run Fn::ForEach::L") && $0.contains("more than 200000")
            })
    }

    @Test func `a text that items multiply ends at the limit`() {
        let marks = String(repeating: "${I}", count: 100_000)
        let item = String(repeating: "x", count: 400_000)
        let text =
            "Resources:\n  Fn::ForEach::L: [I, [\(item)], {T: {Type: AWS::SNS::Topic, Metadata: {M: '\(marks)'}}}]\n"
        #expect(load(text).findings.contains { $0.contains("more than 200000 values") })
    }
}
