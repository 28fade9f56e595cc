package import TrailModel
import TrailPatterns

/// The effect of some files on the counts: what one transaction writes and then adds to memory.
package struct CountBatch: Sendable {
    package struct ActivityCell: Hashable, Sendable {
        package let activity: UInt32
        /// Start of the 300 s slot.
        package let slot: Timestamp

        package init(activity: UInt32, slot: Timestamp) {
            self.activity = activity
            self.slot = slot
        }
    }

    package struct MetricCell: Hashable, Sendable {
        package let metric: Metric
        package let slot: Timestamp

        package init(metric: Metric, slot: Timestamp) {
            self.metric = metric
            self.slot = slot
        }
    }

    /// Events read within 24 h of their time, and older ones: the latter rise only the counter of backfilled events.
    package struct Arrivals: Hashable, Sendable {
        package var young: Int64
        package var backfilled: Int64

        package init(young: Int64 = 0, backfilled: Int64 = 0) {
            self.young = young
            self.backfilled = backfilled
        }

        package mutating func add(_ other: Arrivals) {
            young += other.young
            backfilled += other.backfilled
        }
    }

    /// An event older than this when it is read is backfill.
    package static let backfillAgeSeconds: Int64 = 86_400

    /// Events per activity and slot; every built-in metric is derived from them.
    package internal(set) var activityCounts: [ActivityCell: Int64] = [:]
    package internal(set) var arrivals: [UInt32: Arrivals] = [:]
    /// Samples of metric filters, per 60 s, and of Insights records, per 300 s.
    package internal(set) var samples: [MetricCell: StatisticSet] = [:]
    /// Matches of metric filters by events read within 24 h of their time.
    package internal(set) var youngMatches: [Metric: Int64] = [:]
    /// First copies per minute, whatever they are.
    package internal(set) var traffic: [Timestamp: Int64] = [:]

    package init() {}

    package var isEmpty: Bool { traffic.isEmpty }

    /// Counts the events of `extract` that `seen` does not hold yet.
    ///
    /// The slots of ``neededSlots(of:)`` must be resident in `seen`.
    package mutating func add(
        _ extract: FileExtract, plan: CountingPlan, arrivedAt: Timestamp, seen: inout SeenEvents,
        activities: inout ActivityTable
    ) -> FileCount {
        var count = FileCount(extract)
        let ids = extract.activities.map { activities.id(of: $0) }
        var insights = extract.insights[...]
        var matchStart = 0
        let oldest = arrivedAt.seconds - Self.backfillAgeSeconds
        for (index, event) in extract.events.enumerated() {
            let matches = matchStart..<Int(event.matchEnd)
            matchStart = matches.upperBound
            let insight = insights.first.flatMap { $0.event == index ? $0 : nil }
            if insight != nil { insights.removeFirst() }
            let slot = SeenEvents.slot(of: event.seconds)
            guard seen.insert(event.key, slot: slot) else {
                count.duplicate += 1
                continue
            }
            count.counted += 1
            let minute = Timestamp(seconds: floorDivide(event.seconds, 60) * 60)
            traffic[minute, default: 0] += 1
            if let activity = event.activity {
                let id = ids[Int(activity)]
                activityCounts[ActivityCell(activity: id, slot: slot), default: 0] += 1
                if event.seconds < oldest {
                    arrivals[id, default: Arrivals()].backfilled += 1
                } else {
                    arrivals[id, default: Arrivals()].young += 1
                }
            }
            for match in extract.matches[matches] {
                let metric = plan.filters[Int(match.filter)].metric
                add(StatisticSet(value: match.value), of: metric, slot: minute)
                if event.seconds >= oldest { youngMatches[metric, default: 0] += 1 }
            }
            if let insight { add(StatisticSet(value: 1), of: insight.metric, slot: slot) }
        }
        return count
    }

    private mutating func add(_ set: StatisticSet, of metric: Metric, slot: Timestamp) {
        let cell = MetricCell(metric: metric, slot: slot)
        if samples[cell]?.add(set) == nil { samples[cell] = set }
    }

    /// The slots whose seen keys must be known before `extract` can be counted.
    package static func neededSlots(of extract: FileExtract) -> Set<Timestamp> {
        Set(extract.events.map { SeenEvents.slot(of: $0.seconds) })
    }

    /// The minutes in which something was counted, sorted.
    package var minutes: [Timestamp] { traffic.keys.sorted() }
}

/// The account of one file: records read = counted + duplicate + malformed.
package struct FileCount: Equatable, Sendable, Codable {
    package var records: Int
    package var counted = 0
    package var duplicate = 0
    package var malformed: Int
    package var errors: Int
    package var first: Timestamp?
    package var last: Timestamp?

    init(_ extract: FileExtract) {
        records = extract.recordCount
        malformed = extract.badRecords.count
        errors = extract.errorCount
        first = extract.firstEvent
        last = extract.lastEvent
    }

    package init(
        records: Int = 0, counted: Int = 0, duplicate: Int = 0, malformed: Int = 0, errors: Int = 0,
        first: Timestamp? = nil, last: Timestamp? = nil
    ) {
        self.records = records
        self.counted = counted
        self.duplicate = duplicate
        self.malformed = malformed
        self.errors = errors
        self.first = first
        self.last = last
    }
}

/// Numbers for activities, given in order of first sight; the store keeps them.
package struct ActivityTable: Sendable {
    package private(set) var activities: [Activity] = []
    private var ids: [Activity: UInt32] = [:]

    package init() {}

    package mutating func id(of activity: Activity) -> UInt32 {
        if let id = ids[activity] { return id }
        let id = UInt32(activities.count)
        activities.append(activity)
        ids[activity] = id
        return id
    }
}
