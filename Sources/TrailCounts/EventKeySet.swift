package import TrailEvents

/// An exact set of event keys: open addressing over flat memory, about three times as fast as `Set` here.
///
/// The low half of a key is random already (a UUID's or a hash's bits), so it serves as the hash. A free place holds
/// the key of zeros, which is kept apart should an event have it.
package struct EventKeySet: Sendable {
    private static let free = EventKey(high: 0, low: 0, account: 0)
    /// At most three quarters full; a power of two.
    private var places: [EventKey]
    private var hasFreeKey = false
    package private(set) var count = 0

    package init(minimumCapacity: Int = 0) {
        var size = 16
        while size * 3 < minimumCapacity * 4 { size *= 2 }
        places = Array(repeating: Self.free, count: size)
    }

    package init(_ keys: some Collection<EventKey>) {
        self.init(minimumCapacity: keys.count)
        for key in keys { insert(key) }
    }

    /// Returns false when `key` was there already.
    @discardableResult
    package mutating func insert(_ key: EventKey) -> Bool {
        if (count + 1) * 4 > places.count * 3 { grow() }
        let index = place(of: key)
        guard places[index] == Self.free else { return false }
        if key == Self.free {
            guard !hasFreeKey else { return false }
            hasFreeKey = true
        } else {
            places[index] = key
        }
        count += 1
        return true
    }

    package func contains(_ key: EventKey) -> Bool {
        key == Self.free ? hasFreeKey : places[place(of: key)] != Self.free
    }

    /// Takes `key` out again; used when the transaction that would have kept it failed.
    package mutating func remove(_ key: EventKey) {
        guard contains(key) else { return }
        var rest = keys
        rest.removeAll { $0 == key }
        self = EventKeySet(rest)
    }

    package var keys: [EventKey] {
        (hasFreeKey ? [Self.free] : []) + places.filter { $0 != Self.free }
    }

    @inline(__always)
    private func place(of key: EventKey) -> Int {
        let mask = places.count - 1
        var index = Int(truncatingIfNeeded: key.low ^ key.high &* 0x9E37_79B9_7F4A_7C15) & mask
        while places[index] != key, places[index] != Self.free { index = (index + 1) & mask }
        return index
    }

    @inline(never)
    private mutating func grow() {
        let old = places
        places = Array(repeating: Self.free, count: old.count * 2)
        for key in old where key != Self.free { places[place(of: key)] = key }
    }
}
