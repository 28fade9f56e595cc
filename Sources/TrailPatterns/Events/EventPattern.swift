import TrailEvents

/// An event pattern of EventBridge, parsed but not yet bound to a field table.
///
/// It is what event-ruler makes of one: the combinations of its `$or`, each a set of fields that must all hold
/// (EventBridge user guide, "Creating event patterns"). Text after the pattern's closing brace is not looked at, as
/// there.
package struct EventPattern: Equatable, Sendable {
    /// Longest pattern (PutRule).
    package static let charactersMax = 4096
    /// Levels of objects and arrays; a limit of ours.
    package static let nestingMax = 100
    /// Combinations of the alternatives of `$or` (EventBridge user guide, "Or matching").
    package static let combinationsMax = 1000
    /// Fields over all combinations; a limit of ours.
    package static let fieldsMax = 20_000
    /// How often one character may follow a `*` in one wildcard; EventBridge refuses five.
    package static let wildcardRepeatsMax = 4

    /// What an object in the array of a field's values may hold.
    static let operators = [
        "prefix", "suffix", "equals-ignore-case", "wildcard", "anything-but", "numeric", "cidr", "exists", "exactly",
    ]

    /// The pattern as it was written.
    package let text: String
    /// What the pattern asks of fields; combinations share them.
    let fields: [EventField]
    /// For each combination its fields as indices.
    let combinations: [[Int]]

    package init(_ text: String) throws(EventPatternError) {
        let characters = text.unicodeScalars.count
        guard characters <= Self.charactersMax else {
            throw EventPatternError(.tooLong(characters: characters), at: 0, in: text.utf8)
        }
        var parser = try EventPatternParser(text)
        try parser.parse()
        fields = parser.fields
        combinations = parser.combinations
        self.text = text
    }

    /// Compares the texts.
    package static func == (left: EventPattern, right: EventPattern) -> Bool { left.text == right.text }
}

/// One field of a pattern and what it may be.
struct EventField: Sendable {
    /// The names on the way to the field, joined by dots: names with dots and nested objects are alike.
    let path: [UInt8]
    /// Any of them will do.
    let tests: [EventTest]
    /// Whether a missing field will do.
    let holdsWhenAbsent: Bool

    init(path: [UInt8], tests: [EventTest]) {
        self.path = path
        self.tests = tests
        holdsWhenAbsent = tests.contains(.absent)
    }

    func holds(_ kind: ValueKind, _ text: UnsafeBufferPointer<UInt8>) -> Bool {
        for test in tests where test.holds(kind, text) { return true }
        return false
    }
}
