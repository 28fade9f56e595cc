import Foundation
import Testing
import TrailAlarms
import TrailCounts
import TrailModel
import TrailSources
import TrailStore
import TrailTemplates

@testable import TrailServer

/// A store with alarms over a time that the test moves.
final class ExplainStage {
    struct FixedTime: TimeSource {
        let time: Timestamp
        func now() -> Timestamp { time }
        func sleep(for duration: Duration) async throws {}
    }

    static let begin = Timestamp(seconds: 1_700_006_400)
    static let lateSeconds: Int64 = 300

    let path = FileManager.default.temporaryDirectory.appendingPathComponent("trailwatch-\(UUID().uuidString)").path
    var now = ExplainStage.begin
    private var opened: (store: Store, evaluator: Evaluator)?
    private var set = AlarmSet()
    private var files = 0
    private var events = 0

    var data: String { path + "/data" }

    init(_ template: String) throws {
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        try reopen()
        try load(template)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func store() throws -> Store { try #require(opened).store }

    /// As a restart of the server does.
    func reopen() throws {
        opened = nil
        let store = try Store(directory: data)
        var evaluator = Evaluator(recordingIn: store, settings: TemplateSettings())
        _ = try evaluator.load(set, files: nil, newMark: now.adding(seconds: -3600), now: now, removesOthers: false)
        opened = (store, evaluator)
    }

    @discardableResult
    func load(_ template: String) throws -> Evaluator.Changes {
        let (set, diagnostics) = TemplateLoader().load(AlarmFiles.documents([("a.yaml", template)]))
        #expect(diagnostics.filter { $0.severity == .error } == [])
        self.set = set
        return try #require(
            try opened?.evaluator.load(set, files: nil, newMark: now.adding(seconds: -3600), now: now))
    }

    func commit(_ times: [(time: Timestamp, name: String)]) throws {
        guard !times.isEmpty else { return }
        let records = times.map { event in
            events += 1
            return #"{"eventTime":"\#(event.time.rfc3339)","eventID":"e\#(events)","eventSource":"iam.amazonaws.com","#
                + #""eventName":"\#(event.name)","recipientAccountId":"111122223333"}"#
        }
        files += 1
        let file = "\(path)/\(files).json"
        try "{\"Records\":[\(records.joined(separator: ","))]}".write(toFile: file, atomically: true, encoding: .utf8)
        var ingest = Ingest(store: try store(), plan: CountingPlan(filters: set.filters), time: FixedTime(time: now))
        try ingest.read([try LogFile(path: file)]) { _ in }
    }

    @discardableResult
    func evaluate() throws -> [Decision] {
        let watermark = now.adding(seconds: -Self.lateSeconds)
        var decisions: [Decision] = []
        repeat {
            let more = try opened?.evaluator.evaluate(
                Evaluator.Moment(now: now, watermark: watermark, isBehind: false))
            decisions += more ?? []
        } while opened?.evaluator.hasMore == true
        return decisions
    }

    func save() throws {
        try opened?.evaluator.save(
            Evaluator.Moment(now: now, watermark: now.adding(seconds: -Self.lateSeconds), isBehind: false))
    }

    func alarm(_ name: String) throws -> (alarm: StoredAlarm, recipe: AlarmSeries) {
        let found = try #require(opened?.evaluator.alarms.first { $0.alarm.machine.definition.name == name })
        return (found.alarm, found.recipe)
    }

    /// The values of a window by what is counted now.
    func values(_ name: String, _ end: Timestamp) throws -> [Double?] {
        let (alarm, recipe) = try alarm(name)
        let definition = alarm.machine.definition
        let range = end.adding(seconds: -definition.windowSeconds)..<end
        let data = try recipe.data(range, slots: try store().slots)
        return AlarmWindow(of: definition, end: end, data: data, closedThrough: end).periods.map { $0?.value }
    }

    /// Deletes all minutes, as an upkeep days later does.
    func forgetMinutes() throws {
        try store().forgetEvaluated()
        try store().forget(by: Retention([.minute: 1]), now: now.adding(seconds: 5 * 86_400))
    }

    func explain(_ name: String, _ time: Timestamp?) throws -> AlarmExplanation {
        try Explainer(reader: try StoreReader(directory: data)).explain(name, at: time)
    }
}

extension ExplainStage {
    static func template(
        name: String = "bad", threshold: Int = 3, treatment: String = "notBreaching", needed: Int = 1, periods: Int = 1,
        period: Int = 60, comparison: String = "GreaterThanOrEqualToThreshold", defaultValue: String = "",
        description: String = "", more: String = ""
    ) -> String {
        """
        Resources:
          Filter:
            Type: AWS::Logs::MetricFilter
            Properties:
              LogGroupName: trail
              FilterPattern: '{ $.eventName = Bad }'
              MetricTransformations:
                - {MetricNamespace: Test, MetricName: Bad, MetricValue: "1"\(defaultValue)}
          Alarm:
            Type: AWS::CloudWatch::Alarm
            Properties:
              AlarmName: \(name)
              AlarmDescription: 'd\(description)'
              Namespace: Test
              MetricName: Bad
              Statistic: Sum
              Period: \(period)
              EvaluationPeriods: \(periods)
              DatapointsToAlarm: \(needed)
              Threshold: \(threshold)
              ComparisonOperator: \(comparison)
              TreatMissingData: \(treatment)
        \(more)
        """
    }

    static let secondAlarm = """
          Second:
            Type: AWS::CloudWatch::Alarm
            Properties:
              AlarmName: second
              Namespace: Test
              MetricName: Bad
              Statistic: Sum
              Period: 120
              EvaluationPeriods: 2
              Threshold: 2
              ComparisonOperator: GreaterThanThreshold
        """

    /// Five events in one minute, of which two come late, decided ten minutes later.
    static func late(_ text: String = ExplainStage.template()) throws -> (stage: ExplainStage, window: Timestamp) {
        let stage = try ExplainStage(text)
        let minute = begin.adding(seconds: 600)
        try stage.commit([(begin, "Good")])
        stage.now = minute.adding(seconds: 400)
        try stage.commit((0..<2).map { (minute.adding(seconds: $0), "Bad") })
        try stage.evaluate()
        stage.now = minute.adding(seconds: 900)
        try stage.commit((2..<4).map { (minute.adding(seconds: $0), "Bad") })
        try stage.evaluate()
        try stage.save()
        return (stage, minute.adding(seconds: 60))
    }
}
