// Hot path: reads its flat tables through raw pointers, taken once per look-up, so that nothing is retained per value.

/// Lists found by whole texts, or by how texts start or end or what stands inside them, each for one column.
///
/// Whole texts are found by hash; the others in a trie whose edges are found by hash, so that a walk stops at the
/// first byte that no text has there.
struct TextTable: Sendable {
    /// Bytes of a text inside that are looked for; the rest must be tested.
    static let insideBytesMax = 32

    enum Way: UInt8, Hashable, Sendable { case whole, start, end, inside }

    struct Key: Hashable, Sendable {
        let column: Int
        let way: Way
        let text: [UInt8]
    }

    /// A range of ``lists``; empty in a free slot.
    private struct Slot {
        var hash: UInt64 = 0
        var text = TextRange(start: 0, count: 0)
        var list = TextRange(start: 0, count: 0)
    }

    private struct Edge {
        var key: UInt64 = .max
        var node: Int32 = 0
    }

    private var slots: [Slot]
    private var edges: [Edge]
    private var nodeLists = [TextRange(start: 0, count: 0)]
    private var texts: [UInt8] = []
    private var lists: [Int32] = []
    /// For each column the roots of its tries, 0 for none.
    private var starts: [Int32]
    private var ends: [Int32]
    private var insides: [Int32]

    /// - Parameters:
    ///   - entries: What is found, by what.
    ///   - columnCount: Number of columns.
    init(_ entries: [Key: [Int32]], columnCount: Int) {
        func size(_ count: Int) -> Int {
            var size = 16
            while size < count * 2 { size *= 2 }
            return size
        }
        let whole = entries.keys.filter { $0.way == .whole }
        let parts = entries.keys.filter { $0.way != .whole }
        slots = [Slot](repeating: Slot(), count: size(whole.count))
        edges = [Edge](repeating: Edge(), count: size(parts.reduce(0) { $0 + $1.text.count }))
        starts = [Int32](repeating: 0, count: columnCount)
        ends = starts
        insides = starts
        for (key, list) in entries {
            let range = TextRange(start: Int32(lists.count), count: Int32(list.count))
            lists += list
            switch key.way {
            case .whole: insert(key, range)
            case .start:
                if starts[key.column] == 0 { starts[key.column] = addNode() }
                insert(key.text, range, root: starts[key.column])
            case .end:
                if ends[key.column] == 0 { ends[key.column] = addNode() }
                insert(key.text.reversed(), range, root: ends[key.column])
            case .inside:
                if insides[key.column] == 0 { insides[key.column] = addNode() }
                insert(key.text, range, root: insides[key.column])
            }
        }
    }

    private mutating func addNode() -> Int32 {
        nodeLists.append(TextRange(start: 0, count: 0))
        return Int32(nodeLists.count - 1)
    }

    private mutating func insert(_ key: Key, _ list: TextRange) {
        let hash = key.text.withUnsafeBufferPointer { Self.hash($0, key.column) }
        var index = Int(truncatingIfNeeded: hash) & (slots.count - 1)
        while slots[index].list.count > 0 { index = (index + 1) & (slots.count - 1) }
        slots[index] = Slot(
            hash: hash, text: TextRange(start: Int32(texts.count), count: Int32(key.text.count)), list: list)
        texts += key.text
    }

    private mutating func insert(_ text: [UInt8], _ list: TextRange, root: Int32) {
        var node = root
        for byte in text {
            let key = UInt64(node) << 8 | UInt64(byte)
            var index = Self.place(key) & (edges.count - 1)
            while edges[index].key != .max, edges[index].key != key { index = (index + 1) & (edges.count - 1) }
            if edges[index].key == .max { edges[index] = Edge(key: key, node: addNode()) }
            node = edges[index].node
        }
        nodeLists[Int(node)] = list
    }

    private static func place(_ key: UInt64) -> Int {
        Int(truncatingIfNeeded: (key &* 0x9E37_79B9_7F4A_7C15) >> 40)
    }

    private static func hash(_ text: UnsafeBufferPointer<UInt8>, _ column: Int) -> UInt64 {
        var state = UInt64(truncatingIfNeeded: column &* 0x1_0001 &+ text.count) &* 0xD6E8_FEB8_6659_FD93
        let raw = UnsafeRawBufferPointer(text)
        var offset = 0
        while offset + 8 <= raw.count {
            state = (state ^ raw.loadUnaligned(fromByteOffset: offset, as: UInt64.self)) &* 0x9E37_79B9_7F4A_7C15
            state ^= state >> 32
            offset += 8
        }
        var rest: UInt64 = 0
        while offset < raw.count {
            rest = rest << 8 | UInt64(raw[offset])
            offset += 1
        }
        state = (state ^ rest) &* 0x9E37_79B9_7F4A_7C15
        return state ^ state >> 29
    }

    /// Appends the lists of all keys of `column` that `text` meets.
    func find(_ text: UnsafeBufferPointer<UInt8>, in column: Int, into found: inout [Int32]) {
        let hash = Self.hash(text, column)
        slots.withUnsafeBufferPointer { slots in
            var index = Int(truncatingIfNeeded: hash) & (slots.count - 1)
            while slots[index].list.count > 0 {
                if slots[index].hash == hash, isText(slots[index].text, text) { append(slots[index].list, to: &found) }
                index = (index + 1) & (slots.count - 1)
            }
        }
        if starts[column] != 0 { walk(text, from: starts[column], at: 0, step: 1, into: &found) }
        if ends[column] != 0 { walk(text, from: ends[column], at: text.count - 1, step: -1, into: &found) }
        if insides[column] != 0 {
            for start in text.indices {
                walk(text, from: insides[column], at: start, step: 1, mayRepeat: start > 0, into: &found)
            }
        }
    }

    private func isText(_ range: TextRange, _ text: UnsafeBufferPointer<UInt8>) -> Bool {
        guard Int(range.count) == text.count else { return false }
        return texts.withUnsafeBufferPointer { texts in
            for index in 0..<text.count where texts[Int(range.start) + index] != text[index] { return false }
            return true
        }
    }

    private func append(_ range: TextRange, to found: inout [Int32]) {
        found.append(contentsOf: lists[Int(range.start)..<Int(range.start + range.count)])
    }

    private func isIn(_ range: TextRange, _ found: [Int32]) -> Bool {
        lists[Int(range.start)..<Int(range.start + range.count)].allSatisfy(found.contains)
    }

    private func walk(
        _ text: UnsafeBufferPointer<UInt8>, from root: Int32, at start: Int, step: Int, mayRepeat: Bool = false,
        into found: inout [Int32]
    ) {
        var node = root
        var position = start
        edges.withUnsafeBufferPointer { edges in
            while text.indices.contains(position) {
                let key = UInt64(node) << 8 | UInt64(text[position])
                var index = Self.place(key) & (edges.count - 1)
                while edges[index].key != key {
                    if edges[index].key == .max { return }
                    index = (index + 1) & (edges.count - 1)
                }
                node = edges[index].node
                let list = nodeLists[Int(node)]
                // What stands inside may stand there often.
                if list.count > 0, !mayRepeat || !isIn(list, found) { append(list, to: &found) }
                position += step
            }
        }
    }
}
