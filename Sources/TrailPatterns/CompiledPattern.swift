package import TrailEvents

/// A pattern bound to the fields of a table.
///
/// Where many patterns are tried on each record, bring them together in a ``PatternSet``.
package struct CompiledPattern: Sendable {
    let code: PatternCode
    /// The first condition, or one of the verdicts.
    let entry: Int32
    /// What every record has that it holds for: one of each list.
    let needs: [[FilterNeed]]

    /// Whether the pattern holds for `record`, which must come from a scanner over the table it was compiled into.
    ///
    /// - Complexity: O(conditions), fewer when the first ones decide.
    package func matches(_ record: borrowing RecordView) -> Bool {
        code.withProgram { program in program.run(from: entry, record) }
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
