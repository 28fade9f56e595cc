import Foundation
import TrailModel
import TrailServer
import TrailSources
import TrailTemplates
import TrailYAML

/// A backtest of many alarms over a whole trail: counting its files by a filter for each alarm, then deciding.
struct BacktestBenchmark {
    /// The folder of the log files.
    let directory: String
    let alarms: Int
    let show: (_ name: String, _ value: Double, _ unit: String) -> Void

    func run() throws {
        let set = BacktestAlarms.set(count: alarms)
        let files = LogFolder.files(under: directory).files
        resetPeakMemory()
        var deciding = 0.0
        var transitions = 0
        let cpu = cpuSeconds()
        var account: BacktestFiles.Account?
        let all = try wallSeconds {
            let workers = ProcessInfo.processInfo.activeProcessorCount
            let (store, read) = try BacktestFiles(workers: workers).count(files, filters: set.filters)
            account = read
            deciding = try wallSeconds {
                let result = try Backtest(counts: BacktestCounts(store), set: set).run(from: nil, to: nil)
                transitions = result.alarms.reduce(0) { $0 + $1.decisions.count }
            }
        }
        show("backtest.events", Double(account?.events ?? 0), "events")
        show("backtest.files", Double(account?.files ?? 0), "files")
        show("backtest.transitions", Double(transitions), "transitions")
        show("backtest.seconds", all, "s")
        show("backtest.seconds_of_deciding", deciding, "s")
        show("backtest.cpu", cpuSeconds() - cpu, "CPU-s")
        show("backtest.peak_memory", Double(peakMemoryBytes()) / 1_000_000, "MB")
    }
}

/// Alarms of all kinds that people write: by the minute and by five, with and without DefaultValue, M of N.
enum BacktestAlarms {
    private static let names = [
        "GetObject", "PutObject", "AssumeRole", "DescribeInstances", "ListBuckets", "Decrypt", "GetCallerIdentity",
        "RunInstances", "ConsoleLogin", "CreateUser",
    ]

    static func set(count: Int) -> AlarmSet {
        var text = "Resources:\n"
        for number in 0..<count {
            let name = names[number % names.count]
            let period = [60, 300, 300, 900, 3600][number % 5]
            let periods = [1, 3, 5, 1][number % 4]
            let treatment = ["notBreaching", "missing", "ignore", "breaching"][number / 2 % 4]
            text += """
                  Filter\(number):
                    Type: AWS::Logs::MetricFilter
                    Properties:
                      LogGroupName: trail
                      FilterPattern: '{ ($.eventName = \(name)) && ($.userIdentity.type != "AWSService") }'
                      MetricTransformations:
                        - {MetricNamespace: Bench, MetricName: Calls\(number), MetricValue: "1"\
                \(number.isMultiple(of: 2) ? ", DefaultValue: 0" : "")}
                  Alarm\(number):
                    Type: AWS::CloudWatch::Alarm
                    Properties: {AlarmName: bench-\(number), Namespace: Bench, MetricName: Calls\(number),
                      Statistic: Sum, Period: \(period), EvaluationPeriods: \(periods), Threshold: \((number % 7 + 2) * max(1, period / 60)),
                      DatapointsToAlarm: \((periods + 1) / 2), TreatMissingData: \(treatment),
                      ComparisonOperator: GreaterThanOrEqualToThreshold}

                """
        }
        return TemplateLoader().load([TemplateDocument(yaml: text, file: "bench.yaml")]).set
    }
}
