import ArgumentParser
import Foundation
import TrailCounts
import TrailEvents
import TrailGenerator
import TrailModel
import TrailPatterns
import TrailServer
import TrailSources
import TrailStore
import TrailTemplates

/// What event rules cost while log files are read: the same files without a rule and with many, one after the other.
struct IngestBenchmark: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ingest", abstract: "CPU time of an event that event rules add to reading log files.",
        discussion: """
            ingest.extract is what a worker makes of files in memory, ingest.whole the way from the disk into a new \
            store. Each value is what the rules add to an event, its ratio the time with them to that without. Rules \
            that hold for few events are as people write them; those about the commonest calls are told of many, each \
            of which costs a message's text and its place in the store.
            """)

    @Argument(help: "A folder of log files; a generated trail, by default.", completion: .directory)
    var logs: String?

    @Option(help: "Number of event rules, of all operators in turn.")
    var rules = 100

    @Option(help: "Events of the generated trail; of other files so many at least, read again and again.")
    var events = 200_000

    @Option(help: "Each figure is the median of so many runs, after one that does not count.")
    var runs = 5

    @Option(help: "Alarm files whose filters count in all runs.")
    var alarms: [String] = ["Alarms"]

    @Flag(help: "Print each figure as a JSON object.")
    var json = false

    func validate() throws {
        guard runs > 0, events > 0 else {
            throw ValidationError("cannot measure \(runs) runs of \(events) events; want 1 or more of each")
        }
    }

    func run() throws {
        let place = FileManager.default.temporaryDirectory.path + "/trailwatch-bench-\(getpid())"
        defer { try? FileManager.default.removeItem(atPath: place) }
        if logs == nil { try CollectBenchmark.generate(place + "/trail", events: events, days: 3, accounts: 3) }
        let files = LogFolder.files(under: logs ?? place + "/trail").files.sorted { $0.path < $1.path }
        let inflater = Inflater()
        let texts = try files.map { file in
            var text = LogText()
            try inflater.inflate(Array(try Data(contentsOf: URL(fileURLWithPath: file.path))), into: &text)
            return text
        }
        let filters = TemplateLoader().load(try AlarmFiles.read(alarms)).set.filters
        let made = try EventRules(texts)
        for (kind, rules) in [("rare", try made.rare(rules, in: texts)), ("common", made.mixed(rules))] {
            let plan = CountingPlan(filters: filters, rules: try Self.plan(rules))
            let plans = [CountingPlan(filters: filters), plan]
            try show("extract", kind) { try extractFigures(texts, plans) }
            try show("whole", kind) { try wholeFigures(files, plans, place + "/data") }
            show(
                Figure(
                    name: "ingest.matches.\(kind).\(self.rules)", value: try matches(texts, plan) * 1000,
                    unit: "matches/1,000 events"))
        }
    }

    /// Rules that see every event.
    private static func plan(_ texts: [String]) throws -> RulePlan {
        RulePlan(
            try texts.enumerated().map { number, text in
                let rule = EventRule(
                    name: "rule-\(number)", pattern: try EventPattern(text), state: .enabledWithAllManagementEvents,
                    location: SourceLocation(file: "bench.yaml"))
                return RulePlan.Entry(rule: rule, mark: Timestamp(seconds: 0))
            })
    }

    /// Shows what `measure` gives: the CPU time of an event without and with the rules.
    private func show(_ part: String, _ kind: String, _ measure: () throws -> (without: Double, with: Double)) throws {
        let times = try measure()
        show(Figure(name: "ingest.\(part)", value: times.without * 1_000_000, unit: "CPU-µs/event"))
        show(
            Figure(
                name: "ingest.\(part).\(kind).\(rules)", value: (times.with - times.without) * 1_000_000,
                unit: "CPU-µs/event", baseline: "ingest.\(part)", ratio: times.with / times.without))
    }

    private func show(_ figure: Figure) {
        print(figure.line(asJSON: json))
    }

    private func extractFigures(
        _ texts: [LogText], _ plans: [CountingPlan]
    ) throws -> (without: Double, with: Double) {
        try medians(of: plans) { plan in
            var extractor = FileExtractor(plan: plan)
            var count = 0
            let seconds = try measured {
                repeat { for text in texts { count += try extractor.extract(text).events.count } } while count < events
            }
            return seconds / Double(count)
        }
    }

    private func wholeFigures(
        _ files: [LogFile], _ plans: [CountingPlan], _ directory: String
    ) throws -> (without: Double, with: Double) {
        try medians(of: plans) { plan in
            var (count, seconds) = (0, 0.0)
            repeat {
                try? FileManager.default.removeItem(atPath: directory)
                let store = try Store(directory: directory)
                var ingest = Ingest(store: store, plan: plan, time: SystemTime())
                seconds += try measured { try ingest.run(files) { count += $0.count.records } }
            } while count < events / 10
            return seconds / Double(count)
        }
    }

    /// The median of each plan's times, the plans measured in turn so that the machine's moods fall on all of them.
    private func medians(
        of plans: [CountingPlan], _ measure: (CountingPlan) throws -> Double
    ) throws -> (without: Double, with: Double) {
        var times = plans.map { _ in [Double]() }
        for run in 0...runs {
            for (index, plan) in plans.enumerated() {
                let time = try measure(plan)
                if run > 0 { times[index].append(time) }
            }
        }
        let middle = times.map { $0.sorted()[$0.count / 2] }
        return (middle[0], middle[1])
    }

    /// Matches of an event.
    private func matches(_ texts: [LogText], _ plan: CountingPlan) throws -> Double {
        var extractor = FileExtractor(plan: plan)
        var (events, matches) = (0, 0)
        for text in texts {
            let extract = try extractor.extract(text)
            events += extract.events.count
            matches += extract.ruleMatches.count + extract.ruleMatchesLeftOut
        }
        return Double(matches) / Double(max(events, 1))
    }
}
