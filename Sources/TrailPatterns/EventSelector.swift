import TrailEvents

/// What a metric transformation takes from a matching event: `$.field` of its JSON, `$name` or `$1` of a space-delimited
/// pattern, or the system fields `@aws.account` and `@aws.region`.
package struct EventSelector: Hashable, Sendable {
    enum Place: Hashable, Sendable {
        case path([PathStep])
        /// A field of a space-delimited pattern, with its dollar sign.
        case named(String)
        case account, region
    }

    /// As it was written.
    package let text: String
    let place: Place

    package static let systemFields = ["@aws.account", "@aws.region"]

    package init(_ text: String) throws(PatternError) {
        self.text = text
        switch text {
        case "@aws.account": place = .account
        case "@aws.region": place = .region
        default: place = try Self.place(of: text)
        }
    }

    private static func place(of text: String) throws(PatternError) -> Place {
        var parser = FilterPatternParser(text)
        guard parser.bytes.count > 1, parser.bytes[1] != UInt8(ascii: "."), parser.bytes[1] != UInt8(ascii: "[") else {
            let steps = try parser.selector()
            guard parser.current == nil else { throw parser.unexpected("the end of the selector") }
            guard !steps.contains(where: \.isAnything) else {
                throw .unexpected(offset: 0, got: "a selector of several values", want: "one without *")
            }
            return .path(steps)
        }
        guard parser.take("$") else { throw parser.unexpected("a selector such as $.bytes or $bytes") }
        while let byte = parser.current, isNameByte(byte), byte != UInt8(ascii: "-") { parser.position += 1 }
        guard parser.current == nil else { throw parser.unexpected("a field name of letters, digits and _") }
        return .named(text)
    }

    /// Whether `pattern` has what it names: `$.field` goes with patterns over JSON, `$name` with its own fields.
    package func fits(_ pattern: FilterPattern) -> Bool {
        switch (place, pattern.expression) {
        case (.account, _), (.region, _): true
        case (.path, .message): false
        case (.path, _): pattern.expression != .everything
        case (.named(let name), .message(.fields(let spaced))): spaced.hasField(name)
        case (.named, _): false
        }
    }
}

extension EventSelector: Codable {
    package init(from decoder: any Decoder) throws {
        try self.init(decoder.singleValueContainer().decode(String.self))
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(text)
    }
}

extension PathStep {
    fileprivate var isAnything: Bool { self == .anyMember || self == .anyElement }
}

extension SpacedPattern {
    /// Whether a matching message has the field: one by its position may be past those that the pattern names.
    fileprivate func hasField(_ name: String) -> Bool {
        let rest = name.dropFirst()
        if let number = Int(rest) { return number > 0 && rest.first != "0" }
        return entries.contains { $0.name.map { $0 == rest } ?? false }
    }
}

/// A selector bound to a field table.
struct CompiledSelector: Sendable {
    private enum Source: Sendable {
        case field(FieldID)
        case spaced(SpacedPattern, name: String)
        case nothing
    }

    private let source: Source

    init(_ selector: EventSelector, of pattern: FilterPattern, into table: inout FieldTable) {
        switch (selector.place, pattern.expression) {
        case (.account, _): source = .field(.recipientAccountId)
        case (.region, _): source = .field(.awsRegion)
        case (.path(let steps), _): source = .field(table.add(steps))
        case (.named(let name), .message(.fields(let spaced))): source = .spaced(spaced, name: name)
        case (.named, _): source = .nothing
        }
    }

    /// Calls `body` with the text of a scalar: a number as it is written; not at all where there is none.
    func withText<Result>(_ record: borrowing RecordView, _ body: (UnsafeBufferPointer<UInt8>) -> Result?) -> Result? {
        switch source {
        case .field(let field):
            guard let value = record.value(field) else { return nil }
            switch value.kind {
            case .string, .number, .true, .false: return record.withText(of: value, body)
            case .null, .object, .array: return nil
            }
        case .spaced(let pattern, let name):
            let message = record.recordBytes
            guard let range = pattern.text(of: name, in: message) else { return nil }
            return body(UnsafeBufferPointer(rebasing: message[range]))
        case .nothing: return nil
        }
    }
}
