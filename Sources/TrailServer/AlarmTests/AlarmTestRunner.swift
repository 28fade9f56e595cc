import Foundation
package import TrailAlarms
import TrailCounts
import TrailEvents
import TrailModel
import TrailStore
import TrailTemplates

/// Runs unit tests of alarm files by the engine of a settled backtest: every event counts as on time.
package struct AlarmTestRunner {
    /// A check that did not hold.
    package struct Failure: Sendable {
        package let check: AlarmTestFile.Check
        package let test: String
        package let got: AlarmState
        package let gotReason: String
        /// The window that decides at that time, a line for each thing worth knowing.
        package let window: [String]

        package var message: String {
            let place = "test \"\(test)\": \(check.alarm) at \(check.time.rfc3339)"
            if got != check.state { return "\(place): got \(got.rawValue); want \(check.state.rawValue)" }
            return "\(place): got the reason '\(gotReason)'; want one with '\(check.reason ?? "")'"
        }
    }

    /// One test and what failed in it.
    package struct Outcome: Sendable {
        package let test: AlarmTestFile.Case
        package let failures: [Failure]
    }

    package init() {}

    /// Runs the tests of `file` in their order.
    ///
    /// - Throws: ``AlarmTestFault`` for what is wrong with the file or the alarm files that it names; what keeps a
    ///   temporary store from being written.
    package func run(_ file: AlarmTestFile) throws -> [Outcome] {
        let folder = URL(fileURLWithPath: file.path).deletingLastPathComponent()
        let paths = file.alarmFiles.map { path in
            path.hasPrefix("/")
                ? path : file.path.contains("/") ? folder.appendingPathComponent(path).relativePath : path
        }
        let documents: [TemplateDocument]
        do {
            documents = try AlarmFiles.read(paths)
        } catch {
            throw AlarmTestFault("\(error)", at: SourceLocation(file: file.path))
        }
        return try file.cases.map { try run($0, documents) }
    }

    /// Runs one test with alarm files that are read already.
    func run(_ test: AlarmTestFile.Case, _ documents: [TemplateDocument]) throws -> Outcome {
        var settings = TemplateSettings()
        settings.parameters = test.parameters
        let (set, diagnostics) = TemplateLoader(settings: settings).load(documents)
        if let fault = diagnostics.first(where: { $0.severity == .error }) {
            guard fault.location == nil else { throw AlarmTestFault(fault) }
            throw AlarmTestFault(fault.message, at: test.location)
        }
        let backtest = Backtest(counts: try counts(of: test, set), set: set)
        var failures: [Failure] = []
        for check in test.checks {
            if set.composites.contains(where: { $0.name == check.alarm }) {
                if let failure = try failure(ofComposite: check, in: test, backtest) { failures.append(failure) }
                continue
            }
            guard let alarm = set.alarms.first(where: { $0.name == check.alarm }) else {
                let names = (set.alarms.map(\.name) + set.composites.map(\.name)).joined(separator: ", ")
                throw AlarmTestFault(
                    "cannot check the alarm '\(check.alarm)': want one of \(names)", at: check.location)
            }
            if let failure = try failure(check, of: alarm, in: test, backtest) { failures.append(failure) }
        }
        return Outcome(test: test, failures: failures)
    }

    private func failure(
        ofComposite check: AlarmTestFile.Check, in test: AlarmTestFile.Case, _ backtest: Backtest
    ) throws -> Failure? {
        let decisions = try backtest.settle(composite: check.alarm, startingAt: test.start, through: check.time)
        let state = decisions.last?.to ?? .insufficientData
        let reason = decisions.last?.reason ?? ""
        let hasReason = check.reason.map { reason.contains($0) } ?? true
        guard state != check.state || !hasReason else { return nil }
        let before = decisions.suffix(4).map { "\($0.windowEnd.rfc3339) \($0.to.rawValue)" }
        return Failure(
            check: check, test: test.name, got: state, gotReason: reason,
            window: ["transitions before: \(before.joined(separator: ", "))"])
    }

    private func failure(
        _ check: AlarmTestFile.Check, of alarm: MetricAlarm, in test: AlarmTestFile.Case, _ backtest: Backtest
    ) throws -> Failure? {
        guard check.time > test.start else {
            throw AlarmTestFault("cannot check before anything is decided: want a later time", at: check.location)
        }
        let decisions = try backtest.settle(alarm, startingAt: test.start, through: check.time)
        let state = decisions.last?.to ?? .insufficientData
        let reason = decisions.last?.reason ?? ""
        let hasReason = check.reason.map { reason.contains($0) } ?? true
        guard state != check.state || !hasReason else { return nil }
        let data = try backtest.data(of: alarm, through: check.time)
        let end = check.time.floored(toSeconds: alarm.stepSeconds(on: data.resolution))
        let window = AlarmWindow(of: alarm, end: end, data: data, closedThrough: check.time)
        return Failure(
            check: check, test: test.name, got: state, gotReason: reason,
            window: Self.lines(alarm, window, decisions))
    }

    private static let shownMax = 12

    private static func lines(_ alarm: MetricAlarm, _ window: AlarmWindow, _ decisions: [Decision]) -> [String] {
        let shown = window.periods.indices.suffix(shownMax)
        let cells = shown.map { index in
            "\(window.start(of: index).rfc3339.dropFirst(11).prefix(5)) "
                + (window.periods[index].map { plainText($0.value) } ?? "missing")
        }
        var lines = [
            "window to \(window.end.rfc3339): \(cells.count < window.periods.count ? "… " : "")"
                + cells.joined(separator: " | "),
            "ALARM when \(alarm.comparison.rawValue) \(plainText(alarm.threshold)) in \(alarm.requiredDatapoints) of "
                + "\(alarm.evaluationPeriods), Period \(alarm.periodSeconds), missing data: "
                + (alarm.treatMissingData ?? .missing).rawValue,
        ]
        let before = decisions.suffix(4).map { "\($0.windowEnd.rfc3339) \($0.to.rawValue)" }
        if !before.isEmpty { lines.append("transitions before: \(before.joined(separator: ", "))") }
        return lines
    }

    // MARK: Counting

    /// The counts of a test: those of its events by the set's filters, and the datapoints that it gives.
    private func counts(of test: AlarmTestFile.Case, _ set: AlarmSet) throws -> BacktestCounts {
        let store = try Store(temporary: ())
        try count(test, set, store)
        let recipes = set.alarms.map { AlarmSeries($0, filters: set.filters).metrics }
        var given: [Metric: BacktestCounts.Slots] = [:]
        for series in test.series {
            guard recipes.contains(where: { $0.contains(series.metric) }) else {
                throw AlarmTestFault(
                    "cannot use the series: no alarm watches \(series.metric.namespace) \(series.metric.name) with these "
                        + "dimensions", at: series.location)
            }
            given[series.metric, default: []] += series.points.map {
                ($0.start.floored(toSeconds: series.metric.resolution.seconds), StatisticSet(value: $0.value))
            }
        }
        return BacktestCounts(groups: { try store.groups(of: $0) }) { [given] metric, range in
            let counted = try store.slots(of: metric, in: range)
            guard let more = given[metric] else { return counted }
            return (counted + more.filter { range.contains($0.start) }).sorted { $0.start < $1.start }
        }
    }

    private func count(_ test: AlarmTestFile.Case, _ set: AlarmSet, _ store: Store) throws {
        guard !test.events.isEmpty else { return }
        let plan = CountingPlan(filters: set.filters)
        let bytes = Array("{\"Records\":[\(test.events.map(\.json).joined(separator: ","))]}".utf8)
        var text = LogText()
        text.fill(upTo: bytes.count) { $0.update(fromContentsOf: bytes) }
        var extractor = FileExtractor(plan: plan)
        let extract = try extractor.extract(text)
        if let bad = extract.badRecords.first {
            throw AlarmTestFault(
                "cannot count the event: \(bad.reason.rawValue)", at: test.events[Int(bad.index)].location)
        }
        let file = ReadFile(key: "test", size: Int64(bytes.count), status: .counted, extract: extract)
        _ = try store.commit([file], plan: plan, source: "test", now: test.start)
    }
}
