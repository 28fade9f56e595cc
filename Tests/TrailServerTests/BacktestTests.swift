import Foundation
import Testing
import TrailCounts
import TrailModel
import TrailPatterns
import TrailSources
import TrailStore
import TrailTemplates
import TrailYAML

@testable import TrailAlarms
@testable import TrailServer

private let start = Timestamp(seconds: 1_700_006_400)

/// An alarm whose states stand in a marble string, one character a minute: `A`, `O` or `?`.
private func result(_ marbles: [(name: String, states: String)]) -> BacktestResult {
    let alarms = marbles.map { name, states in
        var timeline: [TimelineEntry] = []
        for (index, character) in states.enumerated() {
            let state: AlarmState = character == "A" ? .alarm : character == "O" ? .ok : .insufficientData
            let time = start.adding(seconds: Int64(index + 1) * 60)
            timeline.append(TimelineEntry(windowEnd: time, state: state))
        }
        let transitions = timeline.transitions()
        let decisions = transitions.enumerated().map { index, entry in
            Decision(
                number: Int64(index + 1), alarmName: name, contributor: nil, windowEnd: entry.windowEnd,
                decidedAt: entry.windowEnd,
                from: index > 0 ? transitions[index - 1].state : .insufficientData, to: entry.state, reason: "",
                reasonData: "{}", kind: .ordinary, changesState: true, isLate: false, isFirst: index == 0,
                isMissedAlarm: false, incidentStart: nil, previous: nil)
        }
        return BacktestResult.Alarm(alarmName: name, decisions: decisions, timeline: transitions)
    }
    return BacktestResult(
        alarms: alarms, firstTraffic: start, lastTraffic: start, end: start.adding(seconds: 3600))
}

@Suite struct BacktestComparisonTests {
    @Test(
        arguments: [
            ("both alike", "OOAAO", "OOAAO", .unchanged, "0 0 0 0"),
            ("quiet both", "OOOOO", "OOOOO", .unchanged, "0 0 0 0"),
            ("never before", "OOOOO", "OOAAO", .firesNow, "1 0 0 0"),
            ("never now", "OOAAO", "OOOOO", .lost, "0 1 0 0"),
            ("a minute earlier", "OOAAO", "OAAAO", .earlier, "0 0 1 0"),
            ("a minute later", "OAAAO", "OOAAO", .later, "0 0 0 1"),
            ("earlier and so short that they only touch", "OOAAO", "OAOOO", .earlier, "0 0 1 0"),
            ("apart from each other", "AOOOOO", "OOOOAO", .otherAlarms, "1 1 0 0"),
            ("one of two is lost", "OAOOOAO", "OOOOOAO", .otherAlarms, "0 1 0 0"),
            ("one in the place of two", "OAOAO", "OAAAO", .otherAlarms, "0 1 0 0"),
            ("two in the place of one", "OAAAO", "OAOAO", .otherAlarms, "1 0 0 0"),
            ("ends later", "OOAAO", "OOAAA", .otherStates, "0 0 0 0"),
            ("lasts to the end on both sides", "OOAAA", "OAAAA", .earlier, "0 0 1 0"),
            ("other states alone", "OO?OO", "OOOOO", .otherStates, "0 0 0 0"),
            ("first later, then earlier", "OAAOOAAO", "OOAOAAAO", .later, "0 0 1 1"),
        ] as [(String, String, String, BacktestComparison.Change, String)])
    func `an alarm's change is told by its ALARMs`(
        _ why: String, before: String, now: String, change: BacktestComparison.Change, counts: String
    ) {
        let comparison = BacktestComparison(now: result([("a", now)]), before: result([("a", before)]))
        let alarm = comparison.alarms[0]
        #expect(alarm.change == change, "\(why)")
        #expect("\(alarm.added) \(alarm.lost) \(alarm.earlier) \(alarm.later)" == counts, "\(why)")
        #expect(comparison.isUnchanged == (change == .unchanged))
    }

