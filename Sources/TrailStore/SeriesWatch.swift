import Synchronization
package import TrailModel

/// Samples that a commit added to a metric that is followed.
package struct SlotAddition: Sendable {
    /// The metric's place in the list given to ``Store/watch(_:)``.
    package let place: Int
    package let slot: Timestamp
    package let set: StatisticSet
}

/// What happened to the followed metrics since the last look.
package struct SeriesChanges: Sendable {
    /// In the order of the commits.
    package var additions: [SlotAddition] = []
    /// Places of metrics that were counted for the first time: what they hold is to be read.
    package var appeared: [Int] = []
    /// False when more happened than is told, such as samples taken away: all metrics are to be read anew.
    package var isComplete = true
}

/// Notes what is added to some series, so that whoever decides on them need not read them again and again.
struct SeriesWatch: Sendable {
    /// Past this many additions it is cheaper to read.
    private static let additionsMax = 2_000_000

    private let metrics: [Metric]
    /// By series number; -1 for those that nobody follows.
    private var places: [Int32] = []
    private var unknown: [Int]
    private var seriesCount = 0
    private var changes = SeriesChanges()

    init(_ metrics: [Metric], _ series: borrowing SeriesTable) {
        self.metrics = metrics
        unknown = Array(metrics.indices)
        findUnknown(series)
        changes.appeared = []
    }

    private mutating func findUnknown(_ series: borrowing SeriesTable) {
        guard series.count != seriesCount else { return }
        seriesCount = series.count
        unknown.removeAll { place in
            guard let number = series.knownNumber(of: metrics[place]) else { return false }
            let missing = Int(number) + 1 - places.count
            if missing > 0 { places += Array(repeating: -1, count: missing) }
            places[Int(number)] = Int32(place)
            changes.appeared.append(place)
            return true
        }
    }

    mutating func note(_ set: StatisticSet, series number: UInt32, slot: Timestamp) {
        guard Int(number) < places.count, places[Int(number)] >= 0 else { return }
        guard set.sampleCount > 0, changes.additions.count < Self.additionsMax else { return lose() }
        changes.additions.append(SlotAddition(place: Int(places[Int(number)]), slot: slot, set: set))
    }

    /// Everything is to be read anew.
    mutating func lose() {
        changes.additions = []
        changes.isComplete = false
    }

    mutating func take(_ series: borrowing SeriesTable) -> SeriesChanges {
        findUnknown(series)
        let taken = changes
        changes = SeriesChanges()
        changes.additions.reserveCapacity(taken.additions.count)
        return taken
    }
}

extension Store {
    /// Follows these metrics, and no others any more, from now on.
    package func watch(_ metrics: [Metric]) {
        state.withLock { $0.watch = SeriesWatch(metrics, $0.series) }
    }

    /// What happened to the followed metrics since they were followed, or since the last call.
    package func takeChanges() -> SeriesChanges {
        state.withLock { state in
            guard var watch = state.watch else { return SeriesChanges(isComplete: false) }
            state.watch = nil
            defer { state.watch = watch }
            return watch.take(state.series)
        }
    }
}
