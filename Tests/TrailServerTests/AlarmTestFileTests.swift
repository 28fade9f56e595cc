import Foundation
import Testing
import TrailAlarms
import TrailModel
import TrailTemplates
import TrailYAML

@testable import TrailServer

@Suite struct InputValuesTests {
    @Test(
        arguments: [
            ("5", [5]), ("", []), ("_", [nil]), ("0x10 5 _ 3", Array(repeating: 0, count: 11) + [5, nil, 3]),
            ("1+2x3", [1, 3, 5, 7]), ("9-2x3", [9, 7, 5, 3]), ("-1-2x1", [-1, -3]), ("_x3 1", [nil, nil, nil, 1]),
            ("1.5e1 -2.5", [15, -2.5]), ("1e-1+1e-1x1", [0.1, 0.2]), ("7x0", [7]), (" 1\t2\n3 ", [1, 2, 3]),
        ] as [(String, [Double?])])
    func `values are read as promtool reads them`(text: String, want: [Double?]) throws {
        #expect(try InputValues.read(text) == want)
    }

    @Test(arguments: [
        "a", "1x", "1x-1", "x3", "1+2", "stale", "NaN", "0x10x3", "1++2x3", "--1", "1x1.5", "1e999", "0xFF", "1 x3",
        "+_",
        "1x99999999999999999999", "1x200000", "_x100001",
    ])
    func `anything else is refused, naming it`(text: String) {
        #expect(throws: InputValues.Fault.self) { try InputValues.read(text) }
    }

    @Test func `the longest time line fits, one more value does not`() throws {
        #expect(try InputValues.read("_x\(InputValues.valuesMax)").count == InputValues.valuesMax)
        #expect(throws: InputValues.Fault.self) { try InputValues.read("1 _x\(InputValues.valuesMax)") }
    }
}

@Suite struct AlarmTestFileTests {
    private static let alarms = """
        Parameters: {Threshold: {Type: Number, Default: 3}}
        Resources:
          Filter:
            Type: AWS::Logs::MetricFilter
            Properties:
              LogGroupName: trail
              FilterPattern: '{ $.userIdentity.accountId = 111122223333 && $.n > 1 && $.ok IS TRUE }'
              MetricTransformations: [{MetricNamespace: Test, MetricName: Bad, MetricValue: "1", DefaultValue: 0}]
          Alarm:
            Type: AWS::CloudWatch::Alarm
            Properties: {AlarmName: bad, Namespace: Test, MetricName: Bad, Statistic: Sum, Period: 60,
              EvaluationPeriods: 1, Threshold: !Ref Threshold, ComparisonOperator: GreaterThanOrEqualToThreshold}
        """

    private func file(_ body: String) throws(AlarmTestFault) -> AlarmTestFile {
        try AlarmTestFile(TemplateDocument(yaml: "alarm_files: [a.yaml]\ntests:\n\(body)", file: "t.test.yaml"))
    }

    private func run(_ body: String) throws -> [AlarmTestRunner.Failure] {
        let file = try file(body)
        let documents = [TemplateDocument(yaml: Self.alarms, file: "a.yaml")]
        return try file.cases.flatMap { try AlarmTestRunner().run($0, documents).failures }
    }

    @Test func `events and datapoints bring about the states that the engine gives`() throws {
        let failures = try run(
            """
              - name: events
                events:
                  - {time: 1m, userIdentity: {accountId: 111122223333}, n: 2, ok: true, repeat: 3, every: 10s}
                  - {eventTime: "2026-01-01T00:02:00Z", eventID: x, eventName: Other}
                alarm_tests:
                  - {alarm: bad, at: 1m, state: INSUFFICIENT_DATA}
                  - {alarm: bad, at: 2m, state: ALARM, reason: "[3.0 (01/01/26 00:01:00)]"}
                  - {alarm: bad, eval_time: 2m30s, state: ALARM}
                  - {alarm: bad, at: "2026-01-01T00:03:00Z", state: OK}
              - name: datapoints
                start: 2026-03-01T12:00:00Z
                parameters: {Threshold: 7}
                input_series:
                  - {namespace: Test, metric: Bad, values: "6+1x1 _x9"}
                alarm_tests:
                  - {alarm: bad, at: 1m, state: OK}
                  - {alarm: bad, at: 2m, state: ALARM}
                  - {alarm: bad, at: 12m, state: INSUFFICIENT_DATA}
            """)
        #expect(failures.map(\.message) == [])
    }

