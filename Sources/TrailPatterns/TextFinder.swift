// Hot path: flat memory read through raw pointers, because arrays would be retained and released for every value. All
// places come out of the table that it is copied from.

import TrailEvents

/// Finds values in a ``TextTable``, with memory that it uses again for each; a matcher has its own.
struct TextFinder: ~Copyable {
    private let slots: UnsafeMutablePointer<TextTable.Slot>
    private let slotMask: Int
    private let edges: UnsafeMutablePointer<TextTable.Edge>
    private let edgeMask: Int
    private let nodeLists: UnsafeMutablePointer<TextRange>
    private let nodeCount: Int
    private let texts: UnsafeMutablePointer<UInt8>
    private let lists: UnsafeMutablePointer<Int32>
    private let roots: UnsafeMutablePointer<TextTable.Roots>
    /// For each root of texts that stand inside others its child for each byte, 0 for none.
    private let firsts: UnsafeMutablePointer<Int32>
    /// For each node the look-up in which its list was found inside a text, which may hold it often.
    private let taken: UnsafeMutablePointer<UInt32>
    private var lookUp: UInt32 = 0
    /// What the last look-up found, each list once.
    let hits: UnsafeMutablePointer<Int32>
    private(set) var hitCount = 0

    init(_ table: TextTable) {
        slots = allocated(table.slots)
        slotMask = table.slots.count - 1
        edges = allocated(table.edges)
        edgeMask = table.edges.count - 1
        nodeLists = allocated(table.nodeLists)
        nodeCount = table.nodeLists.count
        texts = allocated(table.texts)
        lists = allocated(table.lists)
        roots = allocated(table.roots)
        taken = allocated([UInt32](repeating: 0, count: table.nodeLists.count))
        hits = allocated([Int32](repeating: 0, count: table.lists.count))
        firsts = allocated(table.firstsInside)
    }

    deinit {
        slots.deallocate()
        edges.deallocate()
        nodeLists.deallocate()
        texts.deallocate()
        lists.deallocate()
        roots.deallocate()
        taken.deallocate()
        hits.deallocate()
        firsts.deallocate()
    }

    /// Puts the lists of all keys of `column` that `text` meets into ``hits``.
    mutating func find(_ text: UnsafeBufferPointer<UInt8>, in column: Int) {
        hitCount = 0
        let roots = roots[column]
        if roots.hasWhole { findWhole(text, column) }
        if roots.start != 0 { walk(text, from: roots.start, at: 0, step: 1) }
        if roots.end != 0 { walk(text, from: roots.end, at: text.count - 1, step: -1) }
        guard roots.inside != 0 else { return }
        lookUp &+= 1
        if lookUp == 0 {
            taken.update(repeating: 0, count: nodeCount)
            lookUp = 1
        }
        let children = firsts + Int(roots.firsts)
        for start in 0..<text.count where children[Int(text[start])] != 0 {
            let child = children[Int(text[start])]
            takeOnce(child)
            walkInside(text, from: child, at: start + 1)
        }
    }

    private mutating func findWhole(_ text: UnsafeBufferPointer<UInt8>, _ column: Int) {
        let hash = TextTable.hash(text, column)
        var index = Int(truncatingIfNeeded: hash) & slotMask
        while slots[index].list.count > 0 {
            if slots[index].hash == hash, isText(slots[index].text, text) { take(slots[index].list) }
            index = (index + 1) & slotMask
        }
    }

    @inline(__always)
    private func isText(_ range: TextRange, _ text: UnsafeBufferPointer<UInt8>) -> Bool {
        guard Int(range.count) == text.count else { return false }
        let stored = texts + Int(range.start)
        for index in 0..<text.count where stored[index] != text[index] { return false }
        return true
    }

    @inline(__always)
    private mutating func take(_ range: TextRange) {
        for place in Int(range.start)..<Int(range.start + range.count) {
            hits[hitCount] = lists[place]
            hitCount += 1
        }
    }

    @inline(__always)
    private mutating func takeOnce(_ node: Int32) {
        let list = nodeLists[Int(node)]
        guard list.count > 0, taken[Int(node)] != lookUp else { return }
        taken[Int(node)] = lookUp
        take(list)
    }

    /// The node that `byte` leads to from `node`, 0 for none.
    @inline(__always)
    private func child(of node: Int32, _ byte: UInt8) -> Int32 {
        let key = TextTable.edgeKey(node, byte)
        var index = TextTable.place(key) & edgeMask
        while edges[index].key != key {
            if edges[index].key == .max { return 0 }
            index = (index + 1) & edgeMask
        }
        return edges[index].node
    }

    private mutating func walk(_ text: UnsafeBufferPointer<UInt8>, from root: Int32, at start: Int, step: Int) {
        var node = root
        var position = start
        while position >= 0, position < text.count {
            node = child(of: node, text[position])
            if node == 0 { return }
            let list = nodeLists[Int(node)]
            if list.count > 0 { take(list) }
            position += step
        }
    }

    private mutating func walkInside(_ text: UnsafeBufferPointer<UInt8>, from first: Int32, at start: Int) {
        var node = first
        var position = start
        while position < text.count {
            node = child(of: node, text[position])
            if node == 0 { return }
            takeOnce(node)
            position += 1
        }
    }
}

/// A copy of `values` in memory of its own, which the caller frees.
func allocated<Value: BitwiseCopyable>(_ values: [Value]) -> UnsafeMutablePointer<Value> {
    let copy = UnsafeMutablePointer<Value>.allocate(capacity: max(values.count, 1))
    for (index, value) in values.enumerated() { (copy + index).initialize(to: value) }
    return copy
}
