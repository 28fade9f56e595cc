// Hot path: its tables are flat memory of plain values, read through pointers, because arrays would be retained and
// released for every combination that is tried.
package import TrailEvents

/// Tries a set of event patterns on records, with tables that it uses again for each; make one per worker and keep it.
package struct EventPatternMatcher: ~Copyable {
    private let set: EventPatternSet
    private let facts: UnsafeMutablePointer<EventPatternSet.Question>
    private let combinations: UnsafeMutablePointer<EventPatternSet.Combination>
    private let columns: UnsafeMutablePointer<EventPatternSet.Column>
    private let numbers: UnsafeMutablePointer<Int32>
    /// For each question the record in which its text was found, its answer, and for each column how its value is found.
    private let marks: UnsafeMutablePointer<UInt32>
    private let answers: UnsafeMutablePointer<Answered>
    private let looks: UnsafeMutablePointer<Answered>
    /// For each pattern the record that it was found to hold for.
    private let held: UnsafeMutablePointer<UInt32>
    private var candidates: [Int32] = []
    private var hits: [Int32] = []
    private var found: [Int] = []
    /// Number of the record at hand; 0 is never one.
    private var stamp: UInt32 = 0

    /// An answer, and the number of the record that it is for.
    private struct Answered {
        var stamp: UInt32 = 0
        var answer = CompiledEventField.Answer.no
    }

    package init(_ set: EventPatternSet) {
        self.set = set
        facts = allocated(set.facts)
        combinations = allocated(set.combinations)
        columns = allocated(set.columns)
        numbers = allocated(set.numbers)
        marks = allocated([UInt32](repeating: 0, count: set.tested.count))
        answers = allocated([Answered](repeating: Answered(), count: set.tested.count))
        looks = allocated([Answered](repeating: Answered(), count: set.columns.count))
        held = allocated([UInt32](repeating: 0, count: set.count))
    }

    deinit {
        facts.deallocate()
        combinations.deallocate()
        columns.deallocate()
        numbers.deallocate()
        marks.deallocate()
        answers.deallocate()
        looks.deallocate()
        held.deallocate()
    }

    /// Calls `body` with the index of each pattern that holds for `record`, in order.
    ///
    /// - Parameters:
    ///   - record: From a scanner over the table that the patterns were compiled into.
    ///   - body: Takes an index.
    package mutating func forEachMatch(_ record: borrowing RecordView, _ body: (Int) -> Void) {
        begin()
        var cache = EventTreeCache()
        for alias in set.dotted where record.value(alias) != nil {
            for index in 0..<set.count where set.patterns[index].matches(record, &cache) { body(index) }
            return
        }
        candidates.removeAll(keepingCapacity: true)
        found.removeAll(keepingCapacity: true)
        candidates += set.always
        for index in 0..<set.columns.count where columns[index].all.count > 0 { look(index, record) }
        for place in candidates.indices { attempt(Int(candidates[place]), record, &cache) }
        guard !found.isEmpty else { return }
        if found.count > 1 { found.sort() }
        for index in found { body(index) }
    }

    private mutating func begin() {
        stamp &+= 1
        guard stamp == 0 else { return }
        marks.update(repeating: 0, count: set.tested.count)
        answers.update(repeating: Answered(), count: set.tested.count)
        looks.update(repeating: Answered(), count: set.columns.count)
        held.update(repeating: 0, count: set.count)
        stamp = 1
    }

    /// Looks the value of a column up: marks the questions whose text it has, and gathers the combinations that the record
    /// does not rule out there.
    private mutating func look(_ index: Int, _ record: borrowing RecordView) {
        let column = columns[index]
        var answer = CompiledEventField.Answer.no
        switch column.place {
        case .nowhere: break
        case .tree: answer = .inTree
        case .envelope(let member):
            member.withText(in: record) { text in
                if let text {
                    answer = .yes
                    find(text, column, index)
                }
            }
        case .field(let field, let around):
            if let value = record.value(FieldID(index: Int(field))) {
                switch value.kind {
                case .array: answer = .inTree
                case .object: break
                case .string:
                    answer = .yes
                    record.withText(of: value) { find($0, column, index) }
                default:
                    answer = .yes
                    gather(column.present)
                }
            } else if isInArray(around, record) {
                answer = .inTree
            }
        }
        if answer == .inTree { gather(column.all) }
        looks[index] = Answered(stamp: stamp, answer: answer)
    }

    private func isInArray(_ around: TextRange, _ record: borrowing RecordView) -> Bool {
        for place in Int(around.start)..<Int(around.start + around.count)
        where record.value(FieldID(index: Int(numbers[place])))?.kind == .array {
            return true
        }
        return false
    }

    private mutating func gather(_ range: TextRange) {
        for place in Int(range.start)..<Int(range.start + range.count) { candidates.append(numbers[place]) }
    }

    private mutating func find(_ text: UnsafeBufferPointer<UInt8>, _ column: EventPatternSet.Column, _ index: Int) {
        hits.removeAll(keepingCapacity: true)
        if column.hasTexts { set.texts.find(text, in: index, into: &hits) }
        if column.hasFoldedTexts {
            foldedCase(text).withUnsafeBufferPointer { set.foldedTexts.find($0, in: index, into: &hits) }
        }
        for hit in hits {
            if hit >= 0 {
                candidates.append(hit)
            } else {
                marks[Int(~hit)] = stamp
            }
        }
        gather(column.present)
    }

    private mutating func attempt(_ index: Int, _ record: borrowing RecordView, _ cache: inout EventTreeCache) {
        let combination = combinations[index]
        guard held[Int(combination.pattern)] != stamp else { return }
        var open: [EventField] = []
        let range = combination.questions
        for place in Int(range.start)..<Int(range.start + range.count) {
            let question = Int(numbers[place])
            switch answer(question, record) {
            case .yes: continue
            case .no: return
            case .inTree: open.append(set.tested[question].field)
            }
        }
        guard open.isEmpty || cache.tree(of: record)?.holds(open) == true else { return }
        held[Int(combination.pattern)] = stamp
        found.append(Int(combination.pattern))
    }

    private mutating func answer(_ question: Int, _ record: borrowing RecordView) -> CompiledEventField.Answer {
        if answers[question].stamp == stamp { return answers[question].answer }
        let fact = facts[question]
        let column = Int(fact.column)
        // A column that no combination stands under is looked up here, which gathers none.
        if looks[column].stamp != stamp { look(column, record) }
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
}

extension EventPatternMatcher {
    /// Tests the value of a column, which is there and no container.
    private func holds(
        _ question: Int, _ place: EventPatternSet.Column.Place, _ record: borrowing RecordView
    ) -> Bool {
        let field = set.tested[question]
        switch place {
        case .field(let id, _):
            guard let value = record.value(FieldID(index: Int(id))) else { return false }
            return record.withText(of: value) { field.holds(value.kind, $0) }
        case .envelope(let member):
            return member.withText(in: record) { text in text.map { field.holds(.string, $0) } ?? false }
        case .tree, .nowhere: return false
        }
    }
}

/// A copy of `values` in memory of its own, which the caller frees.
private func allocated<Value: BitwiseCopyable>(_ values: [Value]) -> UnsafeMutablePointer<Value> {
    let copy = UnsafeMutablePointer<Value>.allocate(capacity: max(values.count, 1))
    for (index, value) in values.enumerated() { (copy + index).initialize(to: value) }
    return copy
}
