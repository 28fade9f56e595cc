package import TrailEvents

/// An exact set of event keys: open addressing over flat memory, about three times as fast as `Set` here.
///
/// The low half of a key is random already (a UUID's or a hash's bits), so it serves as the hash.
package struct EventKeySet: Sendable {
    private var slots: [EventKey]
    private var isUsed: [Bool]
    package private(set) var count = 0

    package init(minimumCapacity: Int = 0) {
        var size = 16
        while size * 5 < minimumCapacity * 8 { size *= 2 }
        slots = Array(repeating: EventKey(high: 0, low: 0, account: 0), count: size)
        isUsed = Array(repeating: false, count: size)
    }

    package init(_ keys: some Collection<EventKey>) {
        self.init(minimumCapacity: keys.count)
        for key in keys { insert(key) }
    }

    /// Returns false when `key` was there already.
    @discardableResult
    package mutating func insert(_ key: EventKey) -> Bool {
        if (count + 1) * 8 > slots.count * 5 { grow() }
        let index = place(of: key)
        guard !isUsed[index] else { return false }
        slots[index] = key
        isUsed[index] = true
        count += 1
        return true
    }

    package func contains(_ key: EventKey) -> Bool {
        isUsed[place(of: key)]
    }

    /// Takes `key` out again; used when the transaction that would have kept it failed.
    package mutating func remove(_ key: EventKey) {
        guard contains(key) else { return }
        var rest = keys
        rest.removeAll { $0 == key }
        self = EventKeySet(rest)
    }

    package var keys: [EventKey] {
        zip(slots, isUsed).compactMap { $1 ? $0 : nil }
    }

    private func place(of key: EventKey) -> Int {
        let mask = slots.count - 1
        var index = Int(truncatingIfNeeded: key.low ^ key.high &* 0x9E37_79B9_7F4A_7C15) & mask
        while isUsed[index] && slots[index] != key {
            index = (index + 1) & mask
        }
        return index
    }

    private mutating func grow() {
        var larger = EventKeySet(minimumCapacity: slots.count * 5 / 4)
        for (index, key) in slots.enumerated() where isUsed[index] { larger.insert(key) }
        self = larger
    }
}
