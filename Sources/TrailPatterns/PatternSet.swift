package import TrailEvents

/// Patterns of metric filters and of event rules bound to one table, tried together on each record.
///
/// What is tried are combinations: a filter's pattern is one, an event pattern has one for each way through its
/// alternatives. Each stands under one of the fields that it needs, the one that is expected to rule out most: under the
/// texts that this field may be, start or end with, else under the field's being there. A record's fields are looked up
/// once, and only the combinations found so are tried. What combinations of event patterns ask of a field is a question,
/// which is answered once per record: where only texts are asked for, by the same look-up.
///
/// Filters come first, in their order, then rules: these numbers are what a ``PatternMatcher`` reports.
package struct PatternSet: Sendable {
    /// Number of filters' patterns.
    package let filterCount: Int
    /// Number of patterns.
    package var count: Int { filterCount + rules.count }
    /// Number of combinations; those of the filters come first, one for each.
    package var combinationCount: Int { combinations.count }

    /// The programs of the filters' patterns.
    let code: PatternCode
    let rules: [CompiledEventPattern]
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
    let always: TextRange
    /// Names with dots that lead to fields.
    let dotted: [Int32]
    let presence: PresenceBits

    /// A field in an object of its own, so that using it counts one reference.
    final class TestedField: Sendable {
        let field: CompiledEventField

        init(_ field: CompiledEventField) {
            self.field = field
        }

        func holds(_ kind: ValueKind, _ text: UnsafeBufferPointer<UInt8>) -> Bool { field.field.holds(kind, text) }
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
        /// Number of its pattern.
        let pattern: Int32
        /// Where a filter's program starts, or ``noProgram``.
        let program: Int32
        /// Its questions, those soon answered first.
        let questions: TextRange
        /// The bits of ``PresenceBits`` that it needs.
        let needed: UInt64

        static let noProgram = Int32.min
    }

    /// A place where values are found; plain values only, so that no reference is counted while matching.
    struct Column: Sendable {
        enum Place: Sendable {
            /// What a selector of a filter leads to: numbers have a text, too.
            case selector(Int32)
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

    /// A set in the order given; all patterns must be compiled into the same table, event patterns for the same form.
    package init(filters: [CompiledPattern] = [], rules: [CompiledEventPattern] = []) {
        let joined = JoinedPrograms(filters)
        filterCount = filters.count
        code = joined.code
        self.rules = rules
        var builder = PatternSetBuilder()
        for (index, filter) in filters.enumerated() { builder.add(filter, program: joined.entries[index], index) }
        for (index, rule) in rules.enumerated() { builder.add(rule, filters.count + index) }
        builder.finish()
        tested = builder.questions.map(TestedField.init)
        facts = builder.facts
        presence = PresenceBits(builder)
        var numbers: [Int32] = []
        func keep(_ list: [Int32]) -> TextRange {
            numbers += list
            return TextRange(start: Int32(numbers.count - list.count), count: Int32(list.count))
        }
        let presence = presence
        combinations = builder.combinations.map { combination in
            Combination(
                pattern: Int32(combination.pattern), program: combination.program,
                questions: keep(combination.questions.map(Int32.init)),
                needed: presence.bits(of: combination.columns))
        }
        columns = builder.columns.map { column in
            let place: Column.Place =
                switch column.place {
                case .selector(let field): .selector(Int32(field.index))
                case .event(.field(let place)):
                    .field(Int32(place.field.index), around: keep(place.around.map { Int32($0.index) }))
                case .event(.envelope(let member)): .envelope(member)
                case .event(.tree): .tree
                case .event(.nowhere): .nowhere
                }
            return Column(
                place: place, all: keep(column.all), present: keep(column.present), hasTexts: column.hasTexts,
                hasFoldedTexts: column.hasFoldedTexts)
        }
        always = keep(builder.always)
        self.numbers = numbers
        var seen: Set<FieldID> = []
        dotted = builder.columns.flatMap { column in
            guard case .event(.field(let place)) = column.place else { return [Int32]() }
            return place.dotted.filter { seen.insert($0).inserted }.map { Int32($0.index) }
        }
        texts = TextTable(builder.texts, columnCount: columns.count)
        foldedTexts = TextTable(builder.foldedTexts, columnCount: columns.count)
    }

    /// The combinations that `record` does not rule out by the fields `decided` alone, in order: no other holds for a
    /// record with the same texts there, or with none.
    package func candidates(for record: borrowing RecordView, decided: [FieldID]) -> [Int32] {
        let canMatch = code.withProgram { $0.canMatch(record, decided: decided) }
        var mayHold: [Bool] = []
        for question in tested { mayHold.append(question.field.mayHold(record, decided)) }
        var found: [Int32] = []
        for (index, combination) in combinations.enumerated() {
            let isOpen: Bool
            switch combination.program {
            case Combination.noProgram:
                let questions = combination.questions
                isOpen = numbers[Int(questions.start)..<Int(questions.start + questions.count)]
                    .allSatisfy { mayHold[Int($0)] }
            case ..<0: isOpen = combination.program == PatternCode.matched
            case let entry: isOpen = canMatch[Int(entry)]
            }
            if isOpen { found.append(Int32(index)) }
        }
        return found
    }
}

/// A bit for each of the columns that most combinations need: whether a record may have a value there.
///
/// Most records lack most fields, so that these bits rule most combinations out before a question is answered.
struct PresenceBits: Sendable {
    static let bitsMax = 64

    struct Container {
        let field: Int32
        let bits: UInt64
    }

    /// The fields of the bits, in their order.
    let fields: [Int32]
    /// Objects around fields, and the bits of what may stand in them when one is an array.
    let containers: [Container]
    private let bitOfColumn: [Int: UInt64]

    init(_ builder: PatternSetBuilder) {
        var uses: [Int: Int] = [:]
        for combination in builder.combinations { for column in combination.columns { uses[column, default: 0] += 1 } }
        var fields: [Int32] = []
        var bits: [Int: UInt64] = [:]
        var containers: [FieldID: UInt64] = [:]
        for (column, _) in uses.sorted(by: { ($1.value, $0.key) < ($0.value, $1.key) }) {
            guard fields.count < Self.bitsMax else { break }
            let bit: UInt64 = 1 << UInt64(fields.count)
            switch builder.columns[column].place {
            case .selector(let field): fields.append(Int32(field.index))
            case .event(.field(let place)):
                fields.append(Int32(place.field.index))
                for container in place.around { containers[container, default: 0] |= bit }
            case .event: continue
            }
            bits[column] = bit
        }
        self.fields = fields
        self.containers = containers.map { Container(field: Int32($0.key.index), bits: $0.value) }
        bitOfColumn = bits
    }

    func bits(of columns: [Int]) -> UInt64 {
        columns.reduce(0) { $0 | (bitOfColumn[$1] ?? 0) }
    }
}
