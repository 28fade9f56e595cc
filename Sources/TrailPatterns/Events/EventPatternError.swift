/// Why an event pattern is refused, and where.
package struct EventPatternError: Error, Equatable, Sendable {
    package enum Fault: Equatable, Sendable {
        /// The text is no JSON: `got` stands where `want` should.
        case malformed(got: String, want: String)
        /// The pattern is something else than an object.
        case notAnObject(got: String)
        /// A field's value is neither an object of fields nor an array of what it may be.
        case notAField(name: String, got: String)
        /// An object of fields without one.
        case emptyObject
        /// An array of what a field may be without anything in it.
        case emptyArray
        /// An array inside the array of what a field may be.
        case nestedArray
        /// Another key than an operator's.
        case unknownOperator(String)
        /// An object in the array of what a field may be holds more or fewer than one operator.
        case operatorCount(Int)
        /// `got` after an operator, or after `$or`, which takes `want`.
        case operand(of: String, got: String, want: String)
        /// A field inside `$or` has the name of an operator.
        case reservedName(String)
        /// A wildcard that would be too costly, as EventBridge refuses it.
        case wildcardTooComplex(repeats: Int)
        /// More characters than ``EventPattern/charactersMax``.
        case tooLong(characters: Int)
        /// More levels than ``EventPattern/nestingMax``.
        case tooDeep
        /// The alternatives of several `$or` multiply to more than ``EventPattern/combinationsMax``.
        case tooManyCombinations(Int)
        /// More than ``EventPattern/fieldsMax`` fields over all combinations.
        case tooManyFields(Int)
    }

    package let fault: Fault
    /// 0-based byte of the pattern's UTF-8 text.
    package let offset: Int
    /// 1-based.
    package let line: Int

    init(_ fault: Fault, at offset: Int, in text: some Collection<UInt8>) {
        self.fault = fault
        self.offset = offset
        line = 1 + text.prefix(offset).count { $0 == UInt8(ascii: "\n") }
    }

    /// What is wrong and what is wanted, without the place.
    package var message: String {
        switch fault {
        case .malformed(let got, let want): "got \(got); want \(want)"
        case .notAnObject(let got): "got \(got); want an object such as {\"source\": [\"aws.iam\"]}"
        case .notAField(let name, let got):
            "got \(got) for \"\(name)\"; want an array of what it may be, such as [\"a\"], or an object of fields"
        case .emptyObject: "got an empty object; want at least one field"
        case .emptyArray: "got an empty array; want at least one value or operator"
        case .nestedArray: "got an array in an array; want a string, number, true, false, null or {operator: operand}"
        case .unknownOperator(let name):
            "got the operator \"\(name)\"; want one of \(EventPattern.operators.joined(separator: ", "))"
        case .operatorCount(let count): "got \(count) operators in one object; want one in each object of the array"
        case .operand(let name, let got, let want): "got \(got) for \(name); want \(want)"
        case .reservedName(let name): "got the field \"\(name)\" inside $or; want no operator's name there"
        case .wildcardTooComplex(let repeats):
            """
            got \(repeats) times the same character after a * in one wildcard; want at most \
            \(EventPattern.wildcardRepeatsMax): use fewer *
            """
        case .tooLong(let characters): "got \(characters) characters; want at most \(EventPattern.charactersMax)"
        case .tooDeep: "got another level of nesting; want at most \(EventPattern.nestingMax)"
        case .tooManyCombinations(let count):
            """
            got \(count) combinations of $or; want at most \(EventPattern.combinationsMax): write alternatives of one \
            field as one array, or make several rules
            """
        case .tooManyFields(let count):
            """
            got \(count) fields over all combinations of $or; want at most \(EventPattern.fieldsMax): make several rules
            """
        }
    }
}

extension EventPatternError: CustomStringConvertible {
    package var description: String { "cannot read the event pattern: \(message), at line \(line), byte \(offset)" }
}
