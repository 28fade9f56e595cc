/// Lists found by whole texts, or by how texts start or end or what stands inside them, each for one column.
///
/// Whole texts are found by hash; the others in a trie whose edges are found by hash, so that a walk stops at the
/// first byte that no text has there. A ``TextFinder`` reads it.
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
    struct Slot {
        var hash: UInt64 = 0
        var text = TextRange(start: 0, count: 0)
        var list = TextRange(start: 0, count: 0)
    }

    struct Edge {
        var key: UInt64 = .max
        var node: Int32 = 0
    }

    /// What a column is asked for: the roots of its tries, 0 for none.
    struct Roots {
        var hasWhole = false
        var start: Int32 = 0
        var end: Int32 = 0
        var inside: Int32 = 0
        /// Where the children of the root `inside` stand in ``TextTable/firstsInside``.
        var firsts: Int32 = 0
    }

    private(set) var slots: [Slot]
    private(set) var edges: [Edge]
    private(set) var nodeLists = [TextRange(start: 0, count: 0)]
    private(set) var texts: [UInt8] = []
    private(set) var lists: [Int32] = []
    private(set) var roots: [Roots]
    /// The child for each byte, 0 for none, of each root of texts that stand inside others.
    private(set) var firstsInside: [Int32] = []

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
        roots = [Roots](repeating: Roots(), count: columnCount)
        for (key, list) in entries {
            let range = TextRange(start: Int32(lists.count), count: Int32(list.count))
            lists += list
            switch key.way {
            case .whole:
                insert(key, range)
                roots[key.column].hasWhole = true
            case .start: insert(key.text, range, root: root(key.column, \.start))
            case .end: insert(key.text.reversed(), range, root: root(key.column, \.end))
            case .inside: insert(key.text, range, root: root(key.column, \.inside))
            }
        }
        for column in roots.indices where roots[column].inside != 0 {
            roots[column].firsts = Int32(firstsInside.count)
            firstsInside += (0...UInt8.max).map { child(of: roots[column].inside, $0) }
        }
    }

    private mutating func root(_ column: Int, _ root: WritableKeyPath<Roots, Int32>) -> Int32 {
        if roots[column][keyPath: root] == 0 { roots[column][keyPath: root] = addNode() }
        return roots[column][keyPath: root]
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
            let place = place(of: Self.edgeKey(node, byte))
            if edges[place].key == .max { edges[place] = Edge(key: Self.edgeKey(node, byte), node: addNode()) }
            node = edges[place].node
        }
        nodeLists[Int(node)] = list
    }

    private func child(of node: Int32, _ byte: UInt8) -> Int32 { edges[place(of: Self.edgeKey(node, byte))].node }

    /// Where an edge stands, or may be put.
    private func place(of key: UInt64) -> Int {
        var index = Self.place(key) & (edges.count - 1)
        while edges[index].key != .max, edges[index].key != key { index = (index + 1) & (edges.count - 1) }
        return index
    }

    static func edgeKey(_ node: Int32, _ byte: UInt8) -> UInt64 {
        UInt64(truncatingIfNeeded: node) << 8 | UInt64(byte)
    }

    static func place(_ key: UInt64) -> Int {
        Int(truncatingIfNeeded: (key &* 0x9E37_79B9_7F4A_7C15) >> 40)
    }

    static func hash(_ text: UnsafeBufferPointer<UInt8>, _ column: Int) -> UInt64 {
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
}
