import TrailEvents

/// Event patterns bound to one table, tried together on each record.
///
/// Each combination of each pattern stands under one of its fields, the one that is expected to rule out most: under the
/// texts that this field may be, start or end with, else under the field's being there. A record's fields are looked up
/// once, and only the combinations found so are tried. What combinations ask of a field is a question, which is answered
/// once per record: where only texts are asked for, by the same look-up.
package struct EventPatternSet: Sendable {
    /// Number of patterns.
    package var count: Int { patterns.count }
    let patterns: [CompiledEventPattern]
    /// What is asked of fields, each once.
    let tested: [TestedField]
    let facts: [Question]
    let combinations: [Combination]
    let columns: [Column]
    /// Combinations, and the questions that combinations ask, in the ranges of those.
    let numbers: [Int32]
    /// What is found by the text of a column: a combination, or the complement of a question that it answers.
    let texts: TextTable
    /// The same under texts whose case is folded.
    let foldedTexts: TextTable
    /// Combinations that a record without any field may match.
    let always: [Int32]
    /// Names with dots that lead to fields.
    let dotted: [FieldID]

    /// A field in an object of its own, so that using it counts one reference.
    final class TestedField: Sendable {
        let field: EventField

        init(_ field: EventField) {
            self.field = field
        }

        func holds(_ kind: ValueKind, _ text: UnsafeBufferPointer<UInt8>) -> Bool { field.holds(kind, text) }
    }

    struct Question: Sendable {
        /// What is known of a column's value after its text was looked up.
        enum Finding: UInt8, Sendable {
            /// Nothing: the value must be tested.
            case nothing
            /// Found or not by its text; where found, the value must be tested.
            case necessary
            /// Found or not by its text, which is the answer.
            case sufficient
            /// That it is there, which is the answer.
            case presence
        }

        let column: Int32
        let finding: Finding
        let holdsWhenAbsent: Bool
    }

    struct Combination: Sendable {
        let pattern: Int32
        /// Its questions, those soon answered first.
        let questions: TextRange
    }

    /// A place where values are found; plain values only, so that no reference is counted while matching.
    struct Column: Sendable {
        enum Place: Sendable {
            case field(Int32, around: TextRange)
            case envelope(EnvelopeField)
            case tree
            case nowhere
        }

        let place: Place
        /// All combinations that stand under it, and those under its being there.
        let all: TextRange
        let present: TextRange
        let hasTexts: Bool
        let hasFoldedTexts: Bool
    }

    /// A set in the order given; all patterns must be compiled into the same table, for the same form.
    package init(_ patterns: [CompiledEventPattern]) {
        self.patterns = patterns
        var builder = EventPatternSetBuilder()
        for (index, pattern) in patterns.enumerated() { builder.add(pattern, index) }
        builder.finish()
        tested = builder.questions.map { TestedField($0.field) }
        facts = builder.facts
        always = builder.always
        var numbers: [Int32] = []
        func keep(_ list: [Int32]) -> TextRange {
            numbers += list
            return TextRange(start: Int32(numbers.count - list.count), count: Int32(list.count))
        }
        combinations = builder.combinations.map { combination in
            Combination(pattern: Int32(combination.pattern), questions: keep(combination.questions.map(Int32.init)))
        }
        columns = builder.columns.map { column in
            let place: Column.Place =
                switch column.place {
                case .field(let place):
                    .field(Int32(place.field.index), around: keep(place.around.map { Int32($0.index) }))
                case .envelope(let member): .envelope(member)
                case .tree: .tree
                case .nowhere: .nowhere
                }
            return Column(
                place: place, all: keep(column.all), present: keep(column.present), hasTexts: column.hasTexts,
                hasFoldedTexts: column.hasFoldedTexts)
        }
        self.numbers = numbers
        var seen: Set<FieldID> = []
        dotted = builder.columns.flatMap { column in
            guard case .field(let place) = column.place else { return [FieldID]() }
            return place.dotted.filter { seen.insert($0).inserted }
        }
        texts = TextTable(builder.texts, columnCount: columns.count)
        foldedTexts = TextTable(builder.foldedTexts, columnCount: columns.count)
    }
}

/// Chooses for each combination the field that it stands under.
struct EventPatternSetBuilder {
    private(set) var questions: [CompiledEventField] = []
    private(set) var facts: [EventPatternSet.Question] = []
    private(set) var combinations: [(pattern: Int, questions: [Int])] = []
    private(set) var columns: [Column] = []
    private(set) var texts: [TextTable.Key: [Int32]] = [:]
    private(set) var foldedTexts: [TextTable.Key: [Int32]] = [:]
    private(set) var always: [Int32] = []

    private var questionPlaces: [Question: Int] = [:]
    private var columnPlaces: [CompiledEventField.Place: Int] = [:]
    private var keys: [Int: [Key]] = [:]
    /// Different texts that are asked for, by column.
    private var wanted: [Int: Set<Key>] = [:]

    struct Column {
        let place: CompiledEventField.Place
        var all: [Int32] = []
        var present: [Int32] = []
        var hasTexts = false
        var hasFoldedTexts = false
    }

    private struct Question: Hashable {
        let place: CompiledEventField.Place
        let path: [UInt8]
        let tests: [EventTest]
    }

