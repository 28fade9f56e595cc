import ArgumentParser
import Foundation
import Testing
import TrailAlarms
import TrailModel
import TrailServer
import TrailSources
import TrailTemplates
import TrailYAML

@testable import trailwatch

/// What a person reads, over a small trail.
@Suite struct BacktestReportTests {
    private static let start = Timestamp(seconds: 1_700_006_400)

    private func template(threshold: Int, names: [String] = ["bad"]) -> String {
        var text = """
            Resources:
              Filter:
                Type: AWS::Logs::MetricFilter
                Properties:
                  LogGroupName: trail
                  FilterPattern: '{ $.eventName = Bad }'
                  MetricTransformations: [{MetricNamespace: Test, MetricName: Bad, MetricValue: "1", DefaultValue: 0}]
            """
        for (number, name) in names.enumerated() {
            text += """

                  Alarm\(number):
                    Type: AWS::CloudWatch::Alarm
                    Properties: {AlarmName: "\(name)", Namespace: Test, MetricName: Bad, Statistic: Sum, Period: 300,
                      EvaluationPeriods: 1, Threshold: \(number > 0 ? 1000 : threshold), TreatMissingData: notBreaching,
                      ComparisonOperator: GreaterThanOrEqualToThreshold}
                """
        }
        return text
    }

    /// Every five minutes for ten hours: three bad events in the third and the fifth hour, nine in the seventh.
    private func report(
        threshold: Int, against: Int? = nil, isReplay: Bool = false, names: [String] = ["bad"], to: Timestamp? = nil
    ) throws -> BacktestReport {
        try withFolder { folder in
            var records: [String] = []
            for slot in 0..<120 {
                let count = [2: 3, 4: 3, 6: 9][slot / 12] ?? 0
                for number in 0..<(count + 1) {
                    let time = Self.start.adding(seconds: Int64(slot * 300 + number)).rfc3339
                    let name = number < count ? "Bad" : "Good"
                    records.append(#"{"eventTime":"\#(time)","eventID":"\#(slot)-\#(number)","eventName":"\#(name)"}"#)
                }
            }
            let file = folder.appending(path: "a.json")
            try Data("{\"Records\":[\(records.joined(separator: ","))]}".utf8).write(to: file)
            func set(_ threshold: Int) -> AlarmSet {
                let text = template(threshold: threshold, names: names)
                return TemplateLoader().load([TemplateDocument(yaml: text, file: "a.yaml")]).set
            }
            let run = BacktestRun(
                set: set(threshold), against: against.map(set), templates: TemplateSettings(), from: nil, to: to,
                now: Self.start, latenessSeconds: nil, library: .auto, workers: 1)
            let outcome = try isReplay ? run.replayed(.files([folder.path])) : run.settled(.files([folder.path]))
            #expect(outcome.messages == [])
            return BacktestReport(
                now: outcome.now, before: outcome.before, from: nil, to: to, isReplay: isReplay,
                events: outcome.account)
        }
    }

    @Test func `a run of one set shows a line for each alarm that fires, and its transitions`() throws {
        let text = try report(threshold: 3, names: ["bad", "quiet"]).text
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        #expect(
            Array(lines.prefix(9)) == [
                "2023-11-15T00:00Z to 2023-11-15T10:00Z, every event on time",
                "300 events in 1 files",
                "1 of 2 alarms fire, 3 times in all",
                "",
                "     11-15 00:00 02:00       04:00       06:00       08:00",
                "bad  ············▄█████▄·····▄█████▄·····▄█████▄·················",
                "█ in ALARM   ▄ partly   · OK   - INSUFFICIENT_DATA   one character = 10 min, UTC",
                "never in ALARM: quiet",
                "",
            ], "\(text)")
        #expect(lines[9] == "bad: 7 transitions, 3 to ALARM")
        #expect(lines.allSatisfy { $0.count <= BacktestReport.columns })
    }

    @Test(arguments: [false, true], ["1960-01-01", "1969-12-31T23:59:59Z", "2023-11-14"])
    func `an end before all events is a backtest without events`(isReplay: Bool, end: String) throws {
        let to = try #require(Timestamp(argument: end, now: Self.start))
        let report = try report(threshold: 3, isReplay: isReplay, to: to)
        let text = report.text
        #expect(!text.contains("fire, 3 times"), "\(text)")
        #expect(text.contains("never in ALARM: bad") || text.contains("0 of 1"), "\(text)")
        #expect(text.split(separator: "\n").allSatisfy { $0.count <= BacktestReport.columns })
        let object = try JSONSerialization.jsonObject(with: Data(report.json.text.utf8)) as? [String: Any]
        let alarms = try #require(object?["alarms"] as? [[String: Any]])
        #expect((alarms.first?["transitions"] as? [Any])?.isEmpty == true)
    }

