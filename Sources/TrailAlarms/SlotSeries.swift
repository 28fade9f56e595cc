package import TrailModel

/// What an alarm's metric held over a range of time: the slots with data, sparse and sorted.
///
/// A metric filter's DefaultValue is derived here and not stored: a closed slot without matches counts as one sample of
/// it when the slot had traffic. A slot that is still open has only its matches.
package struct SlotSeries: Equatable, Sendable {
    /// One slot with data.
    package struct Slot: Equatable, Sendable {
        package let start: Timestamp
        package let values: StatisticSet

        package init(start: Timestamp, values: StatisticSet) {
            self.start = start
            self.values = values
        }
    }

    /// A slot with data or, when `isDefault`, the DefaultValue of one with traffic and no match.
    private struct Entry: Equatable {
        let start: Timestamp
        var values: StatisticSet
        var isDefault: Bool
    }

    package let resolution: Resolution
    /// The time that was loaded; what lies outside is not known to be missing.
    package private(set) var range: Range<Timestamp>
    package let defaultValue: Double?
    /// True when every value that can enter the metric is at least 0, so that an open slot's sum can only grow.
    package let isNonNegative: Bool
    private var entries: [Entry]

    /// Takes the slots with data, in any order; slots outside `range` are left out, slots given twice are added up.
    ///
    /// `defaultValue` is the metric filter's DefaultValue; with one, `trafficSlots` are the starts of the slots in which
    /// the metric's source had events. `isNonNegative` says that all matches have values of at least 0.
    package init(
        resolution: Resolution, range: Range<Timestamp>, slots: [Slot], defaultValue: Double? = nil,
        trafficSlots: [Timestamp] = [], isNonNegative: Bool = false
    ) {
        self.resolution = resolution
        self.range = range
        self.defaultValue = defaultValue
        self.isNonNegative = isNonNegative
        var found = slots.map { Entry(start: resolution.slot(of: $0.start), values: $0.values, isDefault: false) }
        if let defaultValue {
            let values = StatisticSet(value: defaultValue)
            found += trafficSlots.map { Entry(start: resolution.slot(of: $0), values: values, isDefault: true) }
        }
        found.removeAll { !range.contains($0.start) }
        let isSorted = zip(found, found.dropFirst()).allSatisfy { $0.start < $1.start }
        entries = isSorted ? found : Self.merged(found)
    }

    /// The samples of several metrics together, none of which has a DefaultValue.
    package init(joining all: [SlotSeries], resolution: Resolution, range: Range<Timestamp>) {
        self.init(
            resolution: resolution, range: range,
            slots: all.flatMap { series in series.entries.map { Slot(start: $0.start, values: $0.values) } },
            isNonNegative: all.allSatisfy(\.isNonNegative))
    }

    /// Sorts by start and joins entries of one slot: matches add up and displace a default.
    private static func merged(_ entries: [Entry]) -> [Entry] {
        var result: [Entry] = []
        result.reserveCapacity(entries.count)
        for entry in entries.sorted(by: { ($0.start, $0.isDefault ? 1 : 0) < ($1.start, $1.isDefault ? 1 : 0) }) {
            guard let last = result.indices.last, result[last].start == entry.start else {
                result.append(entry)
                continue
            }
            if !entry.isDefault { result[last].values.add(entry.values) }
        }
        return result
    }

    /// Takes more samples of a slot in; those outside ``range`` are left out.
    package mutating func add(_ values: StatisticSet, at start: Timestamp) {
        insert(Entry(start: resolution.slot(of: start), values: values, isDefault: false))
    }

    /// Notes that the metric's source had events in a slot, which counts where there is a DefaultValue.
    package mutating func addTraffic(at start: Timestamp) {
        guard let defaultValue else { return }
        insert(Entry(start: resolution.slot(of: start), values: StatisticSet(value: defaultValue), isDefault: true))
    }

    private mutating func insert(_ entry: Entry) {
        guard range.contains(entry.start) else { return }
        // Nearly always the newest slot.
        let index = entries.last.map { $0.start < entry.start } ?? true ? entries.count : firstIndex(from: entry.start)
        guard index < entries.count, entries[index].start == entry.start else {
            entries.insert(entry, at: index)
            return
        }
        if entry.isDefault { return }
        if entries[index].isDefault {
            entries[index] = entry
        } else {
            entries[index].values.add(entry.values)
        }
    }

    /// Forgets the slots that start before `time`.
    package mutating func drop(before time: Timestamp) {
        guard range.contains(time) else { return }
        range = time..<range.upperBound
        entries.removeFirst(firstIndex(from: time))
    }

    /// How many slots hold data or a default.
    package var count: Int { entries.count }

    /// The sum of the slots of `[from, to)`: closed ones whole, those that end after `closedThrough` with their matches.
    ///
    /// - Returns: `nil` when no slot holds data.
    /// - Complexity: O(log slots + slots with data in the range).
    package func values(from: Timestamp, to: Timestamp, closedThrough: Timestamp) -> StatisticSet? {
        var result: StatisticSet?
        var index = firstIndex(from: from)
        while index < entries.count, entries[index].start < to {
            let entry = entries[index]
            index += 1
            if entry.isDefault && entry.start.adding(seconds: resolution.seconds) > closedThrough { continue }
            if result?.add(entry.values) == nil { result = entry.values }
        }
        return result
    }

    /// The start of the first slot from `time` on that holds data or a default.
    package func nextSlot(from time: Timestamp) -> Timestamp? {
        let index = firstIndex(from: time)
        return index < entries.count ? entries[index].start : nil
    }

    /// The start of the last slot that holds data or a default.
    package var lastSlot: Timestamp? { entries.last?.start }

    private func firstIndex(from time: Timestamp) -> Int {
        var low = 0
        var high = entries.count
        while low < high {
            let middle = (low + high) / 2
            if entries[middle].start < time { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
