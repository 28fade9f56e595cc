package import TrailModel
import TrailPatterns

/// What events that were counted with one set of filters lack of the present set.
package struct FilterLack: Equatable, Sendable {
    /// Indices of the plan's filters that are to be counted for these events.
    package var uncounted: [Int] = []
    /// Indices of filters that cannot be: one that is gone counted these events for the same metric, and nobody knows
    /// which of them; with both, an event might count twice.
    package var overlapping: [Int] = []

    package init() {}
}

extension CountingPlan {
    /// What events lack that were counted with the filters of these names in the ledger.
    package func lack(of names: Set<String>) -> FilterLack {
        let present = Set(filterNames)
        let gone = names.subtracting(present)
        var lack = FilterLack()
        for (index, filter) in filters.enumerated() where !names.contains(Self.ledgerName(filter)) {
            let own = Self.ledgerPrefix(filter.metric)
            if gone.contains(where: { $0.hasPrefix(own) }) {
                lack.overlapping.append(index)
            } else {
                lack.uncounted.append(index)
            }
        }
        return lack
    }
}

/// The effect of counting files again with filters that they lack: samples of these filters, and nothing else.
package struct RecountBatch: Sendable {
    /// What is to be done for the events of one set of filters.
    package struct Step: Sendable {
        /// For each filter of the plan whether it counts.
        let counts: [Bool]
        /// The set of filters that the events are counted with afterwards.
        package let target: Int64

        package init(counts: [Bool], target: Int64) {
            self.counts = counts
            self.target = target
        }
    }

    private struct Place: Hashable {
        let metric: Int
        let minute: Int64
    }

    private var sets: [Place: StatisticSet] = [:]
    private var metrics: [Metric] = []
    /// Events that count with more filters than before.
    package private(set) var raised = 0

    package init() {}

    package var samples: [CountBatch.MetricCell: StatisticSet] {
        Dictionary(
            uniqueKeysWithValues: sets.map { place, set in
                (CountBatch.MetricCell(metric: metrics[place.metric], slot: minute(place)), set)
            })
    }

    /// The minutes that have new samples, sorted.
    package var minutes: [Timestamp] { Set(sets.keys.map(minute)).sorted() }

    private func minute(_ place: Place) -> Timestamp { Timestamp(seconds: place.minute * 60) }

    /// Counts what the known events of `extract` lack, each once whatever file it is found in; unknown ones count when
    /// their file is read.
    ///
    /// The slots of ``CountBatch/neededSlots(of:)`` must be resident in `seen`. All files of a batch are counted with one
    /// plan, the one of the extracts.
    package mutating func add(
        _ extract: FileExtract, plan: CountingPlan, steps: [Int64: Step], seen: inout SeenEvents
    ) {
        metrics = plan.metrics
        var matchStart = 0
        for event in extract.events {
            let matches = matchStart..<Int(event.matchEnd)
            matchStart = matches.upperBound
            let before = seen.raise(event.key, slot: SeenEvents.slot(of: event.seconds)) { steps[$0]?.target }
            guard let before, let step = steps[before] else { continue }
            raised += 1
            for match in extract.matches[matches] where step.counts[Int(match.filter)] {
                let place = Place(
                    metric: plan.metricOfFilter[Int(match.filter)], minute: floorDivide(event.seconds, 60))
                let set = StatisticSet(value: match.value)
                if sets[place]?.add(set) == nil { sets[place] = set }
            }
        }
    }
}