    @Test func `two sets show what changed, before over now`() throws {
        let report = try report(threshold: 5, against: 3)
        #expect(report.isChanged)
        #expect(report.summary == "1 alarm: 1 fire at other times")
        let text = report.text
        #expect(text.contains("bad: fired 3 times, now 1: 2 lost"))
        #expect(text.contains("\n  before  ············▄█████▄·····▄█████▄·····▄█████▄·"))
        #expect(text.contains("\n  now     ··"))
        #expect(text.contains("\n  lost: 2023-11-15T02:0"))
        #expect(text.split(separator: "\n").allSatisfy { $0.count <= BacktestReport.columns })
        #expect(try self.report(threshold: 3, against: 3).text.hasSuffix("1 alarm: 1 unchanged\n\nNothing changed."))
        #expect(try !self.report(threshold: 3, against: 3).isChanged)
    }

    @Test func `json has the transitions in the form that the design promises`() throws {
        let text = try report(threshold: 3).json.text
        let object = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
        let alarms = try #require(object["alarms"] as? [[String: Any]])
        let transitions = try #require(alarms.first?["transitions"] as? [[String: Any]])
        #expect(transitions.count == 7)
        #expect(transitions[1]["to"] as? String == "ALARM")
        #expect(transitions[1]["from"] as? String == "OK")
        #expect(transitions[1]["late"] as? Bool == false)
        #expect((transitions[1]["time"] as? String)?.hasPrefix("2023-11-15T02:0") == true)
        #expect(Set(transitions[1].keys) == ["time", "from", "to", "reason", "late"])
        let compared = try report(threshold: 5, against: 3).json.text
        #expect(compared.contains(#""change":"otherAlarms","firesNow":1,"firedBefore":3,"new":0,"lost":2"#))
    }

    @Test func `markdown is a table that GitHub shows, whatever the names`() throws {
        let text = try report(threshold: 5, against: 3, names: ["a|b *c* <d> `e`"]).markdown
        #expect(text.hasPrefix("### Backtest\n"))
        #expect(
            text.contains("| a\\|b \\*c\\* &lt;d&gt; \\`e\\` | fire at other times | 3 | 1 | lost: 2023-11-15T02:0"))
        #expect(text.contains("```text\n"))
        #expect(try report(threshold: 3, against: 3).markdown.hasSuffix("No alarm does anything else."))
    }

    @Test func `a replay says how and how late each transition was taken`() throws {
        let report = try report(threshold: 3, isReplay: true)
        #expect(report.text.contains("decided as the files arrived"))
        #expect(report.json.text.contains(#""kind":"#))
        #expect(report.text.split(separator: "\n").allSatisfy { $0.count <= BacktestReport.columns })
    }

    @Test(arguments: [
        (60, 60, 1), (3600, 60, 60), (3601, 120, 31), (86_400, 1800, 48), (7 * 86_400, 10_800, 56),
        (90 * 86_400, 172_800, 45), (3650 * 86_400, 9_676_800, 33),
    ])
    func `a time line has steps of a length that people know, and fits`(seconds: Int, cell: Int64, cells: Int) {
        let from = Timestamp(seconds: 1_699_920_000)
        let line = TimeLine(from: from, to: from.adding(seconds: Int64(seconds)))
        #expect(line.cellSeconds == cell)
        #expect(abs(line.cells - cells) <= 1, "\(line.cells)")
        #expect(line.cells <= TimeLine.cellsMax)
        #expect(line.line([]).count == line.cells)
        #expect(line.start <= from && line.end >= from.adding(seconds: Int64(seconds)))
    }
}

/// The flags.
@Suite struct BacktestCommandTests {
    @Test(arguments: [
        (["--alarms", "a.yaml", "trail", "--data", "d"], "got PATH and --data"),
        (["trail", "--alarms", "a.yaml", "--against-parameter", "A=1"], "want --against, too"),
        (["trail", "--alarms", "a.yaml", "--lateness", "5s"], "without --arrivals"),
        (["trail", "--alarms", "a.yaml", "--from", "soon"], "cannot read --from soon"),
        (["trail", "--alarms", "a.yaml", "--from", "2023-01-02", "--to", "2023-01-01"], "want from < to"),
        (["trail"], "cannot judge without alarms"),
    ])
    func `flags that do not go together are refused`(flags: [String], want: String) throws {
        let command = try BacktestCommand.parse(flags)
        do {
            try command.run()
            Issue.record("nothing was refused")
        } catch {
            #expect("\(error)".contains(want), "\(error)")
        }
    }
}
