package import TrailEvents

/// What a scanner reads when patterns are tried.
package enum EventForm: Sendable {
    /// A CloudTrail record: the `detail` of an event whose other members are worked out from it.
    case cloudTrailRecord
    /// A whole event.
    case event
}

/// An event pattern bound to the fields of a table.
package struct CompiledEventPattern: Sendable {
    let fields: [CompiledEventField]
    /// For each combination its fields as indices.
    let combinations: [[Int]]

    /// Whether the pattern holds for `record`, which must come from a scanner over the table it was compiled into.
    package func matches(_ record: borrowing RecordView) -> Bool {
        var cache = EventTreeCache()
        return matches(record, &cache)
    }

    func matches(_ record: borrowing RecordView, _ cache: inout EventTreeCache) -> Bool {
        for combination in combinations where holds(combination, record, &cache) { return true }
        return false
    }

    private func holds(
        _ combination: [Int], _ record: borrowing RecordView, _ cache: inout EventTreeCache
    ) -> Bool {
        var open: [EventField] = []
        for index in combination {
            switch fields[index].answer(record) {
            case .yes: continue
            case .no: return false
            case .inTree: open.append(fields[index].field)
            }
        }
        return open.isEmpty || cache.tree(of: record)?.holds(open) == true
    }
}

extension EventPattern {
    /// Adds the fields that the pattern reads to `table` and binds it to them.
    ///
    /// The result reads records of every scanner made from `table` afterwards, also when more fields are added to it.
    ///
    /// - Parameters:
    ///   - table: The paths that the scanner will look for.
    ///   - form: Whether the scanner reads CloudTrail records or whole events.
    /// - Returns: The pattern over that table.
    package func compile(into table: inout FieldTable, for form: EventForm) -> CompiledEventPattern {
        CompiledEventPattern(
            fields: fields.map { CompiledEventField($0, in: &table, for: form) }, combinations: combinations)
    }
}

/// A field of a pattern with the places where its value is found.
struct CompiledEventField: Sendable {
    enum Place: Hashable, Sendable {
        /// In the record, unless the tree has to be asked.
        case field(FieldPlace)
        case envelope(EnvelopeField)
        /// In the tree alone: the path has more names than are looked for in other ways.
        case tree
        /// Never there.
        case nowhere
    }

    struct FieldPlace: Hashable, Sendable {
        let field: FieldID
        /// The objects around it, the innermost first: the field may be in one that turns out to be an array.
        let around: [FieldID]
        /// Names with dots that lead to it too.
        let dotted: [FieldID]

        /// Whether an array stands where an object around the field should, so that it may be in there.
        func isInArray(_ record: borrowing RecordView) -> Bool {
            for container in around where record.value(container)?.kind == .array { return true }
            return false
        }
    }

    enum Answer: Sendable { case yes, no, inTree }

    /// Names on a path that are looked for one by one; all ways to join them with dots are fields of the table.
    static let namesMax = 10

    let place: Place
    /// Its path starts at the record.
    let field: EventField

    init(_ field: EventField, in table: inout FieldTable, for form: EventForm) {
        let names = field.path.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
            .map { String(decoding: $0, as: UTF8.self) }
        switch form {
        case .event:
            self.field = field
            place = Self.place(names[...], &table)
        case .cloudTrailRecord:
            if names[0] == "detail", names.count > 1 {
                self.field = EventField(path: Array(field.path.dropFirst("detail.".utf8.count)), tests: field.tests)
                place = Self.place(names.dropFirst(), &table)
            } else {
                let member = names.count == 1 ? EnvelopeField(rawValue: names[0]) : nil
                self.field = member == .detailType ? field.withOneSignInSpelling : field
                place = member.map { .envelope($0) } ?? .nowhere
            }
        }
    }

    private static func place(_ names: ArraySlice<String>, _ table: inout FieldTable) -> Place {
        guard names.count <= namesMax else { return .tree }
        let steps = names.map { PathStep.member($0) }
        var around: [FieldID] = []
        var dotted: [FieldID] = []
        for start in steps.indices {
            for end in steps.indices where end > start {
                let joined = Array(names)[start...end].joined(separator: ".")
                dotted.append(table.add(steps[..<start] + [.member(joined)]))
            }
            if start > 0 { around.insert(table.add(Array(steps[..<start])), at: 0) }
        }
        return .field(FieldPlace(field: table.add(steps), around: around, dotted: dotted))
    }

    /// Whether the field may hold for a record of which only the fields `decided` are known.
    ///
    /// Of these a text and an absence are known; a value of another type may differ in its text.
    func mayHold(_ record: borrowing RecordView, _ decided: [FieldID]) -> Bool {
        switch place {
        case .field(let place):
            guard place.around.isEmpty, decided.contains(place.field) else { return true }
            guard let value = record.value(place.field) else { return field.holdsWhenAbsent }
            return value.kind != .string || record.withText(of: value) { field.holds(value.kind, $0) }
        case .envelope(let member):
            return member.mayBe(in: record, decided) { text in
                text.map { field.holds(.string, $0) } ?? field.holdsWhenAbsent
            }
        case .nowhere: return field.holdsWhenAbsent
        case .tree: return true
        }
    }

    func answer(_ record: borrowing RecordView) -> Answer {
        if case .field(let place) = place {
            for alias in place.dotted where record.value(alias) != nil { return .inTree }
        }
        return answerWithoutDots(record)
    }

    /// The same for a record that has none of the names with dots.
    func answerWithoutDots(_ record: borrowing RecordView) -> Answer {
        switch place {
        case .nowhere: return field.holdsWhenAbsent ? .yes : .no
        case .tree: return .inTree
        case .envelope(let member):
            let holds = member.withText(in: record) { text in
                text.map { field.holds(.string, $0) } ?? field.holdsWhenAbsent
            }
            return holds ? .yes : .no
        case .field(let place):
            guard let value = record.value(place.field) else {
                if place.isInArray(record) { return .inTree }
                return field.holdsWhenAbsent ? .yes : .no
            }
            switch value.kind {
            case .array: return .inTree
            case .object: return field.holdsWhenAbsent ? .yes : .no
            default: return record.withText(of: value) { field.holds(value.kind, $0) } ? .yes : .no
            }
        }
    }
}
