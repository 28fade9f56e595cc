package import TrailEvents

/// Tries a set of event patterns on records, with tables that it uses again for each; make one per worker and keep it.
package struct EventMatcher: ~Copyable {
    private let set: EventPatternSet
    /// For each question the record that it was answered for, and the answer.
    private var answers: [Answered]
    /// For each pattern the record that it was found to hold for.
    private var held: [UInt32]
    private var candidates: [Int32] = []
    private var found: [Int] = []
    private var stamp: UInt32 = 0

    private struct Answered {
        var stamp: UInt32 = 0
        var answer = CompiledEventField.Answer.no
    }

    package init(_ set: EventPatternSet) {
        self.set = set
        answers = [Answered](repeating: Answered(), count: set.questions.count)
        held = [UInt32](repeating: 0, count: set.count)
    }

    /// Calls `body` with the index of each pattern that holds for `record`, in order.
    package mutating func forEachMatch(_ record: borrowing RecordView, _ body: (Int) -> Void) {
        begin()
        var cache = EventTreeCache()
        for alias in set.dotted where record.value(alias) != nil {
            for index in 0..<set.count where set.patterns[index].matches(record, &cache) { body(index) }
            return
        }
        candidates.removeAll(keepingCapacity: true)
        found.removeAll(keepingCapacity: true)
        for index in set.columns.indices where !set.columns[index].all.isEmpty { collect(index, record) }
        candidates += set.always
        for candidate in candidates { attempt(Int(candidate), record, &cache) }
        guard !found.isEmpty else { return }
        if found.count > 1 { found.sort() }
        for index in found { body(index) }
    }

    private mutating func begin() {
        stamp &+= 1
        guard stamp == 0 else { return }
        for index in answers.indices { answers[index].stamp = 0 }
        for index in held.indices { held[index] = 0 }
        stamp = 1
    }

    /// Gathers the combinations under a column that the record does not rule out there.
    private mutating func collect(_ index: Int, _ record: borrowing RecordView) {
        switch set.columns[index].place {
        case .nowhere: return
        case .tree: candidates += set.columns[index].all
        case .envelope(let member):
            member.withText(in: record) { text in
                if let text { collect(index, .string, text) }
            }
        case .field(let place):
            guard let value = record.value(place.field) else {
                if place.isInArray(record) { candidates += set.columns[index].all }
                return
            }
            switch value.kind {
            case .array: candidates += set.columns[index].all
            case .object: return
            case .string: record.withText(of: value) { collect(index, .string, $0) }
            default: candidates += set.columns[index].present
            }
        }
    }

    private mutating func collect(_ index: Int, _ kind: ValueKind, _ text: UnsafeBufferPointer<UInt8>) {
        if set.columns[index].hasTexts { set.texts.find(text, in: index, into: &candidates) }
        if set.columns[index].hasFoldedTexts {
            foldedCase(text).withUnsafeBufferPointer { set.foldedTexts.find($0, in: index, into: &candidates) }
        }
        candidates += set.columns[index].present
    }

    private mutating func attempt(_ index: Int, _ record: borrowing RecordView, _ cache: inout EventTreeCache) {
        let pattern = set.combinations[index].pattern
        guard held[pattern] != stamp else { return }
        var open: [EventField] = []
        for question in set.combinations[index].questions {
            switch answer(question, record) {
            case .yes: continue
            case .no: return
            case .inTree: open.append(set.questions[question].field)
            }
        }
        guard open.isEmpty || cache.tree(of: record)?.holds(open) == true else { return }
        held[pattern] = stamp
        found.append(pattern)
    }

    private mutating func answer(_ question: Int, _ record: borrowing RecordView) -> CompiledEventField.Answer {
        if answers[question].stamp == stamp { return answers[question].answer }
        let answer = set.questions[question].answerWithoutDots(record)
        answers[question] = Answered(stamp: stamp, answer: answer)
        return answer
    }
}
