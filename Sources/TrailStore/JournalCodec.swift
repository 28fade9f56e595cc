import TrailBlocks
import TrailCounts
import TrailEvents
import TrailModel

/// What one commit adds to the counts, with numbers for activities and series.
struct JournalEntry: Sendable {
    struct Cell: Sendable {
        let series: UInt32
        let resolution: Resolution
        let slot: Timestamp
        var set: StatisticSet
    }

    var activityCounts: [(cell: CountBatch.ActivityCell, count: Int64)] = []
    var arrivals: [(activity: UInt32, arrivals: CountBatch.Arrivals)] = []
    /// Samples of filters and Insights, and the traffic.
    var cells: [Cell] = []
    var youngMatches: [(series: UInt32, count: Int64)] = []

    func encoded() -> [UInt8] {
        var writer = ByteWriter()
        writer.writeCount(activityCounts.count)
        for (cell, count) in activityCounts {
            writer.writeVarint(UInt64(cell.activity))
            writer.writeSigned(cell.slot.seconds)
            writer.writeSigned(count)
        }
        writer.writeCount(arrivals.count)
        for (activity, arrivals) in arrivals {
            writer.writeVarint(UInt64(activity))
            writer.writeSigned(arrivals.young)
            writer.writeSigned(arrivals.backfilled)
        }
        writer.writeCount(cells.count)
        for cell in cells {
            writer.writeVarint(UInt64(cell.series))
            writer.writeVarint(UInt64(cell.resolution.seconds))
            writer.writeSigned(cell.slot.seconds)
            writer.write(cell.set)
        }
        writer.writeCount(youngMatches.count)
        for (series, count) in youngMatches {
            writer.writeVarint(UInt64(series))
            writer.writeSigned(count)
        }
        writer.writeDistributions(of: cells.map(\.set))
        return writer.bytes
    }

    init() {}

    init(decoding bytes: [UInt8]) throws {
        var reader = ByteReader(bytes)
        for _ in 0..<(try reader.readCount(max: bytes.count)) {
            let activity = UInt32(truncatingIfNeeded: try reader.readVarint())
            let slot = Timestamp(seconds: try reader.readSigned())
            activityCounts.append(
                (CountBatch.ActivityCell(activity: activity, slot: slot), try reader.readSigned()))
        }
        for _ in 0..<(try reader.readCount(max: bytes.count)) {
            let activity = UInt32(truncatingIfNeeded: try reader.readVarint())
            let young = try reader.readSigned()
            arrivals.append((activity, CountBatch.Arrivals(young: young, backfilled: try reader.readSigned())))
        }
        for _ in 0..<(try reader.readCount(max: bytes.count)) {
            let series = UInt32(truncatingIfNeeded: try reader.readVarint())
            let resolution = try reader.readResolution(of: "the journal")
            let slot = Timestamp(seconds: try reader.readSigned())
            let set = try reader.readStatisticSet()
            cells.append(Cell(series: series, resolution: resolution, slot: slot, set: set))
        }
        // Entries of format 1 end here.
        if reader.remaining > 0 {
            for _ in 0..<(try reader.readCount(max: bytes.count)) {
                let series = UInt32(truncatingIfNeeded: try reader.readVarint())
                youngMatches.append((series, try reader.readSigned()))
            }
        }
        for (index, set) in try reader.readDistributions(of: cells.map(\.set)) { cells[index].set = set }
        try reader.finish()
    }
}

extension ByteWriter {
    /// Without the distribution, which ``writeDistributions(of:)`` writes behind all sets.
    mutating func write(_ set: StatisticSet) {
        writeSigned(set.sampleCount)
        let components = set.exactSum.components
        writeCount(components.count)
        for component in components { write(component) }
        write(set.minimum)
        write(set.maximum)
    }

    /// The distributions that do not follow from the sets that were written; nothing at all when there are none, so that
    /// counts take no byte more and entries of before, which end here, are read as they are.
    mutating func writeDistributions(of sets: [StatisticSet]) {
        let told = sets.indices.filter { sets[$0].hasOwnDistribution }
        if told.isEmpty { return }
        writeCount(told.count)
        var next = 0
        for index in told {
            writeCount(index - next)
            next = index + 1
            guard case .buckets(let buckets) = sets[index].distribution else {
                writeCount(0)
                continue
            }
            writeCount(buckets.count + 1)
            var number: Int64 = 0
            for bucket in buckets {
                writeSigned(Int64(bucket.number) - number)
                number = Int64(bucket.number)
                writeSigned(bucket.count)
            }
        }
    }
}

