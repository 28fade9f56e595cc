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

    private struct Slot: Sendable {
        let start: Timestamp
        var keys: EventKeySet
        var lastUse: UInt64
        /// Keys inserted since the last commit or roll-back.
        var staged: [EventKey] = []
    }

    /// The resident slots, found by the number of their slot in `numbers`.
    private var slots: [Slot] = []
    private var numbers = KeyTable()
    /// Indices of the slots that have staged keys.
    private var staging: [Int] = []
    /// The slot found last: events come in runs of one slot.
    private var lastStart: Timestamp?
    private var lastIndex = 0
    /// Keys not yet written into the slot's own row; they stay in memory until they are.
    package private(set) var unfolded: [Timestamp: [EventKey]] = [:]
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

    /// Makes `slot` resident with the keys of its row; keys not yet folded are added.
    package mutating func load(_ slot: Timestamp, keys: [EventKey]) {
        use += 1
        var set = EventKeySet(minimumCapacity: keys.count)
        for key in keys { set.insert(key) }
        for key in unfolded[slot] ?? [] { set.insert(key) }
        let index = numbers.insert(Self.number(slot))
        if index == slots.count {
            slots.append(Slot(start: slot, keys: set, lastUse: use))
        } else {
            slots[index].keys = set
            slots[index].lastUse = use
        }
    }

    /// True when `key` is new; the slot must be resident.
    package mutating func insert(_ key: EventKey, slot: Timestamp) -> Bool {
        if lastStart != slot {
            guard let index = numbers.index(of: Self.number(slot)) else {
                preconditionFailure("the slot \(slot.rfc3339) must be resident before events are counted")
            }
            lastStart = slot
            lastIndex = index
        }
        guard slots[lastIndex].keys.insert(key) else { return false }
        if slots[lastIndex].staged.isEmpty { staging.append(lastIndex) }
        slots[lastIndex].staged.append(key)
        return true
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
        for index in staging { slots[index].staged.sort() }
    }

    /// The keys inserted since the last commit or roll-back, by slot.
    package var stagedKeys: [Timestamp: [EventKey]] {
        Dictionary(uniqueKeysWithValues: staging.map { (slots[$0].start, slots[$0].staged) })
    }

    /// The staged keys were committed: they stay, and wait for the next fold.
    package mutating func commit() {
        for index in staging {
            unfolded[slots[index].start, default: []] += slots[index].staged
            slots[index].staged = []
        }
        staging.removeAll(keepingCapacity: true)
    }

    /// Adds keys committed earlier and not yet folded; used when a store is opened.
    package mutating func restore(_ keys: [EventKey], slot: Timestamp) {
        unfolded[slot, default: []] += keys
        guard let index = numbers.index(of: Self.number(slot)) else { return }
        for key in keys { slots[index].keys.insert(key) }
    }

    /// The transaction failed: the staged keys were never seen.
    package mutating func rollBack() {
        for index in staging {
            let gone = Set(slots[index].staged)
            slots[index].keys = EventKeySet(slots[index].keys.keys.filter { !gone.contains($0) })
            slots[index].staged = []
        }
        staging.removeAll()
    }

    /// The unfolded keys are in their slots' rows now; slots beyond the memory limit are let go.
    package mutating func folded(residentMax: Int = SeenEvents.residentKeysMax) {
        unfolded.removeAll()
        precondition(staging.isEmpty, "staged keys must be committed or rolled back before a fold")
        func cost(_ slot: Slot) -> Int { max(slot.keys.count, Self.slotKeysMin) }
        var resident = slots.reduce(0) { $0 + cost($1) }
        guard resident > residentMax else { return }
        slots.sort { $0.lastUse > $1.lastUse }
        while resident > residentMax, let oldest = slots.popLast() { resident -= cost(oldest) }
        numbers.removeAll()
        for slot in slots { _ = numbers.insert(Self.number(slot.start)) }
        lastStart = nil
    }
}
