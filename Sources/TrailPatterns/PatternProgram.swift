import TrailEvents

/// The conditions of patterns with two exits each, so that evaluation is a walk that stops as soon as the answer is
/// known; alternatives of equality on one field are one condition.
///
/// It is an object, so that copying a pattern counts one reference.
final class PatternCode: Sendable {
    let conditions: [CompiledCondition]
    /// The texts of all operands.
    let texts: [UInt8]
    /// Operands of the conditions that compare with several texts.
    let choices: [TextRange]
    let regexes: [PatternRegex]
    let messages: [MessagePattern]

    static let matched: Int32 = -1
    static let unmatched: Int32 = -2

    init(
        conditions: [CompiledCondition], texts: [UInt8], choices: [TextRange], regexes: [PatternRegex],
        messages: [MessagePattern]
    ) {
        self.conditions = conditions
        self.texts = texts
        self.choices = choices
        self.regexes = regexes
        self.messages = messages
    }

    @inline(__always)
    func withProgram<Result>(_ body: (PatternProgram) -> Result) -> Result {
        conditions.withUnsafeBufferPointer { conditions in
            texts.withUnsafeBufferPointer { texts in
                choices.withUnsafeBufferPointer { choices in
                    regexes.withUnsafeBufferPointer { regexes in
                        messages.withUnsafeBufferPointer { messages in
                            body(
                                PatternProgram(
                                    conditions: conditions, texts: texts, choices: choices, regexes: regexes,
                                    messages: messages))
                        }
                    }
                }
            }
        }
    }
}

/// The parts of a ``PatternCode`` while it runs.
///
/// Hot path: pointers into its arrays, taken once per run, so that no reference is counted per condition.
struct PatternProgram {
    let conditions: UnsafeBufferPointer<CompiledCondition>
    let texts: UnsafeBufferPointer<UInt8>
    let choices: UnsafeBufferPointer<TextRange>
    let regexes: UnsafeBufferPointer<PatternRegex>
    let messages: UnsafeBufferPointer<MessagePattern>

    init(
        conditions: UnsafeBufferPointer<CompiledCondition>, texts: UnsafeBufferPointer<UInt8>,
        choices: UnsafeBufferPointer<TextRange>, regexes: UnsafeBufferPointer<PatternRegex>,
        messages: UnsafeBufferPointer<MessagePattern>
    ) {
        self.conditions = conditions
        self.texts = texts
        self.choices = choices
        self.regexes = regexes
        self.messages = messages
    }

    /// The parts in memory of their own, until ``deallocate()``.
    init(copying code: PatternCode) {
        conditions = Self.copy(code.conditions)
        texts = Self.copy(code.texts)
        choices = Self.copy(code.choices)
        regexes = Self.copy(code.regexes)
        messages = Self.copy(code.messages)
    }

    func deallocate() {
        Self.free(conditions)
        Self.free(texts)
        Self.free(choices)
        Self.free(regexes)
        Self.free(messages)
    }

    private static func copy<Part>(_ parts: [Part]) -> UnsafeBufferPointer<Part> {
        let memory = UnsafeMutableBufferPointer<Part>.allocate(capacity: parts.count)
        _ = memory.initialize(from: parts)
        return UnsafeBufferPointer(memory)
    }

    private static func free<Part>(_ parts: UnsafeBufferPointer<Part>) {
        let memory = UnsafeMutableBufferPointer(mutating: parts)
        memory.deinitialize()
        memory.deallocate()
    }

    func run(from entry: Int32, _ record: borrowing RecordView) -> Bool {
        var position = entry
        while position >= 0 {
            let condition = conditions[Int(position)]
            position = holds(condition, record) ? condition.onTrue : condition.onFalse
        }
        return position == PatternCode.matched
    }

