import TrailEvents

/// Lays an expression out as conditions with two exits, last condition first, so that every exit is known.
struct PatternCompiler {
    private(set) var table: FieldTable
    private var conditions: [CompiledCondition] = []
    private var texts: [UInt8] = []
    private var choices: [TextRange] = []
    private var regexes: [PatternRegex] = []
    private var messages: [MessagePattern] = []

    init(_ table: FieldTable) {
        self.table = table
    }

    mutating func compile(_ expression: FilterExpression) -> CompiledPattern {
        let entry = add(expression, onTrue: PatternCode.matched, onFalse: PatternCode.unmatched)
        return CompiledPattern(
            code: PatternCode(
                conditions: conditions, texts: texts, choices: choices, regexes: regexes, messages: messages),
            entry: entry, needs: expression.needs { table.add($0) })
    }

    /// Adds `expression` and returns where it starts.
    private mutating func add(_ expression: FilterExpression, onTrue: Int32, onFalse: Int32) -> Int32 {
        switch expression {
        case .everything: return onTrue
        case .condition(let condition): return append(compiled(condition), onTrue: onTrue, onFalse: onFalse)
        case .message(let pattern):
            messages.append(pattern)
            // It reads the whole record, which is no field.
            var condition = CompiledCondition(kind: .message, field: FieldID(index: -1), isMulti: false)
            condition.operand.start = Int32(messages.count - 1)
            return append(condition, onTrue: onTrue, onFalse: onFalse)
        case .all(let parts):
            var next = onTrue
            for part in parts.reversed() { next = add(part, onTrue: next, onFalse: onFalse) }
            return next
        case .any(let parts):
            var next = onFalse
            for part in grouped(parts).reversed() {
                switch part {
                case .one(let expression): next = add(expression, onTrue: onTrue, onFalse: next)
                case .texts(let selector, let operands):
                    next = append(equalsAny(selector, operands), onTrue: onTrue, onFalse: next)
                }
            }
            return next
        }
    }

    private mutating func append(_ condition: CompiledCondition, onTrue: Int32, onFalse: Int32) -> Int32 {
        var condition = condition
        condition.onTrue = onTrue
        condition.onFalse = onFalse
        conditions.append(condition)
        return Int32(conditions.count - 1)
    }

    private enum Alternative {
        case one(FilterExpression)
        case texts([PathStep], [[UInt8]])
    }

    /// Alternatives with the plain equalities on each selector brought together at the place of the first.
    private func grouped(_ parts: [FilterExpression]) -> [Alternative] {
        var alternatives: [Alternative] = []
        var places: [[PathStep]: Int] = [:]
        for part in parts {
            guard case .condition(let condition) = part, case .equals(let operand) = condition.test,
                !operand.hasLeadingStar, !operand.hasTrailingStar, operand.number == nil
            else {
                alternatives.append(.one(part))
                continue
            }
            if let place = places[condition.selector], case .texts(let selector, let texts) = alternatives[place] {
                alternatives[place] = .texts(selector, texts + [operand.text])
            } else {
                places[condition.selector] = alternatives.count
                alternatives.append(.texts(condition.selector, [operand.text]))
            }
        }
        return alternatives
    }

    private mutating func compiled(_ condition: FilterCondition) -> CompiledCondition {
        switch condition.test {
        case .equals(let operand): return compared(.equals, condition.selector, operand)
        case .differs(let operand): return compared(.differs, condition.selector, operand)
        case .orders(let order, let number):
            var result = bare(.orders, condition.selector)
            result.order = order
            result.number = number
            return result
        case .matches(let regex): return searched(.matches, condition.selector, regex)
        case .matchesNot(let regex): return searched(.matchesNot, condition.selector, regex)
        case .isNull: return bare(.isNull, condition.selector)
        case .isTrue: return bare(.isTrue, condition.selector)
        case .isFalse: return bare(.isFalse, condition.selector)
        case .notExists: return bare(.notExists, condition.selector)
        }
    }

    private mutating func bare(_ kind: CompiledCondition.Kind, _ selector: [PathStep]) -> CompiledCondition {
        let isMulti = selector.contains { $0 == .anyMember || $0 == .anyElement }
        return CompiledCondition(kind: kind, field: table.add(selector), isMulti: isMulti)
    }

    private mutating func compared(
        _ kind: CompiledCondition.Kind, _ selector: [PathStep], _ operand: FilterOperand
    ) -> CompiledCondition {
        var result = bare(kind, selector)
        result.operand = keep(operand.text)
        result.hasLeadingStar = operand.hasLeadingStar
        result.hasTrailingStar = operand.hasTrailingStar
        result.hasNumber = operand.number != nil
        result.number = operand.number ?? 0
        return result
    }

    private mutating func searched(
        _ kind: CompiledCondition.Kind, _ selector: [PathStep], _ regex: PatternRegex
    ) -> CompiledCondition {
        var result = bare(kind, selector)
        result.operand.start = Int32(regexes.count)
        regexes.append(regex)
        return result
    }

    private mutating func equalsAny(_ selector: [PathStep], _ operands: [[UInt8]]) -> CompiledCondition {
        var result = bare(.equalsAny, selector)
        result.operand = TextRange(start: Int32(choices.count), count: Int32(operands.count))
        for operand in operands {
            choices.append(keep(operand))
            result.lengths |= lengthBit(operand.count)
        }
        return result
    }

    private mutating func keep(_ text: [UInt8]) -> TextRange {
        let range = TextRange(start: Int32(texts.count), count: Int32(text.count))
        texts += text
        return range
    }
}
