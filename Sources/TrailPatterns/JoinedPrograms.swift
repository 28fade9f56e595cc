import TrailEvents

/// The programs of several patterns in one code.
struct JoinedPrograms {
    let code: PatternCode
    /// Where each pattern starts, or one of the verdicts.
    let entries: [Int32]

    init(_ patterns: [CompiledPattern]) {
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
