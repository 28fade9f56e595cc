// Hot path: walks JSON through raw pointers; every read is bounded by the padding of `LogText`, whose quotation marks end
// each search, and each string's end is compared with the end of the text before anything after it is read.

/// The nodes of the trie that apply to the value at hand, as a range of `RecordScanner.active`, and its nesting level.
struct Level {
    let base: Int
    let count: Int
    let depth: Int

    @inline(__always)
    func below(_ childCount: Int) -> Level {
        Level(base: base + count, count: childCount, depth: depth + 1)
    }
}

/// A string's closing quote.
struct StringEnd {
    let close: BytePointer
    let hasEscapes: Bool
}

/// The quote that closes the string whose content starts at `start`.
@inline(__always)
func closingQuote(_ start: BytePointer, _ bounds: TextBounds) throws(LogFileError) -> StringEnd {
    let stop = quoteOrBackslash(from: start)
    if stop.pointee == Byte.quote {
        guard stop < bounds.end else { throw bounds.truncated(want: "the end of a string") }
        return StringEnd(close: stop, hasEscapes: false)
    }
    return StringEnd(close: try closingQuoteAfterEscapes(stop, bounds), hasEscapes: true)
}

/// Goes on from the first backslash and checks each escape (RFC 8259 section 7).
@inline(never)
private func closingQuoteAfterEscapes(
    _ start: BytePointer, _ bounds: TextBounds
) throws(LogFileError) -> BytePointer {
    var stop = start
    while stop < bounds.end {
        if stop.pointee == Byte.quote { return stop }
        switch stop[1] {
        case Byte.quote, Byte.backslash, UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
            UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
            stop = quoteOrBackslash(from: stop + 2)
        case UInt8(ascii: "u"):
            for index in 2..<6 where !isHexDigit(stop[index]) {
                throw bounds.unexpected(stop + index, want: "four hexadecimal digits after \\u")
            }
            stop = quoteOrBackslash(from: stop + 6)
        default: throw bounds.unexpected(stop + 1, want: "one of \" \\ / b f n r t u after a backslash")
        }
    }
    throw bounds.truncated(want: "the end of a string")
}

@inline(__always)
func afterColon(_ start: BytePointer, _ bounds: TextBounds) throws(LogFileError) -> BytePointer {
    var position = afterSpace(start)
    guard position.pointee == Byte.colon else { throw bounds.unexpected(position, want: "a colon") }
    position += 1
    return afterSpace(position)
}

/// A value that was passed over.
struct SkippedValue {
    let kind: ValueKind
    let end: BytePointer
}

/// Passes over any value that stands inside `depth` levels.
@inline(__always)
func skipValue(
    _ start: BytePointer, depth: Int, _ bounds: TextBounds
) throws(LogFileError) -> SkippedValue {
    switch start.pointee {
    case Byte.quote:
        guard start < bounds.end else { throw bounds.truncated(want: "a value") }
        return SkippedValue(kind: .string, end: try closingQuote(start + 1, bounds).close + 1)
    case Byte.openBrace:
        return SkippedValue(kind: .object, end: try afterContainer(start + 1, depth: depth, bounds))
    case Byte.openBracket:
        return SkippedValue(kind: .array, end: try afterContainer(start + 1, depth: depth, bounds))
    default: return try scalar(start, bounds)
    }
}

/// Reads a number, `true`, `false` or `null`.
@inline(__always)
func scalar(_ start: BytePointer, _ bounds: TextBounds) throws(LogFileError) -> SkippedValue {
    let letters = UInt32(truncatingIfNeeded: word(at: start))
    switch letters {
    case 0x6C6C_756E: return SkippedValue(kind: .null, end: start + 4)
    case 0x6575_7274: return SkippedValue(kind: .true, end: start + 4)
    case 0x736C_6166 where start[4] == UInt8(ascii: "e"): return SkippedValue(kind: .false, end: start + 5)
    default:
        guard let end = numberEnd(start) else { throw bounds.unexpected(start, want: "a value") }
        return SkippedValue(kind: .number, end: end)
    }
}

/// Passes over an object or array from after its bracket, inside `depth` levels: counts brackets outside strings.
@inline(never)
private func afterContainer(
    _ start: BytePointer, depth: Int, _ bounds: TextBounds
) throws(LogFileError) -> BytePointer {
    var position = start
    var level = 1
    guard depth + level <= RecordScanner.nestingMax else { throw .tooDeep(offset: bounds.offset(start) - 1) }
    while true {
        let byte = position.pointee
        if byte == Byte.quote {
            position = try closingQuote(position + 1, bounds).close + 1
            // Another string usually follows at once; in the padding neither comma nor colon stands.
            if position.pointee == Byte.colon || position.pointee == Byte.comma { position += 1 }
        } else if byte | 0x20 == Byte.closeBrace {
            level -= 1
            position += 1
            if level == 0 { return position }
        } else if byte | 0x20 == Byte.openBrace {
            level += 1
            guard depth + level <= RecordScanner.nestingMax else { throw .tooDeep(offset: bounds.offset(position)) }
            position += 1
        } else {
            position += 1
        }
    }
}

