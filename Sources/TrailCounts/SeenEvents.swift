package import TrailEvents
package import TrailModel

/// The keys of the events counted so far, per 300 s slot of event time: what makes a second copy a duplicate.
///
/// Only slots in use are in memory. The store loads a slot before an event asks for it, and takes the keys that are
/// new since the last fold from ``unfolded``.
package struct SeenEvents: Sendable {
    /// Keys kept in memory when nothing needs more; the least recently used slots go first.
    package static let residentKeysMax = 1_000_000

    private var slots: [Timestamp: Slot] = [:]
    /// Keys not yet written into the slot's own row; they stay in memory until they are.
    package private(set) var unfolded: [Timestamp: [EventKey]] = [:]
    private var staged: [(slot: Timestamp, key: EventKey)] = []
    private var use: UInt64 = 0

    private struct Slot: Sendable {
        var keys: EventKeySet
        var lastUse: UInt64
    }

    package init() {}

    package static func slot(of seconds: Int64) -> Timestamp {
        BuiltInMetrics.resolution.slot(of: Timestamp(seconds: seconds))
    }

    package func isResident(_ slot: Timestamp) -> Bool {
        slots[slot] != nil
    }

    /// Makes `slot` resident with the keys of its row; keys not yet folded are added.
    package mutating func load(_ slot: Timestamp, keys: [EventKey]) {
        use += 1
        var set = EventKeySet(minimumCapacity: keys.count)
        for key in keys { set.insert(key) }
        for key in unfolded[slot] ?? [] { set.insert(key) }
        slots[slot] = Slot(keys: set, lastUse: use)
    }

    /// True when `key` is new; the slot must be resident.
    package mutating func insert(_ key: EventKey, slot: Timestamp) -> Bool {
        precondition(slots[slot] != nil, "the slot \(slot.rfc3339) must be resident before events are counted")
        guard slots[slot]?.keys.insert(key) == true else { return false }
        staged.append((slot, key))
        return true
    }

    /// Marks the slots of `extract` as used now, so that they stay resident.
    package mutating func touch(_ needed: Set<Timestamp>) {
        use += 1
        for slot in needed { slots[slot]?.lastUse = use }
    }

    /// The keys inserted since the last commit or roll-back, by slot.
    package var stagedKeys: [Timestamp: [EventKey]] {
        Dictionary(grouping: staged, by: \.slot).mapValues { $0.map(\.key) }
    }

    /// The staged keys were committed: they stay, and wait for the next fold.
    package mutating func commit() {
        for (slot, key) in staged { unfolded[slot, default: []].append(key) }
        staged.removeAll(keepingCapacity: true)
    }

    /// Adds keys committed earlier and not yet folded; used when a store is opened.
    package mutating func restore(_ keys: [EventKey], slot: Timestamp) {
        unfolded[slot, default: []] += keys
        for key in keys { slots[slot]?.keys.insert(key) }
    }

    /// The transaction failed: the staged keys were never seen.
    package mutating func rollBack() {
        for (slot, keys) in stagedKeys {
            let gone = Set(keys)
            guard let set = slots[slot] else { continue }
            slots[slot] = Slot(keys: EventKeySet(set.keys.keys.filter { !gone.contains($0) }), lastUse: set.lastUse)
        }
        staged.removeAll()
    }

    /// The unfolded keys are in their slots' rows now; slots beyond the memory limit are let go.
    package mutating func folded(residentMax: Int = SeenEvents.residentKeysMax) {
        unfolded.removeAll()
        var resident = slots.values.reduce(0) { $0 + $1.keys.count }
        guard resident > residentMax else { return }
        for (slot, content) in slots.sorted(by: { $0.value.lastUse < $1.value.lastUse }) {
            guard resident > residentMax else { return }
            resident -= content.keys.count
            slots[slot] = nil
        }
    }
}
