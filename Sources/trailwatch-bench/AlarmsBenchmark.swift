import ArgumentParser
import Foundation
import TrailAlarms
import TrailModel
import TrailServer
import TrailStore
import TrailTemplates

/// The alarm engine: a round over many alarms, each on a series of its own, as a server evaluates them.
struct AlarmsBenchmark: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "alarms", abstract: "CPU time of a round of evaluation over many alarms.")

    @Option(help: "Number of alarms.")
    var alarms = 10_000

    @Option(help: "Number of series.")
    var series = 100_000

    @Option(help: "The figure is the median of so many rounds, five minutes of new counts before each.")
    var rounds = 48

    @Option(help: "Seed of the series' counts.")
    var seed: UInt64 = 1

    @Option(
        help: ArgumentHelp(
            "Backtests --backtest-alarms alarms over the log files in this folder instead.",
            discussion: "90 days of 2,000,000 events: `trailwatch generate DIR --events 2000000 --days 90`.",
            valueName: "directory"))
    var backtest: String?

    @Option(help: "Number of alarms of a backtest; each has a metric filter of its own.")
    var backtestAlarms = 50

    @Flag(help: "Print each figure as a JSON object.")
    var json = false

    func validate() throws {
        guard rounds > 0, alarms > 0, series >= alarms, backtestAlarms > 0 else {
            throw ValidationError(
                "cannot measure \(rounds) rounds of \(alarms) alarms over \(series) series; want 1 or more of each and no "
                    + "fewer series than alarms")
        }
    }

    func run() throws {
        if let backtest {
            return try BacktestBenchmark(directory: backtest, alarms: backtestAlarms, show: show).run()
        }
        let place = FileManager.default.temporaryDirectory.path + "/trailwatch-bench-\(getpid())"
        defer { try? FileManager.default.removeItem(atPath: place) }
        var synthetic = SyntheticSeries(count: series, days: 1, seed: seed)
        let store = try Store(directory: place)
        let numbers = try store.seriesNumbers(of: (0..<series).map { synthetic.metric($0) })
        let definitions = (0..<alarms).map { alarm($0, on: synthetic.metric($0 * (series / alarms))) }
        var evaluator = Evaluator(recordingIn: store, settings: TemplateSettings())
        let start = Timestamp(seconds: synthetic.start)
        _ = try evaluator.load(AlarmSet(alarms: definitions), files: nil, newMark: start, now: start)
        repeat {
            _ = try evaluator.evaluate(Evaluator.Moment(now: start, watermark: start, isBehind: false))
        } while evaluator.hasMore
        var quiet: [Double] = []
        var times: [Double] = []
        var decisions = 0
        for slot in 0..<(rounds + Self.warmingRounds) {
            let time = start.adding(seconds: Int64(slot) * 300)
            let samples = synthetic.counts(slot: slot).map { series, count in
                SampleCount(series: numbers[series], slot: time, count: count)
            }
            try store.add(samples, source: "bench")
            let end = time.adding(seconds: 300)
            func moment(_ seconds: Int64) -> Evaluator.Moment {
                Evaluator.Moment(now: end.adding(seconds: seconds), watermark: end, isBehind: false)
            }
            times.append(try measured { decisions += try evaluator.evaluate(moment(0)).count })
            // The minute after it nothing is new.
            quiet.append(try measured { decisions += try evaluator.evaluate(moment(60)).count })
            try store.fold()
            try store.forgetEvaluated()
        }
        show("alarms.round", median(times), "CPU-ms")
        show("alarms.round_without_new_counts", median(quiet), "CPU-ms")
        show("alarms.decisions", Double(decisions), "decisions")
        show("alarms.peak_memory", Double(peakMemoryBytes()) / 1_000_000, "MB")
        try store.close()
    }

    /// Rounds in which alarms enter their first state.
    private static let warmingRounds = 6

    private func median(_ times: [Double]) -> Double {
        times.dropFirst(Self.warmingRounds).sorted()[rounds / 2] * 1000
    }

    private func show(_ name: String, _ value: Double, _ unit: String) {
        print(Figure(name: name, value: value, unit: unit).line(asJSON: json))
    }

    private func alarm(_ index: Int, on metric: Metric) -> MetricAlarm {
        MetricAlarm(
            name: "alarm-\(index)", metric: metric, statistic: .sum, periodSeconds: 300, evaluationPeriods: 3,
            datapointsToAlarm: 2, threshold: 200, comparison: .greaterThanThreshold, treatMissingData: .notBreaching,
            location: SourceLocation(file: "bench.yaml", line: 1, column: 1))
    }
}