    @Test func `alarms are compared by name, those that are gone come last`() {
        let comparison = BacktestComparison(
            now: result([("new", "OA"), ("kept", "OA"), ("added", "OO")]),
            before: result([("gone", "OA"), ("kept", "OA"), ("dropped", "OO")]))
        #expect(comparison.alarms.map(\.name) == ["new", "kept", "added", "gone", "dropped"])
        #expect(comparison.alarms.map(\.change) == [.firesNow, .unchanged, .otherStates, .lost, .otherStates])
    }

    @Test func `what lies before the range makes no difference`() {
        let comparison = BacktestComparison(
            now: result([("a", "OOOOOAO")]), before: result([("a", "OAOOOAO")]), from: start.adding(seconds: 240))
        #expect(comparison.alarms[0].lost == 0)
    }

    /// Every incident of either side is in exactly one pair, and pairs are those that meet.
    @Test(arguments: 1...40) func `each ALARM is in one pair`(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        func timeline() -> String {
            String((0..<30).map { _ in random.isOne(in: 3) ? "A" : "O" as Character })
        }
        let before = result([("a", timeline())]).alarms[0].incidents()
        let now = result([("a", timeline())]).alarms[0].incidents()
        let pairs = BacktestComparison.pairs(before: before, now: now)
        #expect(pairs.compactMap(\.before) == before, "seed \(seed)")
        #expect(pairs.compactMap(\.now) == now, "seed \(seed)")
        for pair in pairs {
            guard let old = pair.before, let new = pair.now else { continue }
            #expect(new.end.map { old.start <= $0 } ?? true && old.end.map { new.start <= $0 } ?? true)
        }
    }
}

/// A folder of log files and a data directory.
private final class Ground: Sendable {
    let path = FileManager.default.temporaryDirectory.appendingPathComponent("trailwatch-\(UUID().uuidString)").path

    init() throws {
        try FileManager.default.createDirectory(atPath: path + "/trail", withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func write(_ name: String, _ events: [(minute: Int, name: String)]) throws {
        let records = events.enumerated().map { number, event in
            """
            {"eventTime":"\(start.adding(seconds: Int64(event.minute * 60)).rfc3339)","eventID":"\(name)-\(number)",\
            "eventName":"\(event.name)","recipientAccountId":"111122223333"}
            """
        }
        try "{\"Records\":[\(records.joined(separator: ","))]}".write(
            toFile: "\(path)/trail/\(name).json", atomically: true, encoding: .utf8)
    }

    var files: [LogFile] { LogFolder.files(under: path + "/trail").files }

    func ingest(_ filters: [MetricFilter]) throws -> StoreReader {
        let store = try Store(directory: path + "/data")
        var ingest = Ingest(
            store: store, plan: CountingPlan(filters: filters), time: ReplayClock(start.adding(seconds: 86_400)))
        try ingest.run(files) { _ in }
        try store.close()
        return try StoreReader(directory: path + "/data")
    }
}

private func set(pattern: String, threshold: Int = 2, name: String = "bad") -> AlarmSet {
    TemplateLoader().load([
        TemplateDocument(
            yaml: """
                Resources:
                  Filter:
                    Type: AWS::Logs::MetricFilter
                    Properties:
                      FilterName: \(name)
                      LogGroupName: trail
                      FilterPattern: '\(pattern)'
                      MetricTransformations: [{MetricNamespace: Test, MetricName: Bad, MetricValue: "1", DefaultValue: 0}]
                  Alarm:
                    Type: AWS::CloudWatch::Alarm
                    Properties: {AlarmName: bad, Namespace: Test, MetricName: Bad, Statistic: Sum, Period: 60,
                      EvaluationPeriods: 1, Threshold: \(threshold), TreatMissingData: notBreaching,
                      ComparisonOperator: GreaterThanOrEqualToThreshold}
                """, file: "a.yaml")
    ]).set
}

private let events: [(minute: Int, name: String)] = [
    (0, "Good"), (1, "Bad"), (1, "Bad"), (2, "Good"), (3, "Worse"), (3, "Worse"), (4, "Good"), (5, "Worse"), (5, "Bad"),
]

/// The minutes, from the start, of the windows that bring an ALARM.
private func alarmMinutes(_ result: BacktestResult) -> [Int64] {
    result.alarms[0].incidents().map { ($0.start.seconds - start.seconds) / 60 }
}

@Suite struct BacktestCountsTests {
    @Test func `a pattern that never counted is tested over files and over a store alike`() throws {
        let ground = try Ground()
        try ground.write("a", events)
        let (former, new) = (set(pattern: "{ $.eventName = Bad }"), set(pattern: "{ $.eventName = Worse }"))
        let union = FilterUnion(new.filters, against: former.filters)
        #expect(union.filters.count == 2)
        let (store, account) = try BacktestFiles().count(ground.files, filters: union.filters)
        #expect(account.events == events.count)
        let files = BacktestCounts(store)
        let reader = try ground.ingest(former.filters)
        let stored = try BacktestStore(reader: reader, filters: union.filters)
        #expect(stored.files.count == 1)
        let (again, notes) = try stored.counts(by: BacktestFiles())
        #expect(notes.isEmpty)
        for counts in [files, again] {
            #expect(try alarmMinutes(Backtest(counts: counts, set: new).run(from: nil, to: nil)) == [4])
            let before = Backtest(counts: counts.renaming(union.formerName), set: former)
            #expect(try alarmMinutes(before.run(from: nil, to: nil)) == [2])
        }
        // Nothing of it is in the store.
        #expect(
            try reader.slots(of: union.formerName(new.filters[0].metric), in: start..<start.adding(seconds: 600))
                .isEmpty)
    }

    @Test func `a store that has counted all of it is taken as it is`() throws {
        let ground = try Ground()
        try ground.write("a", events)
        let set = set(pattern: "{ $.eventName = Bad }")
        let stored = try BacktestStore(reader: ground.ingest(set.filters), filters: set.filters)
        #expect(stored.files.isEmpty && stored.uncounted.isEmpty)
        #expect(
            try alarmMinutes(
                Backtest(counts: stored.counts(by: BacktestFiles()).counts, set: set).run(from: nil, to: nil)) == [2])
    }