extension RecordScanner {
    /// Walks an object from after its brace to after its end.
    mutating func walkObject(
        _ start: BytePointer, _ level: Level, _ bounds: TextBounds
    ) throws(LogFileError) -> BytePointer {
        guard level.depth <= Self.nestingMax else { throw .tooDeep(offset: bounds.offset(start) - 1) }
        var position = afterSpace(start)
        if position.pointee == Byte.closeBrace { return position + 1 }
        // Guesses are for one node alone: with a wildcard a name can lead to several.
        let node = active[level.base]
        let isGuessing = level.count == 1 && layout.nodes[Int(node)].anyMember < 0
        var previous: Int32 = 0
        var run = OpenRun()
        while true {
            guard position.pointee == Byte.quote else {
                throw bounds.unexpected(position, want: "a member's name in quotes")
            }
            let guess = isGuessing ? guesses.match(position + 1, after: previous, in: node) : 0
            if guess != 0 {
                let known = guesses.guesses + Int(guess)
                if let kind = known.pointee.run {
                    if let end = replay(kind, position, level, bounds, &run, &previous) {
                        if end[-1] == Byte.closeBrace { return end }
                        position = afterSpace(end)
                        continue
                    }
                }
                previous = guess
                run.note(known.pointee.child, isNoted: known.pointee.mustClearWhenRepeated)
                run.isEnding = known.pointee.endsRun
                // A guess ends with a colon, which the padding has none of: all of it stands in the text.
                position = afterSpace(position + 1 + known.pointee.count)
                let field = known.pointee.plainField
                if field >= 0, position.pointee == Byte.quote, position < bounds.end {
                    position = try storeString(position + 1, Int(field), bounds)
                } else {
                    let childCount = enter(known.pointee.child, level)
                    position = try walkMember(position, childCount, level, bounds)
                }
            } else {
                run.kind = nil
                let name = try closingQuote(position + 1, bounds)
                let childCount: Int
                if name.hasEscapes {
                    childCount = enterEscaped(position + 1, name.close, level)
                } else {
                    let words = NameWords(position + 1, name.close - position - 1)
                    childCount = enter(words, level)
                    if isGuessing {
                        let child = childCount == 0 ? -1 : active[level.base + 1]
                        previous = guesses.learn(
                            position + 1, length: words.length, hash: words.hash, after: previous, in: node,
                            child: child, of: layout)
                    }
                }
                position = try walkMember(try afterColon(name.close + 1, bounds), childCount, level, bounds)
            }
            position = afterSpace(position)
            if position.pointee == Byte.comma {
                if run.kind != nil, run.isEnding { keep(&run, position + 1, previous, bounds) }
                position = afterSpace(position + 1)
            } else if position.pointee == Byte.closeBrace {
                if run.kind != nil { keep(&run, position + 1, previous, bounds) }
                return position + 1
            } else {
                throw bounds.unexpected(position, want: "a comma or the end of the object")
            }
        }
    }

    @inline(__always)
    private mutating func walkMember(
        _ start: BytePointer, _ childCount: Int, _ level: Level, _ bounds: TextBounds
    ) throws(LogFileError) -> BytePointer {
        childCount == 0
            ? try skipValue(start, depth: level.depth, bounds).end
            : try walkValue(start, level.below(childCount), bounds)
    }

    /// Stores the string whose content starts at `start` and returns its end, after the quotation mark.
    @inline(__always)
    private mutating func storeString(
        _ start: BytePointer, _ field: Int, _ bounds: TextBounds
    ) throws(LogFileError) -> BytePointer {
        let string = try closingQuote(start, bounds)
        let value = FieldValue(
            kind: .string, startOffset: UInt32(truncatingIfNeeded: bounds.offset(start)),
            endOffset: UInt32(truncatingIfNeeded: bounds.offset(string.close)), hasEscapes: string.hasEscapes)
        record.set(field, value, isMulti: false)
        return string.close + 1
    }

    /// Walks an array from after its bracket to after its end.
    private mutating func walkArray(
        _ start: BytePointer, _ level: Level, _ bounds: TextBounds
    ) throws(LogFileError) -> BytePointer {
        guard level.depth <= Self.nestingMax else { throw .tooDeep(offset: bounds.offset(start) - 1) }
        var position = afterSpace(start)
        if position.pointee == Byte.closeBracket { return position + 1 }
        var index = 0
        while true {
            let childCount = enter(element: index, level)
            if childCount == 0 {
                position = try skipValue(position, depth: level.depth, bounds).end
            } else {
                position = try walkValue(position, level.below(childCount), bounds)
            }
            index += 1
            position = afterSpace(position)
            if position.pointee == Byte.comma {
                position = afterSpace(position + 1)
            } else if position.pointee == Byte.closeBracket {
                return position + 1
            } else {
                throw bounds.unexpected(position, want: "a comma or the end of the array")
            }
        }
    }