extension StatisticSet {
    /// True when its samples are spread in a way that its other members do not say.
    fileprivate var hasOwnDistribution: Bool {
        switch distribution {
        case .oneValue: false
        case .buckets: true
        case .unavailable: minimum == maximum && withoutSamples.distribution != .unavailable
        }
    }

    private var withoutSamples: StatisticSet {
        StatisticSet(sampleCount: sampleCount, exactSum: exactSum, minimum: minimum, maximum: maximum)
    }

    fileprivate func with(_ distribution: ValueDistribution) -> StatisticSet {
        StatisticSet(
            sampleCount: sampleCount, exactSum: exactSum, minimum: minimum, maximum: maximum,
            distribution: distribution)
    }
}

extension ByteReader {
    mutating func readStatisticSet() throws -> StatisticSet {
        let count = try readSigned()
        var components: [Double] = []
        for _ in 0..<(try readCount(max: remaining)) { components.append(try readDouble()) }
        return StatisticSet(
            sampleCount: count, exactSum: ExactSum(components: components), minimum: try readDouble(),
            maximum: try readDouble())
    }

    /// What ``ByteWriter/writeDistributions(of:)`` wrote, if anything: the sets with their distribution by their index.
    mutating func readDistributions(of sets: [StatisticSet]) throws -> [(index: Int, set: StatisticSet)] {
        guard remaining > 0 else { return [] }
        var told: [(index: Int, set: StatisticSet)] = []
        var next = 0
        for _ in 0..<(try readCount(max: sets.count)) {
            let index = next + (try readCount(max: sets.count))
            guard index < sets.count else { throw Self.misfit("they name set \(index) of \(sets.count)") }
            next = index + 1
            let set = sets[index]
            let count = try readCount(max: remaining + 1)
            if count == 0 {
                told.append((index, set.with(.unavailable)))
                continue
            }
            var buckets: [ValueBucket] = []
            var number: Int64 = 0
            for _ in 1..<count {
                number &+= try readSigned()
                guard let short = Int16(exactly: number) else { throw Self.misfit("they name the bucket \(number)") }
                buckets.append(ValueBucket(number: short, count: try readSigned()))
            }
            let distribution = ValueDistribution(
                buckets: buckets, sampleCount: set.sampleCount, minimum: set.minimum, maximum: set.maximum)
            guard let distribution else { throw Self.misfit("they are not those of \(set.sampleCount) samples") }
            told.append((index, set.with(distribution)))
        }
        return told
    }

    private static func misfit(_ reason: String) -> StoreError {
        .corrupt(what: "the distributions of statistic sets", reason: reason)
    }

    mutating func readResolution(of what: String) throws -> Resolution {
        let width = Int64(truncatingIfNeeded: try readVarint())
        guard let resolution = Resolution(rawValue: width), resolution != .hour else {
            throw StoreError.corrupt(what: what, reason: "got a resolution of \(width) s; want 60 or 300")
        }
        return resolution
    }
}

/// Event keys of one slot, sorted, as bytes; the high half of a key is written as the step from the one before.
func encodeKeys(_ keys: [EventKey]) -> [UInt8] {
    var writer = ByteWriter()
    let sorted = keys.sorted()
    writer.writeCount(sorted.count)
    var previous: UInt64 = 0
    for key in sorted {
        writer.writeVarint(key.high - previous)
        previous = key.high
        writer.write(key.low)
        writer.writeVarint(key.account)
    }
    return writer.bytes
}

/// Event keys of one slot by the filters that they were counted with.
func encodeGroups(_ groups: [SeenEvents.Group]) -> [UInt8] {
    guard let first = groups.first else { return encodeKeys([]) }
    var writer = ByteWriter()
    writer.write(raw: encodeKeys(first.keys))
    writer.writeVarint(UInt64(bitPattern: first.filters))
    writer.writeCount(groups.count - 1)
    for group in groups.dropFirst() {
        writer.writeVarint(UInt64(bitPattern: group.filters))
        writer.write(counted: encodeKeys(group.keys))
    }
    return writer.bytes
}

/// Before format 7 there is one group, which is not named: `unnamed`.
func decodeGroups(_ bytes: [UInt8], unnamed: Int64) throws -> [SeenEvents.Group] {
    var reader = ByteReader(bytes)
    let keys = try decodeKeys(from: &reader)
    guard reader.remaining > 0 else { return [SeenEvents.Group(filters: unnamed, keys: keys)] }
    var groups = [SeenEvents.Group(filters: Int64(bitPattern: try reader.readVarint()), keys: keys)]
    for _ in 0..<(try reader.readCount(max: reader.remaining)) {
        let filters = Int64(bitPattern: try reader.readVarint())
        var counted = ByteReader(try reader.readCounted())
        groups.append(SeenEvents.Group(filters: filters, keys: try decodeKeys(from: &counted)))
        try counted.finish()
    }
    try reader.finish()
    return groups
}

