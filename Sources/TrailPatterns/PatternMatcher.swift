// Hot path: its tables are flat memory of plain values, read through pointers, because arrays would be retained and
// released for every combination that is tried.
package import TrailEvents

/// Tries a set of patterns on records, with tables that it uses again for each; make one per worker and keep it.
package struct PatternMatcher: ~Copyable {
    /// So many combinations are tried one by one; of more the record's fields say first which may hold.
    static let directMax = 64

    private let set: PatternSet
    private let program: PatternProgram
    private let facts: UnsafeMutablePointer<PatternSet.Question>
    private let combinations: UnsafeMutablePointer<PatternSet.Combination>
    private let columns: UnsafeMutablePointer<PatternSet.Column>
    private let columnCount: Int
    private let numbers: UnsafeMutablePointer<Int32>
    private let presenceFields: UnsafeMutablePointer<Int32>
    private let presenceCount: Int
    private let containers: UnsafeMutablePointer<PresenceBits.Container>
    private let containerCount: Int
    private let dotted: UnsafeMutablePointer<Int32>
    private let dottedCount: Int
    /// For each question the record in which its text was found, its answer, and for each column how its value is found.
    private let marks: UnsafeMutablePointer<UInt32>
    private let answers: UnsafeMutablePointer<Answered>
    private let looks: UnsafeMutablePointer<Answered>
    /// For each pattern the record that it was found to hold for.
    private let held: UnsafeMutablePointer<UInt32>
    /// For each combination the record that it is among the candidates of.
    private let queued: UnsafeMutablePointer<UInt32>
    private let candidates: UnsafeMutablePointer<Int32>
    private var candidateCount = 0
    private var texts: TextFinder
    private var foldedTexts: TextFinder
    private var found: [Int] = []
    /// Number of the record at hand; 0 is never one.
    private var stamp: UInt32 = 0
    /// What the record at hand may have, by ``PresenceBits``.
    private var present: UInt64 = 0

    /// An answer, and the number of the record that it is for.
    private struct Answered {
        var stamp: UInt32 = 0
        var answer = CompiledEventField.Answer.no
    }

    package init(_ set: PatternSet) {
        self.set = set
        program = PatternProgram(copying: set.code)
        facts = allocated(set.facts)
        combinations = allocated(set.combinations)
        columns = allocated(set.columns)
        columnCount = set.columns.count
        numbers = allocated(set.numbers)
        presenceFields = allocated(set.presence.fields)
        presenceCount = set.presence.fields.count
        containers = allocated(set.presence.containers)
        containerCount = set.presence.containers.count
        dotted = allocated(set.dotted)
        dottedCount = set.dotted.count
        marks = allocated([UInt32](repeating: 0, count: set.tested.count))
        answers = allocated([Answered](repeating: Answered(), count: set.tested.count))
        looks = allocated([Answered](repeating: Answered(), count: set.columns.count))
        held = allocated([UInt32](repeating: 0, count: set.count))
        queued = allocated([UInt32](repeating: 0, count: set.combinations.count))
        candidates = allocated([Int32](repeating: 0, count: set.combinations.count))
        texts = TextFinder(set.texts)
        foldedTexts = TextFinder(set.foldedTexts)
    }

    deinit {
        program.deallocate()
        facts.deallocate()
        combinations.deallocate()
        columns.deallocate()
        numbers.deallocate()
        presenceFields.deallocate()
        containers.deallocate()
        dotted.deallocate()
        marks.deallocate()
        answers.deallocate()
        looks.deallocate()
        held.deallocate()
        queued.deallocate()
        candidates.deallocate()
    }

    /// Calls `body` with the number of each pattern that holds for `record`, in order.
    ///
    /// - Parameters:
    ///   - record: From a scanner over the table that the patterns were compiled into.
    ///   - body: Takes the number of a pattern in the set.
    package mutating func forEachMatch(_ record: borrowing RecordView, _ body: (Int) -> Void) {
        begin(record)
        lookAll(record)
        tryCandidates(before: .max, hasDots: hasDots(record), record, body)
    }

    /// The same for those of ``PatternSet/candidates(for:decided:)`` alone.
    ///
    /// - Parameters:
    ///   - record: From a scanner over the table that the patterns were compiled into.
    ///   - combinations: The candidates.
    ///   - withRules: Whether event rules are tried, and not the filters alone.
    ///   - body: Takes the number of a pattern in the set.
    package mutating func forEachMatch(
        _ record: borrowing RecordView, among combinations: ArraySlice<Int32>, withRules: Bool, _ body: (Int) -> Void
    ) {
        let end = withRules ? Int32.max : Int32(set.filterCount)
        guard let first = combinations.first, let last = combinations.last, first < end else { return }
        begin(record)
        if combinations.count <= Self.directMax {
            for combination in combinations where combination < end { queue(combination) }
        } else {
            lookAll(record)
        }
        let hasRules = withRules && last >= set.filterCount
        tryCandidates(before: end, hasDots: hasRules && hasDots(record), record, body)
    }

    private mutating func begin(_ record: borrowing RecordView) {
        candidateCount = 0
        present = record.presence(of: UnsafeBufferPointer(start: presenceFields, count: presenceCount))
        for place in 0..<containerCount
        where record.value(FieldID(index: Int(containers[place].field)))?.kind == .array {
            present |= containers[place].bits
        }
        stamp &+= 1
        guard stamp == 0 else { return }
        marks.update(repeating: 0, count: set.tested.count)
        answers.update(repeating: Answered(), count: set.tested.count)
        looks.update(repeating: Answered(), count: columnCount)
        held.update(repeating: 0, count: set.count)
        queued.update(repeating: 0, count: set.combinations.count)
        stamp = 1
    }

    /// Whether the record has a name with dots that leads to a field of a rule.
    private func hasDots(_ record: borrowing RecordView) -> Bool {
        var place = 0
        while place < dottedCount {
            let count = min(64, dottedCount - place)
            if record.presence(of: UnsafeBufferPointer(start: dotted + place, count: count)) != 0 { return true }
            place += count
        }
        return false
    }

    /// Makes a combination a candidate, once, unless the record lacks what it needs.
    @inline(__always)
    private mutating func queue(_ combination: Int32) {
        let index = Int(combination)
        guard combinations[index].needed & ~present == 0, queued[index] != stamp else { return }
        queued[index] = stamp
        candidates[candidateCount] = combination
        candidateCount += 1
    }

    @inline(__always)
    private mutating func queue(_ range: TextRange) {
        for place in Int(range.start)..<Int(range.start + range.count) { queue(numbers[place]) }
    }

    private mutating func tryCandidates(
        before end: Int32, hasDots: Bool, _ record: borrowing RecordView, _ body: (Int) -> Void
    ) {
        guard candidateCount > 0 || hasDots else { return }
        found.removeAll(keepingCapacity: true)
        var cache = EventTreeCache()
        let ruleStart = Int32(set.filterCount)
        for place in 0..<candidateCount where candidates[place] < end {
            let combination = combinations[Int(candidates[place])]
            guard held[Int(combination.pattern)] != stamp else { continue }
            let holds: Bool
            if combination.pattern < ruleStart {
                holds = program.run(from: combination.program, record)
            } else {
                holds = !hasDots && self.holds(combination, record, &cache)
            }
            guard holds else { continue }
            held[Int(combination.pattern)] = stamp
            found.append(Int(combination.pattern))
        }
        if hasDots {
            for index in set.rules.indices where set.rules[index].matches(record, &cache) {
                found.append(set.filterCount + index)
            }
        }
        if found.count > 1 { found.sort() }
        for pattern in found { body(pattern) }
    }

    // MARK: - Columns

    /// Gathers the combinations that the record's fields do not rule out.
    private mutating func lookAll(_ record: borrowing RecordView) {
        queue(set.always)
        for index in 0..<columnCount where columns[index].all.count > 0 { look(index, record, isGathering: true) }
    }

    /// Looks the value of a column up: marks the questions whose text it has, and gathers the combinations that the record
    /// does not rule out there.
    private mutating func look(_ index: Int, _ record: borrowing RecordView, isGathering: Bool) {
        let column = columns[index]
        var answer = CompiledEventField.Answer.no
        switch column.place {
        case .nowhere: break
        case .tree: answer = .inTree
        case .envelope(let member):
            member.withText(in: record) { text in
                if let text {
                    answer = .yes
                    find(text, column, index, isGathering)
                }
            }
        case .selector(let field):
            if let value = record.value(FieldID(index: Int(field))) {
                if value.kind == .string || value.kind == .number {
                    record.withText(of: value) { find($0, column, index, isGathering) }
                } else if isGathering {
                    queue(column.present)
                }
            }
        case .field(let field, let around):
            if let value = record.value(FieldID(index: Int(field))) {
                switch value.kind {
                case .array: answer = .inTree
                case .object: break
                case .string:
                    answer = .yes
                    record.withText(of: value) { find($0, column, index, isGathering) }
                default:
                    answer = .yes
                    if isGathering { queue(column.present) }
                }
            } else if isInArray(around, record) {
                answer = .inTree
            }
        }
        if answer == .inTree, isGathering { queue(column.all) }
        looks[index] = Answered(stamp: stamp, answer: answer)
    }

    private func isInArray(_ around: TextRange, _ record: borrowing RecordView) -> Bool {
        for place in Int(around.start)..<Int(around.start + around.count)
        where record.value(FieldID(index: Int(numbers[place])))?.kind == .array {
            return true
        }
        return false
    }

    private mutating func find(
        _ text: UnsafeBufferPointer<UInt8>, _ column: PatternSet.Column, _ index: Int, _ isGathering: Bool
    ) {
        if column.hasTexts {
            texts.find(text, in: index)
            take(texts.hits, texts.hitCount, isGathering)
        }
        if column.hasFoldedTexts {
            withFoldedCase(text) { foldedTexts.find($0, in: index) }
            take(foldedTexts.hits, foldedTexts.hitCount, isGathering)
        }
        if isGathering { queue(column.present) }
    }

    @inline(__always)
    private mutating func take(_ hits: UnsafeMutablePointer<Int32>, _ count: Int, _ isGathering: Bool) {
        for place in 0..<count {
            let hit = hits[place]
            if hit < 0 {
                marks[Int(~hit)] = stamp
            } else if isGathering {
                queue(hit)
            }
        }
    }

    // MARK: - Questions

    private mutating func holds(
        _ combination: PatternSet.Combination, _ record: borrowing RecordView, _ cache: inout EventTreeCache
    ) -> Bool {
        var isOpen = false
        let range = combination.questions
        for place in Int(range.start)..<Int(range.start + range.count) {
            switch answer(Int(numbers[place]), record) {
            case .yes: continue
            case .no: return false
            case .inTree: isOpen = true
            }
        }
        return !isOpen || holdsInTree(range, record, &cache)
    }

    /// Whether those of the questions that the table of fields does not answer hold, all together.
    private mutating func holdsInTree(
        _ questions: TextRange, _ record: borrowing RecordView, _ cache: inout EventTreeCache
    ) -> Bool {
        var open: [EventField] = []
        for place in Int(questions.start)..<Int(questions.start + questions.count) {
            let question = Int(numbers[place])
            if answers[question].answer == .inTree { open.append(set.tested[question].field.field) }
        }
        return cache.tree(of: record)?.holds(open) == true
    }

    private mutating func answer(_ question: Int, _ record: borrowing RecordView) -> CompiledEventField.Answer {
        if answers[question].stamp == stamp { return answers[question].answer }
        let fact = facts[question]
        let column = Int(fact.column)
        if looks[column].stamp != stamp { look(column, record, isGathering: false) }
        let answer: CompiledEventField.Answer
        switch (looks[column].answer, fact.finding) {
        case (.inTree, _): answer = .inTree
        case (.no, _): answer = fact.holdsWhenAbsent ? .yes : .no
        case (.yes, .presence): answer = fact.holdsWhenAbsent ? .no : .yes
        case (.yes, .sufficient): answer = marks[question] == stamp ? .yes : .no
        case (.yes, .necessary) where marks[question] != stamp: answer = .no
        case (.yes, _): answer = holds(question, columns[column].place, record) ? .yes : .no
        }
        answers[question] = Answered(stamp: stamp, answer: answer)
        return answer
    }

    /// Tests the value of a column, which is there and no container.
    private func holds(_ question: Int, _ place: PatternSet.Column.Place, _ record: borrowing RecordView) -> Bool {
        let field = set.tested[question]
        switch place {
        case .field(let id, _):
            guard let value = record.value(FieldID(index: Int(id))) else { return false }
            return record.withText(of: value) { field.holds(value.kind, $0) }
        case .envelope(let member):
            return member.withText(in: record) { text in text.map { field.holds(.string, $0) } ?? false }
        case .selector, .tree, .nowhere: return false
        }
    }
}
