package import TrailEvents

/// A pattern bound to the fields of a table.
///
/// Where many patterns are tried on each record, bring them together in a ``PatternSet``.
package struct CompiledPattern: Sendable {
    let code: PatternCode
    /// The first condition, or one of the verdicts.
    let entry: Int32

    /// Whether the pattern holds for `record`, which must come from a scanner over the table it was compiled into.
    ///
    /// - Complexity: O(conditions), fewer when the first ones decide.
    package func matches(_ record: borrowing RecordView) -> Bool {
        code.withProgram { program in program.run(from: entry, record) }
    }
}

/// Patterns bound to one table, tried together on each record.
package struct PatternSet: Sendable {
    /// Number of patterns.
    package var count: Int { entries.count }
    private let code: PatternCode
    private let entries: [Int32]

    /// A set in the order given; all patterns must be compiled into the same table.
    package init(_ patterns: [CompiledPattern]) {
        var conditions: [CompiledCondition] = []
        var texts: [UInt8] = []
        var choices: [TextRange] = []
        var regexes: [PatternRegex] = []
        var messages: [MessagePattern] = []
        var entries: [Int32] = []
        for pattern in patterns {
            let shift = Shift(
                conditions: Int32(conditions.count), texts: Int32(texts.count), choices: Int32(choices.count),
                regexes: Int32(regexes.count), messages: Int32(messages.count))
            entries.append(shift.exit(pattern.entry))
            conditions += pattern.code.conditions.map(shift.condition)
            choices += pattern.code.choices.map(shift.text)
            texts += pattern.code.texts
            regexes += pattern.code.regexes
            messages += pattern.code.messages
        }
        code = PatternCode(
            conditions: conditions, texts: texts, choices: choices, regexes: regexes, messages: messages)
        self.entries = entries
    }

    /// Calls `body` with the index of each pattern that holds for `record`, in order.
    package func forEachMatch(_ record: borrowing RecordView, _ body: (Int) -> Void) {
        code.withProgram { program in
            for index in entries.indices where program.run(from: entries[index], record) { body(index) }
        }
    }

    /// The same for those of ``candidates(for:decided:)`` alone.
    package func forEachMatch(
        _ record: borrowing RecordView, among candidates: ArraySlice<Int32>, _ body: (Int) -> Void
    ) {
        code.withProgram { program in
            for index in candidates where program.run(from: entries[Int(index)], record) { body(Int(index)) }
        }
    }

    /// The patterns that `record` does not rule out by the fields `decided` alone: no other pattern holds for a record
    /// with the same texts there, or with none.
    package func candidates(for record: borrowing RecordView, decided: [FieldID]) -> [Int] {
        code.withProgram { program in
            let canMatch = program.canMatch(record, decided: decided)
            return entries.indices.filter { index in
                entries[index] < 0 ? entries[index] == PatternCode.matched : canMatch[Int(entries[index])]
            }
        }
    }
}

/// Moves the positions of one pattern to its place in a set.
private struct Shift {
    let conditions: Int32
    let texts: Int32
    let choices: Int32
    let regexes: Int32
    let messages: Int32

    func exit(_ position: Int32) -> Int32 { position < 0 ? position : position + conditions }

    func text(_ range: TextRange) -> TextRange { TextRange(start: range.start + texts, count: range.count) }

    func condition(_ condition: CompiledCondition) -> CompiledCondition {
        var moved = condition
        moved.onTrue = exit(condition.onTrue)
        moved.onFalse = exit(condition.onFalse)
        switch condition.kind {
        case .equalsAny: moved.operand.start += choices
        case .matches, .matchesNot: moved.operand.start += regexes
        case .message: moved.operand.start += messages
        default: moved.operand.start += texts
        }
        return moved
    }
}

/// A range of ``PatternCode/texts``.
struct TextRange: Sendable {
    var start: Int32
    var count: Int32
}

/// One comparison; plain values only, so that no reference is counted while matching.
struct CompiledCondition: Sendable {
    enum Kind: UInt8, Sendable {
        case equals, differs, equalsAny, matches, matchesNot, orders, isNull, isTrue, isFalse, notExists
        /// Of the whole record.
        case message
    }

    let kind: Kind
    let field: FieldID
    /// The path has a wildcard: any of its nodes may hold.
    let isMulti: Bool
    /// Where its text, its texts, its regular expression or its message pattern stands in the code.
    var operand = TextRange(start: 0, count: 0)
    var hasLeadingStar = false
    var hasTrailingStar = false
    var hasNumber = false
    var number = 0.0
    var order = FilterOrder.less
    /// For `equalsAny`: a bit for each length of its texts.
    var lengths: UInt64 = 0
    /// The next condition, or a verdict.
    var onTrue = PatternCode.matched
    var onFalse = PatternCode.unmatched
}

/// A text of up to 62 bytes has a bit of its own; longer ones share the last.
func lengthBit(_ count: Int) -> UInt64 {
    1 << UInt64(min(count, 63))
}
