// Hot path: the trie of a `FieldTable` laid out in flat memory that is read through raw pointers, because arrays would
// be retained and released for every key of every record.

/// One node of the laid-out trie.
struct LayoutNode {
    /// First slot of the node's member table and its size less one; a size of 0 says it has no members.
    var slotBase: Int32 = 0
    var slotMask: Int32 = -1
    var anyMember: Int32 = -1
    var elementBase: Int32 = 0
    var elementCount: Int32 = 0
    var anyElement: Int32 = -1
    var field: Int32 = -1
    var isMulti = false
    /// Whether a repeated key must first clear what an earlier one left: it has children and no wildcard above.
    var mustClearWhenRepeated = false

    var hasMembers: Bool { slotMask >= 0 || anyMember >= 0 }
    var hasElements: Bool { elementCount > 0 || anyElement >= 0 }
    /// The field when the value needs nothing but to be stored, or -1.
    var plainField: Int32 { isMulti || hasMembers || hasElements ? -1 : field }
}

/// One slot of a member table: open addressing, at most half full, empty when `child` is negative.
struct LayoutSlot {
    var head: UInt64 = 0
    var nameLength: Int32 = 0
    var nameOffset: Int32 = 0
    var child: Int32 = -1
}

struct LayoutElement {
    var index: Int
    var child: Int32
}

/// A member's name as the table compares it: the first eight bytes (fewer in a short name) and a hash.
struct NameWords {
    let start: BytePointer
    let length: Int
    let head: UInt64
    let hash: UInt64

    /// Reads whole words, so that eight bytes must be readable from `start`.
    @inline(__always)
    init(_ start: BytePointer, _ length: Int) {
        self.start = start
        self.length = length
        let first = word(at: start)
        let tail: UInt64
        if length >= 8 {
            head = first
            tail = word(at: start + (length - 8))
        } else {
            head = first & (1 << UInt64(truncatingIfNeeded: length * 8) &- 1)
            tail = head
        }
        let mixed =
            (head ^ (tail &* 0x9E37_79B9_7F4A_7C15) ^ UInt64(truncatingIfNeeded: length)) &* 0xD6E8_FEB8_6659_FD93
        hash = mixed >> 32
    }
}

struct FieldLayout: ~Copyable {
    let nodes: UnsafeMutablePointer<LayoutNode>
    let nodeCount: Int
    private let slots: UnsafeMutablePointer<LayoutSlot>
    private let elements: UnsafeMutablePointer<LayoutElement>
    private let names: UnsafeMutablePointer<UInt8>

    init(_ table: FieldTable) {
        var flat: [LayoutNode] = []
        var slots: [LayoutSlot] = []
        var elements: [LayoutElement] = []
        var names: [UInt8] = []
        for node in table.nodes {
            var entry = LayoutNode(isMulti: node.isMulti)
            entry.anyMember = Int32(node.anyMember ?? -1)
            entry.anyElement = Int32(node.anyElement ?? -1)
            entry.field = Int32(node.field ?? -1)
            entry.elementBase = Int32(elements.count)
            entry.elementCount = Int32(node.elements.count)
            elements += node.elements.sorted { $0.key < $1.key }
                .map { LayoutElement(index: $0.key, child: Int32($0.value)) }
            if !node.members.isEmpty {
                entry.slotBase = Int32(slots.count)
                entry.slotMask = Int32(Self.append(node.members, to: &slots, names: &names))
            }
            entry.mustClearWhenRepeated = !node.isMulti && (entry.hasMembers || entry.hasElements)
            flat.append(entry)
        }
        nodeCount = flat.count
        nodes = allocated(flat)
        self.slots = allocated(slots)
        self.elements = allocated(elements)
        self.names = allocated(names + [UInt8](repeating: 0, count: 8))
    }

    deinit {
        nodes.deallocate()
        slots.deallocate()
        elements.deallocate()
        names.deallocate()
    }

    /// Appends a member table and returns its size less one.
    private static func append(
        _ members: [[UInt8]: Int], to slots: inout [LayoutSlot], names: inout [UInt8]
    ) -> Int {
        var size = 4
        while size < members.count * 2 { size *= 2 }
        var table = [LayoutSlot](repeating: LayoutSlot(), count: size)
        for (name, child) in members {
            let padded = name + [UInt8](repeating: 0, count: 8)
            padded.withUnsafeBufferPointer { buffer in
                guard let start = buffer.baseAddress else { return }
                let words = NameWords(start, name.count)
                var index = Int(truncatingIfNeeded: words.hash) & (size - 1)
                while table[index].child >= 0 { index = (index + 1) & (size - 1) }
                table[index] = LayoutSlot(
                    head: words.head, nameLength: Int32(name.count), nameOffset: Int32(names.count),
                    child: Int32(child))
            }
            names += name
        }
        slots += table
        return size - 1
    }

    /// The child of `node` for the member of that name, or -1.
    @inline(__always)
    func child(of node: LayoutNode, member name: NameWords) -> Int32 {
        guard node.slotMask >= 0 else { return -1 }
        let table = slots + Int(node.slotBase)
        let mask = Int(node.slotMask)
        var index = Int(truncatingIfNeeded: name.hash) & mask
        while true {
            let slot = table[index]
            if slot.child < 0 { return -1 }
            if slot.head == name.head, Int(slot.nameLength) == name.length, hasSameTail(slot, name) {
                return slot.child
            }
            index = (index + 1) & mask
        }
    }

    /// Compares the bytes after the eighth.
    @inline(__always)
    private func hasSameTail(_ slot: LayoutSlot, _ name: NameWords) -> Bool {
        if name.length <= 8 { return true }
        let stored = BytePointer(names) + Int(slot.nameOffset)
        var offset = 8
        while offset + 8 < name.length {
            if word(at: stored + offset) != word(at: name.start + offset) { return false }
            offset += 8
        }
        return word(at: stored + (name.length - 8)) == word(at: name.start + (name.length - 8))
    }

    /// The child of `node` for the element at `index` alone, or -1.
    @inline(__always)
    func child(of node: LayoutNode, element index: Int) -> Int32 {
        var position = Int(node.elementBase)
        let end = position + Int(node.elementCount)
        while position < end, elements[position].index <= index {
            if elements[position].index == index { return elements[position].child }
            position += 1
        }
        return -1
    }

    /// Calls `body` with every child of `node`.
    func forEachChild(of node: LayoutNode, _ body: (Int) -> Void) {
        if node.slotMask >= 0 {
            for index in 0...Int(node.slotMask) where slots[Int(node.slotBase) + index].child >= 0 {
                body(Int(slots[Int(node.slotBase) + index].child))
            }
        }
        for index in 0..<Int(node.elementCount) { body(Int(elements[Int(node.elementBase) + index].child)) }
        if node.anyMember >= 0 { body(Int(node.anyMember)) }
        if node.anyElement >= 0 { body(Int(node.anyElement)) }
    }
}

/// A copy of `values` in memory of its own, which the caller frees.
private func allocated<Value: BitwiseCopyable>(_ values: [Value]) -> UnsafeMutablePointer<Value> {
    let copy = UnsafeMutablePointer<Value>.allocate(capacity: max(values.count, 1))
    for (index, value) in values.enumerated() { (copy + index).initialize(to: value) }
    return copy
}