    @Test func `files that are gone are named`() throws {
        let ground = try Ground()
        try ground.write("a", events)
        try ground.write("b", [(7, "Worse"), (7, "Worse")])
        let reader = try ground.ingest([])
        try FileManager.default.removeItem(atPath: ground.path + "/trail/a.json")
        let set = set(pattern: "{ $.eventName = Worse }")
        let (counts, notes) = try BacktestStore(reader: reader, filters: set.filters).counts(by: BacktestFiles())
        #expect(try alarmMinutes(Backtest(counts: counts, set: set).run(from: nil, to: nil)) == [8])
        #expect(notes.count == 1)
        #expect(
            notes.first?.hasPrefix("warning: 1 of 2 counted files could not be read again: the matches of bad") == true)
    }

    @Test(arguments: [
        ("the same filter", "{ $.eventName = Bad }", "bad", 1, false),
        ("another pattern", "{ $.eventName = Worse }", "bad", 2, true),
        ("another name", "{ $.eventName = Bad }", "other", 2, true),
    ])
    func `filters that both sets have count once`(
        _ why: String, pattern: String, name: String, filters: Int, isApart: Bool
    ) {
        let new = set(pattern: "{ $.eventName = Bad }")
        let union = FilterUnion(new.filters, against: set(pattern: pattern, name: name).filters)
        #expect(union.filters.count == filters, "\(why)")
        #expect((union.formerName(new.filters[0].metric) != new.filters[0].metric) == isApart, "\(why)")
    }

    @Test func `files without a stamp come with their last event, those with one at it`() throws {
        let ground = try Ground()
        try ground.write("late", [(90, "Bad")])
        let folder = "\(ground.path)/trail/AWSLogs/111122223333/CloudTrail/us-east-1/2023/11/15"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let stamped = "\(folder)/111122223333_CloudTrail_us-east-1_20231115T0010Z_abc.json"
        try FileManager.default.copyItem(atPath: ground.path + "/trail/late.json", toPath: stamped)
        let arrivals = BacktestReplay.Arrival.byStamp(ground.files, library: .auto)
        #expect(arrivals.map { ($0.time.seconds - start.seconds) / 60 } == [10, 90])
    }

    @Test func `each series of a query is settled by itself, and the alarm follows them`() throws {
        let ground = try Ground()
        try ground.write("a", events + [(12, "Bad"), (13, "Good")])
        let set = TemplateLoader().load([
            TemplateDocument(
                yaml: """
                    Resources:
                      Alarm:
                        Type: AWS::CloudWatch::Alarm
                        Properties:
                          AlarmName: calls
                          Metrics:
                            - Id: q1
                              Expression: >-
                                SELECT SUM(EventCount) FROM SCHEMA(CloudTrail, EventName) GROUP BY EventName
                              Period: 300
                          EvaluationPeriods: 1
                          Threshold: 2
                          ComparisonOperator: GreaterThanOrEqualToThreshold
                    """, file: "a.yaml")
        ]).set
        let (store, _) = try BacktestFiles().count(ground.files, filters: [])
        let result = try Backtest(counts: BacktestCounts(store), set: set).run(
            from: nil, to: start.adding(seconds: 3600))
        let lines = result.alarms.map { alarm in
            "\(alarm.name): "
                + alarm.decisions.map { "\(($0.windowEnd.seconds - start.seconds) / 60) \($0.to.rawValue)" }
                .joined(separator: ", ")
        }
        #expect(
            lines == [
                "calls: 5 ALARM, 15 OK, 30 INSUFFICIENT_DATA", "calls [EventName=Bad]: 5 ALARM, 10 OK",
                "calls [EventName=Good]: 5 ALARM, 15 OK", "calls [EventName=Worse]: 5 ALARM, 10 OK",
            ])
    }
}

