import TrailAlarms
import TrailCounts
import TrailModel
import TrailStore

/// The slots that alarms look at, kept in memory and brought up to date by what each commit added.
///
/// An alarm looks at the same few slots every minute. Whatever is not here is read from the store, so that forgetting
/// costs time and nothing else.
struct SeriesCache {
    /// Longer stretches are read each time: they are history that an alarm catches up on.
    private static let rangeSecondsMax: Int64 = 10 * 86_400
    /// Slots before those that alarms ask for are dropped when there are so many.
    private static let slotsMax = 4096

    private let store: Store
    private var sources: [AlarmSeries.Source] = []
    private var series: [SlotSeries?] = []
    /// The sources of each followed metric.
    private var sourcesOfMetric: [[Int]] = []
    private var sourcesWithDefault: [Int] = []

    init(store: Store) {
        self.store = store
    }

    /// Keeps the series of these alarms and no others.
    mutating func load(_ entries: inout [Evaluator.Entry]) {
        sources = []
        var known: [AlarmSeries.Source: Int] = [:]
        for index in entries.indices {
            entries[index].recipe.places = entries[index].recipe.sources.map { source in
                if let place = known[source] { return place }
                known[source] = sources.count
                sources.append(source)
                return sources.count - 1
            }
        }
        series = Array(repeating: nil, count: sources.count)
        var metrics: [Metric: Int] = [:]
        sourcesOfMetric = []
        func follow(_ metric: Metric, _ source: Int?) {
            let place = metrics[metric] ?? sourcesOfMetric.count
            if place == sourcesOfMetric.count {
                metrics[metric] = place
                sourcesOfMetric.append([])
            }
            if let source { sourcesOfMetric[place].append(source) }
        }
        // The traffic comes first.
        follow(TrafficMetric.metric, nil)
        // What asks for a unit that nobody publishes gets nothing.
        for (index, source) in sources.enumerated() where source.isPublished { follow(source.metric, index) }
        sourcesWithDefault = sources.indices.filter { sources[$0].isPublished && sources[$0].defaultValue != nil }
        store.watch(metrics.sorted { $0.value < $1.value }.map(\.key))
    }

    /// Takes in what was committed since the last call; to be called before an evaluation.
    mutating func update() {
        let changes = store.takeChanges()
        guard changes.isComplete else {
            for index in series.indices { series[index] = nil }
            return
        }
        for addition in changes.additions {
            for source in sourcesOfMetric[addition.place] { series[source]?.add(addition.set, at: addition.slot) }
            if addition.place == 0 {
                for source in sourcesWithDefault { series[source]?.addTraffic(at: addition.slot) }
            }
        }
        for place in changes.appeared {
            for source in place == 0 ? sourcesWithDefault : sourcesOfMetric[place] { series[source] = nil }
        }
    }

    /// What an alarm watches over `range`.
    mutating func data(_ recipe: AlarmSeries, _ range: Range<Timestamp>) throws -> AlarmData {
        let length = range.upperBound.seconds - range.lowerBound.seconds
        guard recipe.places.count == recipe.sources.count, length <= Self.rangeSecondsMax else {
            return try recipe.data(range, slots: store.slots)
        }
        return try recipe.data(range) {
            try self.series(of: recipe.sources[$0], at: recipe.places[$0], range.lowerBound)
        }
    }

    private mutating func series(
        of source: AlarmSeries.Source, at place: Int, _ start: Timestamp
    ) throws -> SlotSeries {
        if let known = series[place], known.range.lowerBound <= start {
            if known.count > Self.slotsMax { series[place]?.drop(before: start) }
            return known
        }
        // What comes later is added; nothing has come that is not read here.
        let read = try source.series(start..<Self.endOfTime, slots: store.slots)
        series[place] = read
        return read
    }

    private static let endOfTime = Timestamp(seconds: 253_402_300_800)
}