    /// Reads a value that at least one node of the trie wants; `level.depth` counts the value itself as a container.
    private mutating func walkValue(
        _ start: BytePointer, _ level: Level, _ bounds: TextBounds
    ) throws(LogFileError) -> BytePointer {
        let depthAround = level.depth - 1
        switch start.pointee {
        case Byte.quote:
            guard start < bounds.end else { throw bounds.truncated(want: "a value") }
            let string = try closingQuote(start + 1, bounds)
            store(.string, start + 1, string.close, string.hasEscapes, level, bounds)
            return string.close + 1
        case Byte.openBrace:
            let end =
                wants(level, \.hasMembers)
                ? try walkObject(start + 1, level, bounds)
                : try skipValue(start, depth: depthAround, bounds).end
            store(.object, start, end, false, level, bounds)
            return end
        case Byte.openBracket:
            let end =
                wants(level, \.hasElements)
                ? try walkArray(start + 1, level, bounds)
                : try skipValue(start, depth: depthAround, bounds).end
            store(.array, start, end, false, level, bounds)
            return end
        default:
            let value = try scalar(start, bounds)
            store(value.kind, start, value.end, false, level, bounds)
            return value.end
        }
    }

    private func wants(_ level: Level, _ test: (LayoutNode) -> Bool) -> Bool {
        for index in level.base..<(level.base + level.count) where test(layout.nodes[Int(active[index])]) {
            return true
        }
        return false
    }

    @inline(__always)
    private mutating func store(
        _ kind: ValueKind, _ start: BytePointer, _ end: BytePointer, _ hasEscapes: Bool, _ level: Level,
        _ bounds: TextBounds
    ) {
        let value = FieldValue(
            kind: kind, startOffset: UInt32(truncatingIfNeeded: bounds.offset(start)),
            endOffset: UInt32(truncatingIfNeeded: bounds.offset(end)), hasEscapes: hasEscapes)
        var index = level.base
        repeat {
            let node = layout.nodes[Int(active[index])]
            if node.field >= 0 { record.set(Int(node.field), value, isMulti: node.isMulti) }
            index += 1
        } while index < level.base + level.count
    }

    /// Puts the nodes for a member after those of `level` and returns their number.
    @inline(__always)
    private mutating func enter(_ name: NameWords, _ level: Level) -> Int {
        var top = level.base + level.count
        var index = level.base
        repeat {
            let node = layout.nodes[Int(active[index])]
            let child = layout.child(of: node, member: name)
            if child >= 0 { push(child, &top) }
            if node.anyMember >= 0 { push(node.anyMember, &top) }
            index += 1
        } while index < level.base + level.count
        return top - level.base - level.count
    }

    /// The same for the one child of the one node of `level`, or none.
    @inline(__always)
    mutating func enter(_ child: Int32, _ level: Level) -> Int {
        if child < 0 { return 0 }
        var top = level.base + 1
        push(child, &top)
        return 1
    }

    @inline(never)
    private mutating func enterEscaped(_ start: BytePointer, _ end: BytePointer, _ level: Level) -> Int {
        let name = unescaped(UnsafeBufferPointer(start: start, count: end - start))
        return (name + [UInt8](repeating: 0, count: 8)).withUnsafeBufferPointer { buffer in
            guard let decoded = buffer.baseAddress else { return 0 }
            return enter(NameWords(decoded, name.count), level)
        }
    }

    private mutating func enter(element number: Int, _ level: Level) -> Int {
        var top = level.base + level.count
        for index in level.base..<(level.base + level.count) {
            let node = layout.nodes[Int(active[index])]
            let child = layout.child(of: node, element: number)
            if child >= 0 { push(child, &top) }
            if node.anyElement >= 0 { push(node.anyElement, &top) }
        }
        return top - level.base - level.count
    }

    @inline(__always)
    private mutating func push(_ child: Int32, _ top: inout Int) {
        active[top] = child
        top += 1
        if layout.nodes[Int(child)].mustClearWhenRepeated {
            if entered[Int(child)] == record.stamp { clear(below: Int(child)) }
            entered[Int(child)] = record.stamp
        }
    }

    /// Forgets all values below a node, because its key stands in the object a second time.
    @inline(never)
    private func clear(below node: Int) {
        record.runs[MemberRun.caller.rawValue].serial = 0
        layout.forEachChild(of: layout.nodes[node]) { child in
            let field = layout.nodes[child].field
            if field >= 0 { record.clear(Int(field)) }
            clear(below: child)
        }
    }
}