    /// For each condition whether a match can be reached from it when only the fields `decided` are known.
    ///
    /// Of these a text and an absence are known; a value of another type may differ in its text.
    func canMatch(_ record: borrowing RecordView, decided: [FieldID]) -> [Bool] {
        var canMatch = [Bool](repeating: false, count: conditions.count)
        func isOpen(_ exit: Int32) -> Bool { exit < 0 ? exit == PatternCode.matched : canMatch[Int(exit)] }
        // The exits of a condition were laid out before it.
        for (index, condition) in conditions.enumerated() {
            let kind = record.value(condition.field)?.kind
            if condition.kind != .message, decided.contains(condition.field), kind == nil || kind == .string {
                canMatch[index] = isOpen(holds(condition, record) ? condition.onTrue : condition.onFalse)
            } else {
                canMatch[index] = isOpen(condition.onTrue) || isOpen(condition.onFalse)
            }
        }
        return canMatch
    }

    private func holds(_ condition: CompiledCondition, _ record: borrowing RecordView) -> Bool {
        if condition.kind == .notExists { return record.value(condition.field) == nil }
        if condition.kind == .message { return messages[Int(condition.operand.start)].matches(record.recordBytes) }
        if !condition.isMulti {
            guard let value = record.value(condition.field) else { return false }
            return holds(condition, value, record)
        }
        for value in record.values(condition.field) where holds(condition, value, record) { return true }
        return false
    }

    private func holds(
        _ condition: CompiledCondition, _ value: FieldValue, _ record: borrowing RecordView
    ) -> Bool {
        switch condition.kind {
        case .notExists, .message: return false
        case .isNull: return value.kind == .null
        case .isTrue: return value.kind == .true
        case .isFalse: return value.kind == .false
        case .equals, .differs, .equalsAny, .orders, .matches, .matchesNot:
            guard value.kind == .string || value.kind == .number else { return false }
            if !value.hasEscapes { return holds(condition, record.bytes(of: value)) }
            return record.text(of: value).withUnsafeBufferPointer { holds(condition, $0) }
        }
    }

    private func holds(_ condition: CompiledCondition, _ text: UnsafeBufferPointer<UInt8>) -> Bool {
        switch condition.kind {
        case .equals: return equals(condition, text)
        case .differs: return !equals(condition, text)
        case .equalsAny:
            guard condition.lengths & lengthBit(text.count) != 0 else { return false }
            for index in Int(condition.operand.start)..<Int(condition.operand.start + condition.operand.count)
            where choices[index].count == text.count && hasText(choices[index], text, at: 0) {
                return true
            }
            return false
        case .orders:
            guard let number = decimalNumber(text) else { return false }
            return condition.order.holds(number, condition.number)
        case .matches: return regexes[Int(condition.operand.start)].matches(text)
        case .matchesNot: return !regexes[Int(condition.operand.start)].matches(text)
        case .isNull, .isTrue, .isFalse, .notExists, .message: return false
        }
    }

    /// A number on both sides compares by value, everything else as text.
    private func equals(_ condition: CompiledCondition, _ text: UnsafeBufferPointer<UInt8>) -> Bool {
        let operand = condition.operand
        let length = Int(operand.count)
        if condition.hasNumber, let number = decimalNumber(text) { return number == condition.number }
        switch (condition.hasLeadingStar, condition.hasTrailingStar) {
        case (false, false): return text.count == length && hasText(operand, text, at: 0)
        case (false, true): return text.count >= length && hasText(operand, text, at: 0)
        case (true, false): return text.count >= length && hasText(operand, text, at: text.count - length)
        case (true, true):
            guard text.count >= length else { return false }
            for offset in 0...(text.count - length) where hasText(operand, text, at: offset) { return true }
            return false
        }
    }

    /// Whether the operand's text stands in `text` at `offset`; there must be room for it.
    private func hasText(_ operand: TextRange, _ text: UnsafeBufferPointer<UInt8>, at offset: Int) -> Bool {
        let start = Int(operand.start)
        for index in 0..<Int(operand.count) where texts[start + index] != text[offset + index] { return false }
        return true
    }
}
