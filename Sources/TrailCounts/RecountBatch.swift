package import TrailModel
package import TrailPatterns

/// What events that were counted with one set of filters lack of the present set.
package struct FilterLack: Equatable, Sendable {
    /// Indices of the plan's filters that are to be counted for these events.
    package var uncounted: [Int] = []
    /// Names of filters that are gone, whose samples these replace.
    package var replaced: Set<String> = []
    /// Indices of filters that cannot be counted, since one that is gone counted the events for the same metric, and its
    /// samples cannot be taken back.
    package var overlapping: [Int] = []

    package init() {}
}

extension CountingPlan {
    /// What events lack that were counted with the filters of these names in the ledger.
    ///
    /// A sample can be taken back where all filters of a metric give the same constant value: then nothing but the number of the
    /// samples says which there were.
    /// - Parameters:
    ///   - names: What the events were counted with.
    ///   - definitions: The filters that are known by their names.
    /// - Returns: What is to be counted, what that replaces, and what cannot be counted.
    package func lack(of names: Set<String>, definitions: [String: MetricFilter]) -> FilterLack {
        let present = filterNames
        let gone = names.subtracting(present)
        var lack = FilterLack()
        for (metricIndex, metric) in metrics.enumerated() {
            let own = filters.indices.filter { metricOfFilter[$0] == metricIndex }
            let uncounted = own.filter { !names.contains(present[$0]) }
            guard !uncounted.isEmpty else { continue }
            let replaced = gone.filter { name in
                definitions[name].map { $0.metric == metric } ?? name.hasPrefix(Self.ledgerPrefix(metric))
            }
            let values = Set(own.map { filters[$0].value })
            let canReplace = replaced.allSatisfy { name in
                definitions[name].map { $0.value.constant != nil && values.union([$0.value]).count == 1 } ?? false
            }
            if canReplace {
                lack.uncounted += uncounted
                lack.replaced.formUnion(replaced)
            } else {
                lack.overlapping += uncounted
            }
        }
        return lack
    }
}

/// The effect of counting files again with filters that they lack: samples of these and of those that they replace, and
/// nothing else.
package struct RecountBatch: Sendable {
    /// What is to be done for the events of one set of filters.
    package struct Step: Sendable {
        /// For each filter of the plan what a match adds: one sample, none, or less one.
        let samples: [Int64]
        /// The set of filters that the events are counted with afterwards.
        package let target: Int64

        package init(samples: [Int64], target: Int64) {
            self.samples = samples
            self.target = target
        }
    }

    private struct Place: Hashable {
        let metric: Int
        let minute: Int64
    }

    private var sets: [Place: StatisticSet] = [:]
    private var metrics = MetricNumbers()
    /// Events that count with more filters than before.
    package private(set) var raised = 0

    package init() {}

    /// What is added to each metric and minute; a negative number of samples is taken away.
    package var samples: [CountBatch.MetricCell: StatisticSet] {
        let changes = sets.filter { $0.value.sampleCount != 0 }.map { place, set in
            let minute = Timestamp(seconds: place.minute * 60)
            return (CountBatch.MetricCell(metric: metrics.all[place.metric], slot: minute), set)
        }
        return Dictionary(uniqueKeysWithValues: changes)
    }

    /// Counts what the known events of `extract` lack, each once whatever file it is found in; unknown ones count when
    /// their file is read.
    ///
    /// The slots of ``CountBatch/neededSlots(of:)`` must be resident in `seen`. All files of a batch are counted with one
    /// plan, the one of the extracts.
    package mutating func add(
        _ extract: FileExtract, plan: CountingPlan, steps: [Int64: Step], seen: inout SeenEvents
    ) {
        let dimensioned = metrics.numbers(of: extract, plan)
        var matchStart = 0
        for event in extract.events {
            let matches = matchStart..<Int(event.matchEnd)
            matchStart = matches.upperBound
            let before = seen.raise(event.key, slot: SeenEvents.slot(of: event.seconds)) { steps[$0]?.target }
            guard let before, let step = steps[before] else { continue }
            raised += 1
            for match in extract.matches[matches] where step.samples[Int(match.filter)] != 0 {
                let metric = match.dimensioned.map { dimensioned[Int($0)] } ?? plan.metricOfFilter[Int(match.filter)]
                let place = Place(metric: metric, minute: floorDivide(event.seconds, 60))
                let samples = step.samples[Int(match.filter)]
                let set = StatisticSet(
                    sampleCount: samples, exactSum: ExactSum(match.value, times: samples), minimum: match.value,
                    maximum: match.value)
                if sets[place]?.add(set) == nil { sets[place] = set }
            }
        }
    }
}
