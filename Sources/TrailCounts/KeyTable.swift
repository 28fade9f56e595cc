/// Numbers for integer keys in order of first sight: open addressing over flat memory.
///
/// It does what a dictionary from key to index does in a fifth of the time; the values stand in an array beside it.
package struct KeyTable: Sendable {
    package private(set) var keys: [UInt64] = []
    /// One more than a key's index, 0 for a free place; at most half full, a power of two.
    private var places: [UInt32]

    package init(minimumCapacity: Int = 8) {
        var size = 16
        while size < minimumCapacity * 2 { size *= 2 }
        places = [UInt32](repeating: 0, count: size)
    }

    var count: Int { keys.count }

    /// The index of `key`, `nil` when it was never seen.
    func index(of key: UInt64) -> Int? {
        let place = places[self.place(of: key)]
        return place == 0 ? nil : Int(place) - 1
    }

    /// The index of `key`; equal to the number of keys before when it is new.
    package mutating func insert(_ key: UInt64) -> Int {
        let place = place(of: key)
        if places[place] != 0 { return Int(places[place]) - 1 }
        keys.append(key)
        places[place] = UInt32(truncatingIfNeeded: keys.count)
        if keys.count * 2 > places.count { grow() }
        return keys.count - 1
    }

    mutating func removeAll() {
        keys.removeAll(keepingCapacity: true)
        places = [UInt32](repeating: 0, count: 16)
    }

    private func place(of key: UInt64) -> Int {
        let mask = places.count - 1
        let mixed = (key ^ key >> 32) &* 0x9E37_79B9_7F4A_7C15
        var place = Int(truncatingIfNeeded: mixed >> 32) & mask
        while places[place] != 0, keys[Int(places[place]) - 1] != key { place = (place + 1) & mask }
        return place
    }

    private mutating func grow() {
        places = [UInt32](repeating: 0, count: places.count * 2)
        for (index, key) in keys.enumerated() { places[place(of: key)] = UInt32(truncatingIfNeeded: index + 1) }
    }
}