    private enum Key: Hashable {
        case text(TextTable.Key)
        case folded(TextTable.Key)
        case present(Int)
        case always
    }

    mutating func add(_ pattern: CompiledEventPattern, _ number: Int) {
        let indices = pattern.fields.map { question($0) }
        for combination in pattern.combinations {
            combinations.append((number, combination.map { indices[$0] }))
        }
    }

    mutating func finish() {
        for (number, combination) in combinations.enumerated() {
            let best = combination.questions.min { weight($0) < weight($1) }
            for key in best.flatMap({ keys[$0] }) ?? [.always] { put(Int32(number), under: key) }
            // What is found by its text costs nothing more.
            let questions = combination.questions.sorted { left, right in
                facts[left].isQuick == facts[right].isQuick ? weight(left) < weight(right) : facts[left].isQuick
            }
            combinations[number].questions = questions
        }
        for index in questions.indices where facts[index].finding == .necessary || facts[index].finding == .sufficient {
            for key in keys[index] ?? [] { put(~Int32(index), under: key) }
        }
    }

    private mutating func question(_ field: CompiledEventField) -> Int {
        let question = Question(place: field.place, path: field.field.path, tests: field.field.tests)
        if let known = questionPlaces[question] { return known }
        let index = questions.count
        questionPlaces[question] = index
        questions.append(field)
        let column = columnPlaces[field.place] ?? columns.count
        if column == columns.count {
            columnPlaces[field.place] = column
            columns.append(Column(place: field.place))
        }
        let found = Self.keys(of: field.field, column)
        keys[index] = found
        wanted[column, default: []].formUnion(found)
        facts.append(
            EventPatternSet.Question(
                column: Int32(column), finding: Self.finding(of: field.field, found),
                holdsWhenAbsent: field.field.holdsWhenAbsent))
        return index
    }

    private static func finding(of field: EventField, _ keys: [Key]) -> EventPatternSet.Question.Finding {
        if field.tests == [.present] || field.tests == [.absent] { return .presence }
        let areTexts = keys.allSatisfy { key in
            switch key {
            case .text, .folded: true
            case .present, .always: false
            }
        }
        guard areTexts else { return .nothing }
        return field.tests.allSatisfy(\.isFoundByText) ? .sufficient : .necessary
    }

    /// How much work is expected of standing under a question: texts of a field that is asked for many are rare.
    private func weight(_ question: Int) -> Double {
        let found = keys[question] ?? []
        return found.reduce(0.0) { sum, key in
            switch key {
            case .text(let key), .folded(let key):
                sum + Double(key.way.rawValue + 1) / Double(max(wanted[key.column]?.count ?? 1, 1))
            case .present: sum + 100
            case .always: sum + 200
            }
        }
    }

    /// Puts a combination, or the complement of a question, where it is found.
    private mutating func put(_ number: Int32, under key: Key) {
        let column: Int
        switch key {
        case .text(let key):
            texts[key, default: []].append(number)
            columns[key.column].hasTexts = true
            column = key.column
        case .folded(let key):
            foldedTexts[key, default: []].append(number)
            columns[key.column].hasFoldedTexts = true
            column = key.column
        case .present(let place):
            columns[place].present.append(number)
            column = place
        case .always:
            always.append(number)
            return
        }
        if number >= 0 { columns[column].all.append(number) }
    }

    private static func keys(of field: EventField, _ column: Int) -> [Key] {
        if field.holdsWhenAbsent { return [.always] }
        var keys: [Key] = []
        for test in field.tests {
            guard let key = key(of: test, column) else { return [.present(column)] }
            keys.append(key)
        }
        return Array(Set(keys))
    }

    /// What a value that meets `test` can be found by; `nil` when it is only known to be there.
    private static func key(of test: EventTest, _ column: Int) -> Key? {
        func key(_ way: TextTable.Way, _ text: [UInt8]) -> Key? {
            text.isEmpty && way != .whole ? nil : .text(TextTable.Key(column: column, way: way, text: text))
        }
        switch test {
        case .text(let text): return key(.whole, text)
        case .prefix(let text): return key(.start, text)
        case .suffix(let text): return key(.end, text)
        case .wildcard(let wildcard):
            guard let tail = wildcard.tail else { return key(.whole, wildcard.head) }
            return key(.start, wildcard.head) ?? key(.end, tail)
                ?? key(.inside, Array(wildcard.longestMiddle.prefix(TextTable.insideBytesMax)))
        case .folded(let text): return .folded(TextTable.Key(column: column, way: .whole, text: text))
        case .foldedPrefix(let text) where !text.isEmpty:
            return .folded(TextTable.Key(column: column, way: .start, text: text))
        case .foldedSuffix(let text) where !text.isEmpty:
            return .folded(TextTable.Key(column: column, way: .end, text: text))
        default: return nil
        }
    }
}

extension EventPatternSet.Question {
    /// Whether no value need be tested for it, unless its text was found.
    fileprivate var isQuick: Bool { finding != .nothing }
}

extension EventTest {
    /// Whether finding a text by the key of this test is all that it asks.
    fileprivate var isFoundByText: Bool {
        switch self {
        case .text, .folded: true
        case .prefix(let text), .suffix(let text), .foldedPrefix(let text), .foldedSuffix(let text): !text.isEmpty
        default: false
        }
    }
}
