package import TrailAlarms
import TrailCounts
package import TrailModel
package import TrailPatterns
package import TrailStore
package import TrailTemplates

/// Decides alarms over recorded counts with the engine that decides live, as if every event had been on time.
package struct Backtest: Sendable {
    /// The settled transitions of one alarm, oldest first.
    package struct AlarmResult: Sendable {
        package let alarm: MetricAlarm
        package let decisions: [Decision]
    }

    private let reader: StoreReader
    private let set: AlarmSet

    package init(reader: StoreReader, set: AlarmSet) {
        self.reader = reader
        self.set = set
    }

    /// The transitions of every alarm whose deciding windows end in `from..<to`; those before set the state.
    ///
    /// The timeline begins with the first minute that has events, and ends at `to`.
    package func run(from: Timestamp?, to: Timestamp) throws -> [AlarmResult] {
        let all = Timestamp(seconds: 0)..<to
        guard let first = try reader.slots(of: TrafficMetric.metric, in: all).first?.start else {
            return set.alarms.map { AlarmResult(alarm: $0, decisions: []) }
        }
        return try set.alarms.map { alarm in
            let recipe = AlarmSeries(alarm, filters: set.filters)
            let data = try recipe.data(all) { metric, range in try reader.slots(of: metric, in: range) }
            var machine = AlarmMachine(alarm, startingAt: first, now: first)
            let decisions = machine.settle(through: to, series: data)
            return AlarmResult(alarm: alarm, decisions: decisions.filter { $0.windowEnd >= from ?? first })
        }
    }

    /// Before this time minutes were deleted: wider slots stand for them, each as its last minute.
    ///
    /// `nil` when all are there.
    package func minutesKeptFrom() throws -> Timestamp? {
        try reader.keptFrom(.minute)
    }

    /// Filters of the set that some counted files know nothing of, each with the number of those files.
    package func uncountedFilters() throws -> [(filter: MetricFilter, files: Int)] {
        let files = try reader.filesByFilters()
        return set.filters.compactMap { filter in
            let name = CountingPlan.ledgerName(filter)
            let lacking = files.filter { !$0.filters.contains(name) }.reduce(0) { $0 + $1.count }
            return lacking > 0 ? (filter, lacking) : nil
        }
    }
}
