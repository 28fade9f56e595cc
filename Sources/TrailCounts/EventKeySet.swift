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
        guard places[index].isFree else { return false }
        if key.isFree {
            guard !hasFreeKey else { return false }
            hasFreeKey = true
        } else {
            places[index] = key
        }
        count += 1
        return true
    }

    package func contains(_ key: EventKey) -> Bool {
        key.isFree ? hasFreeKey : !places[place(of: key)].isFree
    }

    /// Takes `key` out again; used when the transaction that would have kept it failed.
    package mutating func remove(_ key: EventKey) {
        guard contains(key) else { return }
        var rest = keys
        rest.removeAll { $0 == key }
        self = EventKeySet(rest)
    }

    package var keys: [EventKey] {
        (hasFreeKey ? [Self.free] : []) + places.filter { !$0.isFree }
    }

    @inline(__always)
    private func place(of key: EventKey) -> Int {
        let mask = places.count - 1
        var index = Int(truncatingIfNeeded: key.low ^ key.high &* 0x9E37_79B9_7F4A_7C15) & mask
        while !places[index].equals(key), !places[index].isFree { index = (index + 1) & mask }
        return index
    }

    @inline(never)
    private mutating func grow() {
        let old = places
        places = Array(repeating: Self.free, count: old.count * 2)
        for key in old where !key.isFree { places[place(of: key)] = key }
    }
}

// The operators of another module are calls of a witness each; these are inlined.
extension EventKey {
    @inline(__always)
    fileprivate var isFree: Bool { high | low | account == 0 }

    @inline(__always)
    fileprivate func equals(_ other: EventKey) -> Bool {
        high == other.high && low == other.low && account == other.account
    }

    /// The order of `<`.
    @inline(__always)
    func comesBefore(_ other: EventKey) -> Bool {
        if high != other.high { return high < other.high }
        return low != other.low ? low < other.low : account < other.account
    }
}
