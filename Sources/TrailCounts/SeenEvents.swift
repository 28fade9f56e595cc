package import TrailEvents
package import TrailModel

/// The keys of the events counted so far, per 300 s slot of event time: what makes a second copy a duplicate.
///
/// Only slots in use are in memory. The store loads a slot before an event asks for it, and takes the keys that are
/// new since the last fold from ``unfolded``.
package struct SeenEvents: Sendable {
    /// Keys kept in memory when nothing needs more; the least recently used slots go first.
    package static let residentKeysMax = 500_000
    /// A slot of fewer keys takes as much memory as one of so many.
    private static let slotKeysMin = 16

    /// Keys of one slot whose events were counted with the same set of filters.
    package struct Group: Equatable, Sendable {
        /// The store's number of the set.
        package let filters: Int64
        package var keys: [EventKey]

        package init(filters: Int64, keys: [EventKey]) {
            self.filters = filters
            self.keys = keys
        }
    }

    fileprivate struct Slot: Sendable {
        let start: Timestamp
        var keys: EventKeySet
        var lastUse: UInt64
        /// Keys inserted since the last commit or roll-back.
        var staged: [EventKey] = []
        /// The filters that most events of the slot were counted with, and those of the others.
        var filters: Int64
        var otherFilters: [EventKey: Int64] = [:]
        /// Keys raised since the last commit or roll-back, with their filters before.
        var raised: [(key: EventKey, from: Int64)] = []

        func filters(of key: EventKey) -> Int64 { otherFilters.isEmpty ? filters : otherFilters[key] ?? filters }

        mutating func set(_ new: Int64, of key: EventKey) { otherFilters[key] = new == filters ? nil : new }
    }

    /// The resident slots, found by the number of their slot in `numbers`.
    private var slots: [Slot] = []
    private var numbers = KeyTable()
    /// Indices of the slots that have staged keys.
    private var staging: [Int] = []
    /// The slot found last: events come in runs of one slot.
    private var lastStart: Timestamp?
    private var lastIndex = 0
    /// Indices of the slots that have raised keys.
    private var raising: [Int] = []
    /// Keys not yet written into the slot's own row; they stay in memory until they are.
    ///
    /// A later group takes keys out of the earlier ones.
    package private(set) var unfolded: [Timestamp: [Group]] = [:]
    /// How many of the unfolded keys were raised, not new.
    package private(set) var unfoldedRaises = 0
    /// How many keys wait for the next fold.
    package private(set) var unfoldedCount = 0
    /// The set of filters that new events are counted with.
    package var filters: Int64 = 0
    private var use: UInt64 = 0

    package init() {}

    package static func slot(of seconds: Int64) -> Timestamp {
        BuiltInMetrics.resolution.slot(of: Timestamp(seconds: seconds))
    }

    private static func number(_ start: Timestamp) -> UInt64 {
        UInt64(bitPattern: start.milliseconds)
    }

    package func isResident(_ slot: Timestamp) -> Bool {
        numbers.index(of: Self.number(slot)) != nil
    }

    /// Makes `slot` resident with the keys of its row, all counted with the present filters.
    package mutating func load(_ slot: Timestamp, keys: [EventKey]) {
        load(slot, groups: [Group(filters: filters, keys: keys)])
    }

    /// Makes `slot` resident with the keys of its row, most of them in the first group; keys not yet folded are added.
    package mutating func load(_ slot: Timestamp, groups: [Group]) {
        use += 1
        let main = groups.first?.filters ?? unfolded[slot]?.first?.filters ?? filters
        var set = EventKeySet(minimumCapacity: groups.reduce(0) { $0 + $1.keys.count })
        var others: [EventKey: Int64] = [:]
        for group in groups + (unfolded[slot] ?? []) {
            // Only a later group can name a key again.
            for key in group.keys where !set.insert(key) || group.filters != main {
                others[key] = group.filters == main ? nil : group.filters
            }
        }
        let loaded = Slot(start: slot, keys: set, lastUse: use, filters: main, otherFilters: others)
        let index = numbers.insert(Self.number(slot))
        if index == slots.count { slots.append(loaded) } else { slots[index] = loaded }
    }

    /// True when `key` is new; the slot must be resident.
    package mutating func insert(_ key: EventKey, slot: Timestamp) -> Bool {
        find(slot)
        guard slots[lastIndex].keys.insert(key) else { return false }
        if slots[lastIndex].staged.isEmpty { staging.append(lastIndex) }
        slots[lastIndex].staged.append(key)
        if slots[lastIndex].filters != filters { slots[lastIndex].otherFilters[key] = filters }
        return true
    }

    /// Notes that the event of `key` is counted with more filters from now on: those that `target` gives for its own.
    ///
    /// - Returns: The filters before; `nil` when nothing changes, since the event was never seen or there is no target.
    package mutating func raise(
        _ key: EventKey, slot: Timestamp, target: (Int64) -> Int64?
    ) -> Int64? {
        find(slot)
        guard slots[lastIndex].keys.contains(key) else { return nil }
        let before = slots[lastIndex].filters(of: key)
        guard let after = target(before), after != before else { return nil }
        if slots[lastIndex].raised.isEmpty { raising.append(lastIndex) }
        slots[lastIndex].raised.append((key, before))
        slots[lastIndex].set(after, of: key)
        return before
    }

    /// The filters that events of these slots, which must be resident, were counted with.
    package func filters(in wanted: Set<Timestamp>) -> Set<Int64> {
        var found: Set<Int64> = []
        for slot in wanted {
            guard let index = numbers.index(of: Self.number(slot)) else { continue }
            found.insert(slots[index].filters)
            found.formUnion(slots[index].otherFilters.values)
        }
        return found
    }

    @inline(__always)
    private mutating func find(_ slot: Timestamp) {
        guard lastStart != slot else { return }
        guard let index = numbers.index(of: Self.number(slot)) else {
            preconditionFailure("the slot \(slot.rfc3339) must be resident before events are counted")
        }
        lastStart = slot
        lastIndex = index
    }

    /// Marks the slots of `extract` as used now, so that they stay resident.
    package mutating func touch(_ needed: Set<Timestamp>) {
        use += 1
        for slot in needed {
            if let index = numbers.index(of: Self.number(slot)) { slots[index].lastUse = use }
        }
    }

    /// Sorts the keys of ``stagedKeys``, so that what is done with them in order later finds them so.
    package mutating func sortStaged() {
        for index in staging { slots[index].staged.sort { $0.comesBefore($1) } }
    }

    /// The keys inserted since the last commit or roll-back, by slot.
    package var stagedKeys: [Timestamp: [EventKey]] {
        Dictionary(uniqueKeysWithValues: staging.map { (slots[$0].start, slots[$0].staged) })
    }

    /// The keys raised since the last commit or roll-back, by slot, with their filters now.
    package var raisedKeys: [Timestamp: [Group]] {
        Dictionary(uniqueKeysWithValues: raising.map { (slots[$0].start, slots[$0].raisedGroups) })
    }

    /// The staged and raised keys were committed: they stay, and wait for the next fold.
    package mutating func commit() {
        for index in staging {
            unfoldedCount += slots[index].staged.count
            append(Group(filters: filters, keys: slots[index].staged), slot: slots[index].start)
            slots[index].staged = []
            slots[index].settle()
        }
        staging.removeAll(keepingCapacity: true)
        for index in raising {
            for group in slots[index].raisedGroups { append(group, slot: slots[index].start) }
            unfoldedRaises += slots[index].raised.count
            slots[index].raised = []
            slots[index].settle()
        }
        raising.removeAll()
    }

    private mutating func append(_ group: Group, slot: Timestamp) {
        let last = (unfolded[slot]?.count ?? 0) - 1
        if last >= 0, unfolded[slot]?[last].filters == group.filters {
            unfolded[slot]?[last].keys += group.keys
        } else {
            unfolded[slot, default: []].append(group)
        }
    }

    /// Adds keys committed earlier and not yet folded; used when a store is opened, before slots are loaded.
    package mutating func restore(_ group: Group, slot: Timestamp) {
        append(group, slot: slot)
    }

    /// The transaction failed: the staged keys were never seen, the raised ones are as before.
    package mutating func rollBack() {
        for index in staging {
            let gone = Set(slots[index].staged)
            slots[index].keys = EventKeySet(slots[index].keys.keys.filter { !gone.contains($0) })
            for key in gone { slots[index].otherFilters[key] = nil }
            slots[index].staged = []
        }
        staging.removeAll()
        for index in raising {
            for (key, before) in slots[index].raised.reversed() { slots[index].set(before, of: key) }
            slots[index].raised = []
        }
        raising.removeAll()
    }

    /// The unfolded keys are in their slots' rows now; slots beyond the memory limit are let go.
    package mutating func folded(residentMax: Int = SeenEvents.residentKeysMax) {
        unfolded.removeAll()
        unfoldedRaises = 0
        unfoldedCount = 0
        letGo(residentMax: residentMax)
    }

    /// Lets go of the slots used least recently when `slack` more keys are in memory than the limit.
    ///
    /// It need not wait for a fold: copies of old events bring many slots and nothing to fold. What is not folded yet
    /// stands in ``unfolded``.
    package mutating func letGo(residentMax: Int = SeenEvents.residentKeysMax, slack: Int = 0) {
        precondition(staging.isEmpty && raising.isEmpty, "staged keys must be committed or rolled back first")
        func cost(_ slot: Slot) -> Int { max(slot.keys.count, Self.slotKeysMin) }
        var resident = slots.reduce(0) { $0 + cost($1) }
        guard resident > residentMax + slack else { return }
        slots.sort { $0.lastUse > $1.lastUse }
        while resident > residentMax, let oldest = slots.popLast() { resident -= cost(oldest) }
        numbers.removeAll()
        for slot in slots { _ = numbers.insert(Self.number(slot.start)) }
        lastStart = nil
    }
}

extension SeenEvents.Slot {
    /// The raised keys by their filters now.
    fileprivate var raisedGroups: [SeenEvents.Group] {
        var groups: [Int64: [EventKey]] = [:]
        for (key, _) in raised { groups[filters(of: key), default: []].append(key) }
        return groups.sorted { $0.key < $1.key }.map { SeenEvents.Group(filters: $0.key, keys: $0.value) }
    }

    /// Makes the filters of most keys those of the slot.
    fileprivate mutating func settle() {
        guard otherFilters.count * 2 > keys.count else { return }
        var counts: [Int64: Int] = [:]
        for other in otherFilters.values { counts[other, default: 0] += 1 }
        guard let new = counts.max(by: { ($0.value, $1.key) < ($1.value, $0.key) })?.key else { return }
        var others: [EventKey: Int64] = [:]
        for key in keys.keys {
            let own = filters(of: key)
            if own != new { others[key] = own }
        }
        filters = new
        otherFilters = others
    }
}
