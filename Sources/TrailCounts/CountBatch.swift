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
    /// An event later than this after it is read was written by a clock that is wrong; it counts where it says.
    package static let futureSecondsMax: Int64 = 86_400

    /// One for each activity and slot, by `cellKeys`.
    private var cellCounts: [Arrivals] = []
    private var cellKeys = KeyTable(minimumCapacity: 1024)
    /// First copies, one for each minute, by `minuteKeys`.
    private var minuteCounts: [Int64] = []
    private var minuteKeys = KeyTable()
    /// Samples of the filters, one for each of the plan's metrics and minute, by `sampleKeys`.
    private var sampleSets: [StatisticSet] = []
    private var sampleKeys = KeyTable()
    private var youngSamples: [Int64] = []
    /// The metrics of the plan that all files are counted with, and those of filters with dimensions.
    private var metrics = MetricNumbers()
    /// What rules matched of the events that were counted.
    package private(set) var ruleMatches: [RuleMatch] = []
    private var apartSamples: [MetricCell: StatisticSet] = [:]

    package init() {}

    package var isEmpty: Bool { minuteCounts.isEmpty }

    /// Events per activity and slot; every built-in metric is derived from them.
    package var activityCounts: [(cell: ActivityCell, count: Int64)] {
        zip(cellKeys.keys, cellCounts).map { key, count in
            let slot = Int64(Int32(truncatingIfNeeded: key)) * BuiltInMetrics.resolution.seconds
            let cell = ActivityCell(activity: UInt32(truncatingIfNeeded: key >> 32), slot: Timestamp(seconds: slot))
            return (cell, count.young + count.backfilled)
        }
    }

    /// How many events of each activity were young when they were read, and how many not.
    package var arrivals: [(key: UInt32, value: Arrivals)] {
        var activities = KeyTable(minimumCapacity: cellCounts.count)
        var sums: [Arrivals] = []
        for (key, count) in zip(cellKeys.keys, cellCounts) {
            let index = activities.insert(key >> 32)
            if index == sums.count {
                sums.append(count)
            } else {
                sums[index].add(count)
            }
        }
        return zip(activities.keys, sums).map { (UInt32(truncatingIfNeeded: $0), $1) }
    }

    /// Samples of metric filters, per 60 s, and of Insights and aggregated records, per 300 s.
    package var samples: [MetricCell: StatisticSet] {
        var all = apartSamples
        for (key, set) in zip(sampleKeys.keys, sampleSets) {
            let minute = Self.minute(of: key & Self.minuteMask)
            let cell = MetricCell(metric: metrics.all[Int(key >> Self.minuteBits)], slot: minute)
            if all[cell]?.add(set) == nil { all[cell] = set }
        }
        return all
    }

    /// Matches of metric filters by events read within 24 h of their time.
    package var youngMatches: [Metric: Int64] {
        var counts: [Metric: Int64] = [:]
        for (metric, count) in zip(metrics.all, youngSamples) where count > 0 { counts[metric] = count }
        return counts
    }

    /// First copies per minute, whatever they are.
    package var traffic: [Timestamp: Int64] {
        Dictionary(uniqueKeysWithValues: zip(minuteKeys.keys.map { Self.minute(of: $0) }, minuteCounts))
    }

    /// Bits of a key that number the minute; ten thousand years need 33.
    private static let minuteBits: UInt64 = 40
    private static let minuteMask: UInt64 = 1 << minuteBits - 1

    private static func minuteKey(_ seconds: Int64) -> UInt64 {
        UInt64(bitPattern: floorDivide(seconds, 60)) & minuteMask
    }

    private static func minute(of key: UInt64) -> Timestamp {
        Timestamp(seconds: Int64(bitPattern: key << (64 - minuteBits)) >> Int64(64 - minuteBits) * 60)
    }

    /// Counts the events of `extract` that `seen` does not hold yet.
    ///
    /// The slots of ``neededSlots(of:)`` must be resident in `seen`. All files of a batch are counted with one plan.
    package mutating func add(
        _ extract: FileExtract, plan: CountingPlan, arrivedAt: Timestamp, seen: inout SeenEvents,
        activities: inout ActivityTable
    ) -> FileCount {
        let dimensioned = metrics.numbers(of: extract, plan)
        youngSamples += [Int64](repeating: 0, count: metrics.all.count - youngSamples.count)
        var count = FileCount(extract)
        let ids = zip(extract.activities, extract.activityHashes).map { activities.id(of: $0, hash: $1) }
        var apart = extract.apart[...]
        var told = extract.ruleMatches[...]
        var matchStart = 0
        let oldest = arrivedAt.seconds - Self.backfillAgeSeconds
        if let last = count.last, last.seconds > arrivedAt.seconds + Self.futureSecondsMax {
            count.future = extract.events.count { $0.seconds > arrivedAt.seconds + Self.futureSecondsMax }
        }
        var slot = Timestamp(seconds: 0)
        var slotNumber: Int64 = 0
        for (index, event) in extract.events.enumerated() {
            let matches = matchStart..<Int(event.matchEnd)
            matchStart = matches.upperBound
            let own = apart.prefix { $0.event == index }
            apart = apart.dropFirst(own.count)
            let toldHere = told.prefix { $0.event == index }
            told = told.dropFirst(toldHere.count)
            let number = floorDivide(event.seconds, BuiltInMetrics.resolution.seconds)
            if number != slotNumber {
                slotNumber = number
                slot = Timestamp(seconds: number * BuiltInMetrics.resolution.seconds)
            }
            guard seen.insert(event.key, slot: slot) else {
                count.duplicate += 1
                continue
            }
            count.counted += 1
            ruleMatches += toldHere.map(\.match)
            let isYoung = event.seconds >= oldest
            addTraffic(event.seconds)
            if let activity = event.activity { add(activity: ids[Int(activity)], slotNumber, isYoung: isYoung) }
            for match in extract.matches[matches] {
                let metric = match.dimensioned.map { dimensioned[Int($0)] } ?? plan.metricOfFilter[Int(match.filter)]
                addSample(match.value, of: metric, event.seconds, isYoung: isYoung)
            }
            for count in own {
                let cell = MetricCell(metric: count.metric, slot: slot)
                let set = StatisticSet(value: 1, count: count.count)
                if apartSamples[cell]?.add(set) == nil { apartSamples[cell] = set }
            }
        }
        return count
    }

    private mutating func addTraffic(_ seconds: Int64) {
        let index = minuteKeys.insert(Self.minuteKey(seconds))
        if index == minuteCounts.count { minuteCounts.append(0) }
        minuteCounts[index] += 1
    }

    private mutating func add(activity: UInt32, _ slotNumber: Int64, isYoung: Bool) {
        let key = UInt64(activity) << 32 | UInt64(UInt32(truncatingIfNeeded: slotNumber))
        let index = cellKeys.insert(key)
        if index == cellCounts.count { cellCounts.append(Arrivals()) }
        if isYoung { cellCounts[index].young += 1 } else { cellCounts[index].backfilled += 1 }
    }

    private mutating func addSample(_ value: Double, of metric: Int, _ seconds: Int64, isYoung: Bool) {
        let set = StatisticSet(value: value)
        let index = sampleKeys.insert(UInt64(metric) << Self.minuteBits | Self.minuteKey(seconds))
        if index == sampleSets.count {
            sampleSets.append(set)
        } else {
            sampleSets[index].add(set)
        }
        if isYoung { youngSamples[metric] += 1 }
    }

    /// The slots whose seen keys must be known before `extract` can be counted.
    package static func neededSlots(of extract: FileExtract) -> Set<Timestamp> {
        var slots: Set<Timestamp> = []
        var last: Int64?
        for event in extract.events {
            let number = floorDivide(event.seconds, BuiltInMetrics.resolution.seconds)
            if number == last { continue }
            last = number
            slots.insert(Timestamp(seconds: number * BuiltInMetrics.resolution.seconds))
        }
        return slots
    }

    /// The minutes in which something was counted, sorted.
    package var minutes: [Timestamp] { minuteKeys.keys.map { Self.minute(of: $0) }.sorted() }
}

/// The account of one file: records read = counted + duplicate + malformed.
package struct FileCount: Equatable, Sendable, Codable {
    package var records: Int
    package var counted = 0
    package var duplicate = 0
    package var malformed: Int
    package var errors: Int
    /// Events, duplicates among them, of more than ``CountBatch/futureSecondsMax`` after their arrival.
    package var future = 0
    package var first: Timestamp?
    package var last: Timestamp?

    /// Adds the records of another file; first and last stay those of this one.
    package mutating func add(_ other: FileCount) {
        records += other.records
        counted += other.counted
        duplicate += other.duplicate
        malformed += other.malformed
        errors += other.errors
        future += other.future
    }

    init(_ extract: FileExtract) {
        records = extract.recordCount
        malformed = extract.badRecordCount
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