    @Test func `a check that does not hold tells state, place and window`() throws {
        let failures = try run(
            """
              - name: quiet
                input_series: [{namespace: Test, metric: Bad, values: 1 2}]
                alarm_tests:
                  - {alarm: bad, at: 2m, state: ALARM}
                  - {alarm: bad, at: 2m, state: OK, reason: something}
            """)
        #expect(failures.map(\.check.location.line) == [6, 7])
        #expect(
            failures.first?.message == #"test "quiet": bad at 2026-01-01T00:02:00Z: got OK; want ALARM"#)
        #expect(failures.last?.message.contains("want one with 'something'") == true)
        #expect(failures.first?.window.first?.hasSuffix("00:00 1 | 00:01 2") == true, "\(failures[0].window)")
    }

    @Test(
        arguments: [
            ("  - {alarm_tests: [{alarm: bad, at: 1m, state: GOOD}]}", 3, "want OK, ALARM or INSUFFICIENT_DATA"),
            ("  - {alarm_tests: [{alarm: bad, at: soon, state: OK}]}", 3, "got 'soon'"),
            ("  - {alarm_tests: [{alarm: bad, state: OK}]}", 3, "want at"),
            ("  - {alarm_tests: [{alarm: bad, at: 1m, states: OK}]}", 3, "got the key 'states'"),
            ("  - {name: x}", 3, "want a list alarm_tests"),
            ("  - x", 3, "got a text; want a mapping"),
            ("  []", 1, "want a list tests"),
            ("  - events: [{eventName: a}]\n    alarm_tests: []", 3, "cannot place an event"),
            ("  - events: [{time: 1m, repeat: 0}]", 3, "want a number from 1"),
            ("  - interval: 30s", 3, "want a multiple of 1m"),
            ("  - start: 2026-01-01T00:00:30Z", 3, "want a whole minute"),
            ("  - input_series:\n      - {namespace: a, metric: b, values: 1 b}", 4, "got 'b'"),
            ("  - input_series: [{metric: b, values: 1}]", 3, "want namespace"),
            ("  - {alarm_tests: [{alarm: bad, at: 0s, state: OK}]}", 3, "want a later time"),
            ("  - {alarm_tests: [{alarm: baad, at: 1m, state: OK}]}", 3, "want one of bad"),
            (
                "  - input_series: [{namespace: Test, metric: Bda, values: 1}]\n    alarm_tests: "
                    + "[{alarm: bad, at: 1m, state: OK}]", 3, "no alarm watches Test Bda"
            ),
            (
                "  - parameters: {Treshold: 1}\n    alarm_tests: [{alarm: bad, at: 1m, state: OK}]", 3,
                "cannot use --parameter Treshold"
            ),
            ("  - {a: 1, a: 2}", 3, "want it once"),
            ("  - [", 4, "cannot read the YAML"),
        ])
    func `what is wrong with a file is told with its line`(body: String, line: Int, want: String) {
        do {
            _ = try run(body)
            Issue.record("nothing was wrong")
        } catch {
            let fault = error as? AlarmTestFault
            #expect(fault?.diagnostic.message.contains(want) == true, "\(error)")
            #expect(fault?.diagnostic.location?.line == line, "\(error)")
        }
    }

    // MARK: The shipped tests

    private static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "Alarms")

    private static func shipped() throws -> [AlarmTestFile] {
        let folder = folder.appending(path: "_tests")
        return try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted().map { name in
            let path = folder.appending(path: name).path
            return try AlarmTestFile(
                TemplateDocument(yaml: try String(contentsOfFile: path, encoding: .utf8), file: path))
        }
    }

    @Test func `every shipped alarm has a test in which it goes off and one in which it keeps quiet, and all pass`()
        throws
    {
        let files = try Self.shipped()
        for file in files {
            let failures = try AlarmTestRunner().run(file).flatMap(\.failures)
            #expect(failures.map(\.message) == [], "\(file.path)")
        }
        let checks = files.flatMap(\.cases).flatMap(\.checks)
        let shipped = TemplateLoader().load(try AlarmFiles.read([Self.folder.path])).set
        for alarm in shipped.alarms {
            let own = Set(checks.filter { $0.alarm == alarm.name }.map(\.state))
            #expect(own.contains(.alarm) && own.count > 1, "\(alarm.name) is checked for \(own) alone")
        }
    }
}