extension [SeenEvents.Group] {
    /// Adds keys that are new or were raised to another set of filters; the largest group comes first.
    mutating func add(_ new: SeenEvents.Group) {
        if let first, count == 1, first.filters == new.filters {
            self[0].keys += new.keys
            return
        }
        if !isEmpty {
            let moved = EventKeySet(new.keys)
            for index in indices { self[index].keys.removeAll { moved.contains($0) } }
        }
        if let index = firstIndex(where: { $0.filters == new.filters }) {
            self[index].keys += new.keys
        } else {
            append(new)
        }
        removeAll { $0.keys.isEmpty }
        sort { ($1.keys.count, $0.filters) < ($0.keys.count, $1.filters) }
    }
}

private func decodeKeys(from reader: inout ByteReader) throws -> [EventKey] {
    var keys: [EventKey] = []
    var high: UInt64 = 0
    for _ in 0..<(try reader.readCount(max: reader.remaining)) {
        let (next, overflow) = high.addingReportingOverflow(try reader.readVarint())
        guard !overflow else { throw StoreError.corrupt(what: "event ids", reason: "a key overflows") }
        high = next
        let low = try reader.readUInt64()
        keys.append(EventKey(high: high, low: low, account: try reader.readVarint()))
    }
    return keys
}

/// The keys that one commit changed, slot after slot: the new ones, all counted with `filters`, and the raised ones.
func encodeKeys(
    bySlot slots: [Timestamp: [EventKey]], filters: Int64, raised: [Timestamp: [SeenEvents.Group]] = [:]
) -> [UInt8] {
    var writer = ByteWriter()
    writer.writeCount(slots.count)
    for (slot, keys) in slots.sorted(by: { $0.key < $1.key }) {
        writer.writeSigned(slot.seconds)
        writer.write(counted: encodeKeys(keys))
    }
    writer.writeVarint(UInt64(bitPattern: filters))
    writer.writeCount(raised.count)
    for (slot, groups) in raised.sorted(by: { $0.key < $1.key }) {
        writer.writeSigned(slot.seconds)
        writer.write(counted: encodeGroups(groups))
    }
    return writer.bytes
}

/// Before format 7 the filters are not named: `unnamed`.
func decodeKeysBySlot(_ bytes: [UInt8], unnamed: Int64) throws -> [(slot: Timestamp, group: SeenEvents.Group)] {
    var reader = ByteReader(bytes)
    var slots: [(slot: Timestamp, keys: [EventKey])] = []
    for _ in 0..<(try reader.readCount(max: bytes.count)) {
        let slot = Timestamp(seconds: try reader.readSigned())
        var counted = ByteReader(try reader.readCounted())
        slots.append((slot, try decodeKeys(from: &counted)))
        try counted.finish()
    }
    let filters = reader.remaining > 0 ? Int64(bitPattern: try reader.readVarint()) : unnamed
    var groups = slots.map { ($0.slot, SeenEvents.Group(filters: filters, keys: $0.keys)) }
    if reader.remaining > 0 {
        for _ in 0..<(try reader.readCount(max: bytes.count)) {
            let slot = Timestamp(seconds: try reader.readSigned())
            groups += try decodeGroups(try reader.readCounted(), unnamed: unnamed).map { (slot, $0) }
        }
    }
    try reader.finish()
    return groups
}

func encodeTexts(_ texts: [String]) -> [UInt8] {
    var writer = ByteWriter()
    writer.writeCount(texts.count)
    for text in texts { writer.write(text) }
    return writer.bytes
}

func decodeTexts(_ bytes: [UInt8]) throws -> [String] {
    var reader = ByteReader(bytes)
    var texts: [String] = []
    for _ in 0..<(try reader.readCount(max: bytes.count)) { texts.append(try reader.readText()) }
    try reader.finish()
    return texts
}

/// Sorted minutes as the steps between them.
func encodeMinutes(_ minutes: [Timestamp]) -> [UInt8] {
    var writer = ByteWriter()
    writer.writeCount(minutes.count)
    var previous: Int64 = 0
    for minute in minutes {
        writer.writeSigned(minute.seconds / 60 - previous)
        previous = minute.seconds / 60
    }
    return writer.bytes
}

func decodeMinutes(_ bytes: [UInt8]) throws -> [Timestamp] {
    var reader = ByteReader(bytes)
    var minutes: [Timestamp] = []
    var minute: Int64 = 0
    for _ in 0..<(try reader.readCount(max: bytes.count)) {
        minute &+= try reader.readSigned()
        minutes.append(Timestamp(seconds: minute &* 60))
    }
    try reader.finish()
    return minutes
}
