import TrailEvents

/// Event patterns bound to one table, tried together on each record.
///
/// Each combination of each pattern stands under one of its fields, the one that is expected to rule out most: under the
/// texts that this field may be, start or end with, else under the field's being there. A record's fields are looked up
/// once, and only the combinations found so are tried; what one of them asks of a field is answered once per record.
package struct EventPatternSet: Sendable {
    /// Number of patterns.
    package let count: Int
    let patterns: [CompiledEventPattern]

    /// What is asked of fields, each once.
    private(set) var questions: [CompiledEventField] = []
    private(set) var combinations: [Combination] = []
    private(set) var columns: [Column] = []
    /// Combinations under texts, by column.
    private(set) var texts: TextTable
    /// The same under texts whose case is folded.
    private(set) var foldedTexts: TextTable
    /// Combinations that a record without any field may match.
    private(set) var always: [Int32] = []
    /// Names with dots that lead to fields.
    private(set) var dotted: [FieldID] = []

    struct Combination: Sendable {
        let pattern: Int
        /// Indices into ``EventPatternSet/questions``, those soon answered first.
        let questions: [Int]
    }

    /// A place where values are found.
    struct Column: Sendable {
        let place: CompiledEventField.Place
        /// All combinations that stand under it.
        var all: [Int32] = []
        /// Those under its being there.
        var present: [Int32] = []
        var hasTexts = false
        var hasFoldedTexts = false
    }

    /// A set in the order given; all patterns must be compiled into the same table, for the same form.
    package init(_ patterns: [CompiledEventPattern]) {
        self.patterns = patterns
        count = patterns.count
        var builder = EventPatternSetBuilder()
        for (index, pattern) in patterns.enumerated() { builder.add(pattern, index) }
        builder.finish()
        questions = builder.questions
        combinations = builder.combinations
        columns = builder.columns
        always = builder.always
        dotted = builder.dotted
        texts = TextTable(builder.texts, columnCount: columns.count)
        foldedTexts = TextTable(builder.foldedTexts, columnCount: columns.count)
    }
}

/// Chooses for each combination the field that it stands under.
struct EventPatternSetBuilder {
    private(set) var questions: [CompiledEventField] = []
    private(set) var combinations: [EventPatternSet.Combination] = []
    private(set) var columns: [EventPatternSet.Column] = []
    private(set) var texts: [TextTable.Key: [Int32]] = [:]
    private(set) var foldedTexts: [TextTable.Key: [Int32]] = [:]
    private(set) var always: [Int32] = []
    private(set) var dotted: [FieldID] = []

    private var questionPlaces: [Question: Int] = [:]
    private var columnPlaces: [CompiledEventField.Place: Int] = [:]
    private var keys: [Int: [Key]] = [:]
    /// Different texts that are asked for, by column.
    private var wanted: [Int: Set<Key>] = [:]

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
            let questions = combination.map { indices[$0] }.sorted { weight($0) < weight($1) }
            combinations.append(EventPatternSet.Combination(pattern: number, questions: questions))
        }
    }

    mutating func finish() {
        for (number, combination) in combinations.enumerated() {
            let best = combination.questions.min { weight($0) < weight($1) }
            for key in best.flatMap({ keys[$0] }) ?? [.always] { put(Int32(number), under: key) }
        }
        var seen: Set<FieldID> = []
        for column in columns {
            guard case .field(let place) = column.place else { continue }
            dotted += place.dotted.filter { seen.insert($0).inserted }
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
            columns.append(EventPatternSet.Column(place: field.place))
        }
        let found = Self.keys(of: field.field, column)
        keys[index] = found
        wanted[column, default: []].formUnion(found)
        return index
    }

    /// How much work is expected of standing under a question: texts of a field that is asked for many are rare.
    private func weight(_ question: Int) -> Double {
        let found = keys[question] ?? []
        return found.reduce(0.0) { sum, key in
            switch key {
            case .text(let key), .folded(let key):
                sum + (key.way == .whole ? 1 : 2) / Double(max(wanted[key.column]?.count ?? 1, 1))
            case .present: sum + 100
            case .always: sum + 200
            }
        }
    }

    private mutating func put(_ combination: Int32, under key: Key) {
        switch key {
        case .text(let key):
            texts[key, default: []].append(combination)
            columns[key.column].hasTexts = true
            columns[key.column].all.append(combination)
        case .folded(let key):
            foldedTexts[key, default: []].append(combination)
            columns[key.column].hasFoldedTexts = true
            columns[key.column].all.append(combination)
        case .present(let column):
            columns[column].present.append(combination)
            columns[column].all.append(combination)
        case .always: always.append(combination)
        }
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
        case .folded(let text): return .folded(TextTable.Key(column: column, way: .whole, text: text))
        case .foldedPrefix(let text) where !text.isEmpty:
            return .folded(TextTable.Key(column: column, way: .start, text: text))
        case .foldedSuffix(let text) where !text.isEmpty:
            return .folded(TextTable.Key(column: column, way: .end, text: text))
        default: return nil
        }
    }
}