/// Composite alarms in a settled backtest: their clock is the end of the window that moved a child (design, section 4).
@Suite struct SettledCompositeTests {
    private static let template = """
        Resources:
          A: {Type: "AWS::CloudWatch::Alarm", Properties: {AlarmName: a, Namespace: N, MetricName: A, Statistic: Sum, \
        Period: 60, EvaluationPeriods: 1, Threshold: 1, ComparisonOperator: GreaterThanOrEqualToThreshold}}
          B: {Type: "AWS::CloudWatch::Alarm", Properties: {AlarmName: b, Namespace: N, MetricName: B, Statistic: Sum, \
        Period: 60, EvaluationPeriods: 1, Threshold: 1, ComparisonOperator: GreaterThanOrEqualToThreshold}}
          Both: {Type: "AWS::CloudWatch::CompositeAlarm", Properties: {AlarmName: both, AlarmRule: ALARM(a) AND ALARM(b)}}
          Over: {Type: "AWS::CloudWatch::CompositeAlarm", Properties: {AlarmName: over, AlarmRule: NOT ALARM(both)}}
        """

    /// The state after each minute, that of the start first.
    private static func marbles(_ decisions: [Decision], minutes: Int) -> String {
        String(
            (0...minutes).map { minute -> Character in
                let time = start.adding(seconds: Int64(minute) * 60)
                switch decisions.last(where: { $0.windowEnd <= time })?.to {
                case .alarm: return "A"
                case .ok: return "O"
                default: return "?"
                }
            })
    }

    @Test(arguments: [
        ("OAAAO", "OOAAA", "OOOAAO", "AAAOOA"),
        ("AOAOA", "OAOAO", "OOOOOO", "AAAAAA"),
        // What changes in the same minute goes on one by one, each by itself.
        ("OAOAO", "OAOAO", "OOAOAO", "AAOAOA"),
        ("?A?AA", "AAAA?", "OOAOAO", "AAOAOA"),
    ]) func `they follow their children`(first: String, second: String, both: String, over: String) throws {
        let (set, faults) = TemplateLoader().load([TemplateDocument(yaml: Self.template, file: "a.yaml")])
        #expect(faults.filter { $0.severity == .error }.isEmpty, "\(faults)")
        let transitions = result([("a", first), ("b", second)]).alarms.flatMap(\.decisions)
        let settled = SettledComposites(
            set, transitions, home: AlarmHome(region: "us-east-1", account: "000000000000"), startingAt: start,
            through: start.adding(seconds: 3600))
        #expect(Self.marbles(settled.decisions["both"] ?? [], minutes: 5) == both)
        #expect(Self.marbles(settled.decisions["over"] ?? [], minutes: 5) == over)
        #expect(
            settled.decisions["both"]?.first?.reason.contains("was created and its alarm rule evaluates to OK") == true)
    }
}
