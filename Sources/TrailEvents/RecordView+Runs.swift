// Hot path: reads the scanner's table through a raw pointer, inside the count of its entries, and texts as words, which
// may reach into what follows them, at worst the padding of `LogText`; those bytes are masked.

/// What tells the calls of records apart without their texts; see ``RecordView/callNumbers``.
package struct CallNumbers: Equatable, Sendable {
    package let call: UInt64
    package let rest: UInt64
    /// The length and the text of the caller's type.
    let typeLength: Int
    let typeHead: UInt64
    let typeTail: UInt64

    package var hash: UInt64 {
        ((call &* 31 ^ rest) &* 0x9E37_79B9_7F4A_7C15) ^ UInt64(truncatingIfNeeded: typeLength)
    }
}

extension RecordView {
    /// A number that another record of the same scanner has only when its run of that kind is equal byte for byte, and
    /// every field of the run is read from it; 0 when there is none.
    package var callerNumber: UInt64 { runs[MemberRun.caller.rawValue].serial }

    /// Numbers that another record of the same scanner has only when source, name, region, receiving account and the
    /// caller's type are equal and both are without an error; `nil` when that is not known.
    package var callNumbers: CallNumbers? {
        let call = runs[MemberRun.call.rawValue]
        let rest = runs[MemberRun.rest.rawValue]
        guard call.serial != 0, rest.serial != 0, isAbsent(.errorCode), isAbsent(.errorMessage),
            isOnly(.eventSource, in: call), isOnly(.eventName, in: call), isOnly(.awsRegion, in: call),
            isOnly(.recipientAccountId, in: rest), !isAbsent(.userIdentityType)
        else { return nil }
        let type = values[FieldID.userIdentityType.index].value
        let length = type.rawCount
        guard type.kind == .string, !type.hasEscapes, (1...16).contains(length) else { return nil }
        let start = text + type.start
        let head = length >= 8 ? word(at: start) : word(at: start) & (1 << UInt64(length * 8) &- 1)
        return CallNumbers(
            call: call.serial, rest: rest.serial, typeLength: length, typeHead: head,
            typeTail: length > 8 ? word(at: start + (length - 8)) : 0)
    }

    @inline(__always)
    private func isAbsent(_ field: FieldID) -> Bool { values[field.index].stamp != stamp }

    /// Whether a field stands in a run or nowhere: a name that is repeated in the record may stand elsewhere.
    @inline(__always)
    private func isOnly(_ field: FieldID, in run: RecordRun) -> Bool {
        isAbsent(field) || run.range.contains(values[field.index].value.startOffset)
    }
}
