import TrailEvents

/// Chooses for each combination the field that it stands under.
struct PatternSetBuilder {
    private(set) var questions: [CompiledEventField] = []
    private(set) var facts: [PatternSet.Question] = []
    private(set) var combinations: [Combination] = []
    private(set) var columns: [Column] = []
    private(set) var texts: [TextTable.Key: [Int32]] = [:]
    private(set) var foldedTexts: [TextTable.Key: [Int32]] = [:]
    private(set) var always: [Int32] = []

    private var questionPlaces: [Question: Int] = [:]
    private var columnPlaces: [Place: Int] = [:]
    private var keys: [[Key]] = []
    /// Different texts that are asked for, by column.
    private var wanted: [Int: Set<Key>] = [:]

    /// Filters and event patterns read values differently, so that a field may be two columns.
    enum Place: Hashable {
        case selector(FieldID)
        case event(CompiledEventField.Place)
    }

    struct Column {
        let place: Place
        var all: [Int32] = []
        var present: [Int32] = []
        var hasTexts = false
        var hasFoldedTexts = false
    }

    struct Combination {
        let pattern: Int
        var program = PatternSet.Combination.noProgram
        var questions: [Int] = []
        /// Columns that must have a value.
        var columns: [Int] = []
        /// Of each list one key finds every record that it holds for.
        fileprivate var ways: [[Key]] = []
    }

    private struct Question: Hashable {
        let place: CompiledEventField.Place
        let path: [UInt8]
        let tests: [EventTest]
    }

    fileprivate enum Key: Hashable {
        case text(TextTable.Key)
        case folded(TextTable.Key)
        case present(Int)
        case always
    }

    /// Adds a filter's pattern, whose program starts at `program`.
    mutating func add(_ pattern: CompiledPattern, program: Int32, _ number: Int) {
        var combination = Combination(pattern: number, program: program)
        for list in pattern.needs {
            var found: Set<Key> = []
            for need in list {
                let column = column(.selector(need.field))
                let key: Key =
                    switch need {
                    case .present: .present(column)
                    case .text(_, let way, let text): .text(TextTable.Key(column: column, way: way, text: text))
                    }
                wanted[column, default: []].insert(key)
                found.insert(key)
            }
            combination.ways.append(Array(found))
            if let field = list.first?.field, list.allSatisfy({ $0.field == field }) {
                combination.columns.append(column(.selector(field)))
            }
        }
        combinations.append(combination)
    }

    /// Adds an event pattern.
    mutating func add(_ pattern: CompiledEventPattern, _ number: Int) {
        let indices = pattern.fields.map { question($0) }
        for fields in pattern.combinations {
            var combination = Combination(pattern: number)
            combination.questions = fields.map { indices[$0] }
            combination.ways = combination.questions.map { keys[$0] }
            combination.columns = combination.questions.filter { !facts[$0].holdsWhenAbsent }
                .map { Int(facts[$0].column) }
            combinations.append(combination)
        }
    }

    mutating func finish() {
        for (number, combination) in combinations.enumerated() {
            let best = combination.ways.min { weight($0) < weight($1) }
            for key in best ?? [.always] { put(Int32(number), under: key) }
            // What is found by its text costs nothing more.
            combinations[number].questions = combination.questions.sorted { left, right in
                facts[left].isQuick == facts[right].isQuick
                    ? weight(keys[left]) < weight(keys[right]) : facts[left].isQuick
            }
        }
        for index in questions.indices where facts[index].finding == .necessary || facts[index].finding == .sufficient {
            for key in keys[index] { put(~Int32(index), under: key) }
        }
    }

    private mutating func column(_ place: Place) -> Int {
        if let known = columnPlaces[place] { return known }
        columnPlaces[place] = columns.count
        columns.append(Column(place: place))
        return columns.count - 1
    }

    private mutating func question(_ field: CompiledEventField) -> Int {
        let question = Question(place: field.place, path: field.field.path, tests: field.field.tests)
        if let known = questionPlaces[question] { return known }
        questionPlaces[question] = questions.count
        questions.append(field)
        let column = column(.event(field.place))
        let found = Self.keys(of: field.field, column)
        keys.append(found)
        wanted[column, default: []].formUnion(found)
        facts.append(
            PatternSet.Question(
                column: Int32(column), finding: Self.finding(of: field.field, found),
                holdsWhenAbsent: field.field.holdsWhenAbsent))
        return questions.count - 1
    }

    private static func finding(of field: EventField, _ keys: [Key]) -> PatternSet.Question.Finding {
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

    /// How much work is expected of standing under these keys: texts of a field that is asked for many are rare.
    private func weight(_ keys: [Key]) -> Double {
        keys.reduce(0.0) { sum, key in
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

extension PatternSet.Question {
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
