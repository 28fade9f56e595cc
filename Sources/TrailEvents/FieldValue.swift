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
    /// The start in the lower half, the end in the upper one.
    private let offsets: UInt64
    package let kind: ValueKind
    /// Whether a string has escapes, so that its raw bytes are not its text.
    package let hasEscapes: Bool

    init(kind: ValueKind, startOffset: UInt32, endOffset: UInt32, hasEscapes: Bool) {
        offsets = UInt64(endOffset) << 32 | UInt64(startOffset)
        self.kind = kind
        self.hasEscapes = hasEscapes
    }

    private init(offsets: UInt64, kind: ValueKind, hasEscapes: Bool) {
        self.offsets = offsets
        self.kind = kind
        self.hasEscapes = hasEscapes
    }

    /// The same in a text where it stands `distance` bytes after its place here.
    @inline(__always)
    func moved(by distance: Int) -> FieldValue {
        // Neither half leaves 0 to 2^30, so that none reaches into the other.
        let step = UInt64(bitPattern: Int64(distance))
        return FieldValue(offsets: offsets &+ step << 32 &+ step, kind: kind, hasEscapes: hasEscapes)
    }

    var startOffset: UInt32 { UInt32(truncatingIfNeeded: offsets) }
    var endOffset: UInt32 { UInt32(truncatingIfNeeded: offsets >> 32) }
    /// Byte offset of the content in the file: of a string inside its quotes, of an object or array its bracket.
    package var start: Int { Int(startOffset) }
    /// Byte offset just after the content.
    package var end: Int { Int(endOffset) }
    /// Raw bytes of the content, escapes counted as they stand.
    package var rawCount: Int { Int(truncatingIfNeeded: endOffset &- startOffset) }
}
