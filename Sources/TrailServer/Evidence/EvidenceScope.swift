import TrailAlarms
import TrailCounts
import TrailModel
import TrailPatterns

/// Which events are behind a decision: those that count in some metrics, in some slots of time, as of a commit.
///
/// It is kept with a message until its evidence is taken, so that neither a restart nor new alarm files change what is
/// looked for.
struct EvidenceScope: Codable, Equatable, Sendable {
    /// More metrics than these are not looked for: a query over so many tells of a whole, not of somebody.
    static let metricsMax = 500
    /// The periods that are looked at.
    static let slotsMax = 10_080

    /// What the alarm watches, in its order.
    let metrics: [Metric]
    /// Those that count in the metrics.
    let filters: [MetricFilter]
    /// Where the periods begin whose events are looked for, sorted.
    let slots: [Timestamp]
    let periodSeconds: Int64
    /// True when the metrics are decided together, as one.
    let isOneSeries: Bool
    /// Files that were counted later are left out.
    let throughCommit: Int64
    /// The samples behind the periods, where the decision says how many.
    let samplesExpected: Int64?
    /// True when what was counted last is looked at first: what a search without the time for all must not miss.
    var isNewestFirst: Bool?

    /// The time from the first period to the end of the last.
    var range: Range<Timestamp> {
        let start = slots.first ?? Timestamp(seconds: 0)
        return start..<(slots.last ?? start).adding(seconds: periodSeconds)
    }

    /// True when the event at `time` lies in one of the periods.
    func slot(of time: Timestamp) -> Timestamp? {
        guard let first = slots.first, time >= first else { return nil }
        let index = floorDivide(time.seconds - first.seconds, periodSeconds)
        let start = first.adding(seconds: index * periodSeconds)
        // Nearly always there is no gap.
        if slots.indices.contains(Int(index)), slots[Int(index)] == start { return start }
        var low = 0
        var high = slots.count
        while low < high {
            let middle = (low + high) / 2
            if slots[middle] < start { low = middle + 1 } else { high = middle }
        }
        return low < slots.count && slots[low] == start ? start : nil
    }

    init(
        _ recipe: AlarmSeries, filters: [MetricFilter], slots: [Timestamp], periodSeconds: Int64,
        throughCommit: Int64, samplesExpected: Int64? = nil
    ) {
        metrics = recipe.metrics
        isOneSeries = recipe.isOneSeries
        self.filters = filters.filter { filter in recipe.metrics.contains { filter.publishes($0) } }
        self.slots = slots
        self.periodSeconds = periodSeconds
        self.throughCommit = throughCommit
        self.samplesExpected = samplesExpected
    }

    /// The events behind a decision: those of the datapoints that decided, or, where none of them had data, of the whole
    /// window.
    init(_ decision: Decision, of alarm: MetricAlarm, _ recipe: AlarmSeries, filters: [MetricFilter], commit: Int64) {
        let used = DecisiveDatapoints(decision.reasonData)
        let window = alarm.slots(ofWindowEnding: decision.windowEnd)
        let slots = used.map { $0.starts.isEmpty ? window : $0.starts } ?? window
        let hasDefault = recipe.sources.contains { $0.defaultValue != nil }
        self.init(
            recipe, filters: filters, slots: slots.suffix(Self.slotsMax),
            periodSeconds: alarm.periodSeconds, throughCommit: commit,
            // A default is a sample without an event.
            samplesExpected: hasDefault ? nil : used?.samples)
    }
}

extension MetricAlarm {
    /// Where the periods of a window begin, without those that only missing data reach back to.
    func slots(ofWindowEnding end: Timestamp) -> [Timestamp] {
        (0..<Int64(evaluationPeriods)).map { index in
            end.adding(seconds: -(Int64(evaluationPeriods) - index) * periodSeconds)
        }
    }
}

/// The datapoints that `StateReasonData` says decided.
private struct DecisiveDatapoints {
    /// Sorted.
    let starts: [Timestamp]
    /// `nil` when the document does not say it of each.
    let samples: Int64?

    /// `nil` without such a document, and for one that may have been cut.
    init?(_ text: String) {
        guard let document = StateReasonDocument(text), text.count < StateReason.dataMax * 3 / 4 else { return nil }
        let datapoints = document.evaluatedDatapoints.filter { $0.value != nil }
        starts = datapoints.compactMap(\.start).sorted()
        let counts = datapoints.compactMap(\.samples)
        samples = !counts.isEmpty && counts.count == datapoints.count ? counts.reduce(0, +) : nil
    }
}
