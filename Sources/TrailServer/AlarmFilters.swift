import Foundation
import TrailAlarms
import TrailModel
import TrailPatterns

/// The metric filters that an alarm's metrics are made of, as they are kept with each version of it.
struct AlarmFilters {
    private struct Stored: Codable {
        let name: String
        let logGroupName: String
        let pattern: String
        let metric: Metric
        /// 0 when it is taken from the events.
        let value: Double
        let selections: StoredSelections?
        let defaultValue: Double?
        let unit: String?
    }

    let filters: [MetricFilter]

    init(of alarm: MetricAlarm, among all: [MetricFilter]) {
        if case .insights(let insights) = alarm.input {
            let query = insights.query
            filters = all.filter { $0.metric.namespace == query.namespace && $0.metric.name == query.metricName }
            return
        }
        let metrics = Set(alarm.input.metrics)
        filters = all.filter { metrics.contains(where: $0.publishes) }
    }

    /// Reads what ``text()`` wrote; `nil` stands for none.
    ///
    /// - Throws: What is wrong with the text.
    init(text: String?) throws {
        guard let text else {
            filters = []
            return
        }
        filters = try JSONDecoder().decode([Stored].self, from: Data(text.utf8)).map { stored in
            MetricFilter(
                name: stored.name, logGroupName: stored.logGroupName, pattern: try FilterPattern(stored.pattern),
                metric: stored.metric,
                value: stored.selections?.value.map(MetricValue.selected) ?? .constant(stored.value),
                dimensions: stored.selections?.dimensions ?? [], defaultValue: stored.defaultValue, unit: stored.unit,
                location: SourceLocation(file: ""))
        }
    }

    /// What counts into each metric of the alarm.
    func texts(of alarm: MetricAlarm) -> [MetricFilterText] {
        var seen: Set<Metric> = []
        return alarm.input.metrics.filter { seen.insert($0).inserted }.flatMap { metric in
            filters.filter { $0.publishes(metric) }.map { filter in
                MetricFilterText(name: filter.name, pattern: filter.pattern(of: metric), metric: metric)
            }
        }
    }

    /// JSON text, equal for equal filters; their places in files are left out.
    func text() throws -> String {
        let stored = filters.map { filter in
            Stored(
                name: filter.name, logGroupName: filter.logGroupName, pattern: filter.pattern.text,
                metric: filter.metric, value: filter.value.constant ?? 0, selections: StoredSelections(of: filter),
                defaultValue: filter.defaultValue, unit: filter.unit)
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(stored), as: UTF8.self)
    }
}
