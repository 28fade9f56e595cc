/// The type of a JSON value.
package enum ValueKind: UInt8, Sendable {
    case string, number, `true`, `false`, null, object, array
}

extension ValueKind: CustomStringConvertible {
    package var description: String {
        switch self {
        case .string: "a string"
        case .number: "a number"
        case .true: "true"
        case .false: "false"
        case .null: "null"
        case .object: "an object"
        case .array: "an array"
        }
    }
}

/// Where in the text of a file one value stands.
package struct FieldValue: Equatable, Sendable {
    let startOffset: UInt32
    let endOffset: UInt32
    package let kind: ValueKind
    /// Whether a string has escapes, so that its raw bytes are not its text.
    package let hasEscapes: Bool

    init(kind: ValueKind, startOffset: UInt32, endOffset: UInt32, hasEscapes: Bool) {
        self.startOffset = startOffset
        self.endOffset = endOffset
        self.kind = kind
        self.hasEscapes = hasEscapes
    }

    /// Byte offset of the content in the file: of a string inside its quotes, of an object or array its bracket.
    package var start: Int { Int(startOffset) }
    /// Byte offset just after the content.
    package var end: Int { Int(endOffset) }
    /// Raw bytes of the content, escapes counted as they stand.
    package var rawCount: Int { Int(endOffset) - Int(startOffset) }
}
