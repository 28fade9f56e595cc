import TrailModel

extension Evidence {
    /// The key `Evidence` of a message.
    ///
    /// - Parameter explain: The command that explains the decision.
    /// - Returns: At most ``documentBytesMax`` of JSON: where there is more, texts are cut shorter.
    func document(explain: String) -> JSONValue {
        var texts = ShownTexts(max: Self.textMax)
        while true {
            let document = document(explain: explain, texts)
            guard document.text.utf8.count > Self.documentBytesMax, texts.max > 8 else { return document }
            texts.max /= 2
        }
    }

    /// SNS takes 256 KB with everything else that a message holds.
    static let documentBytesMax = 65_536
    /// Texts of events are cut: a name is seldom longer, an error message may be anything.
    static let textMax = 512

    private func document(explain: String, _ texts: ShownTexts) -> JSONValue {
        .members([
            ("Complete", .bool(incompleteReason == nil)), ("Reason", incompleteReason.map(texts.text)),
            ("Events", .integer(events)), ("Sum", .double(sum)),
            ("FirstEventTime", first.map { .string($0.rfc3339) }), ("LastEventTime", last.map { .string($0.rfc3339) }),
            ("Principals", .array(principals.map(texts.document))),
            ("SourceAddresses", texts.counts(sourceAddresses)), ("EventNames", texts.counts(eventNames)),
            ("ErrorCodes", texts.counts(errorCodes)), ("Accounts", texts.counts(accounts)),
            ("Regions", texts.counts(regions)),
            (
                "Datapoints",
                .array(
                    datapoints.map {
                        .members([
                            ("Start", .string($0.start.rfc3339)), ("Events", .integer($0.events)),
                            ("Sum", .double($0.sum)),
                        ])
                    })
            ),
            (
                "Metrics",
                metrics.isEmpty
                    ? nil
                    : .array(
                        metrics.map {
                            .members([
                                ("Name", texts.text($0.name)), ("Events", .integer($0.events)),
                                ("Sum", .double($0.sum)),
                            ])
                        })
            ),
            ("New", newNames.isEmpty ? nil : .array(newNames.prefix(Self.namesMax).map(texts.text))),
            ("Examples", .array(examples.map(texts.document))), ("Explain", .string(explain)),
        ])
    }
}

extension Evidence {
    /// Lines for people: how many and when, who from where, what; none when there was no event to be found.
    func lines(windowEnd: Timestamp, accountName: (String) -> String) -> [Notice.Line] {
        let window = "window until \(windowEnd.rfc3339)"
        guard events > 0 else {
            return incompleteReason.map { [Notice.Line("Events", "not found: \($0); \(window)")] } ?? []
        }
        var lines: [Notice.Line] = []
        if !newNames.isEmpty { lines.append(.init("New", Self.list(newNames[...].map { $0 }))) }
        lines.append(.init("Events", "\(countText); \(window)"))
        let who = principals.map { principal in
            var text = "\(principal.name) \(principal.events)"
            if let session = principal.sessions.first, principal.sessions.count == 1 { text += " as \(session.name)" }
            return accounts.count > 1 ? "\(text) in \(accountName(principal.accountID))" : text
        }
        let from = sourceAddresses.isEmpty ? "" : "; from \(Self.list(sourceAddresses.map(Self.text)))"
        if !who.isEmpty { lines.append(.init("Who", Self.list(who) + from)) }
        var what = Self.list(eventNames.map(Self.text))
        if !errorCodes.isEmpty { what += "; errors: \(Self.list(errorCodes.map(Self.text)))" }
        if !what.isEmpty { lines.append(.init("What", what)) }
        return lines
    }

    private var countText: String {
        var text = "\(events)"
        if let first, let last {
            text +=
                first == last
                ? " at \(first.rfc3339)"
                : " from \(first.rfc3339) to \(Self.sameDay(first, last) ? last.timeOfDay : last.rfc3339)"
        }
        if sum != Double(events) { text += ", sum \(plainText(sum))" }
        return incompleteReason.map { "\(text) or more: \($0)" } ?? text
    }

    /// The names that a line shows of a list.
    private static let shownMax = 3

    private static func list(_ texts: [String]) -> String {
        let more = texts.count - shownMax
        return texts.prefix(shownMax).joined(separator: ", ") + (more > 0 ? " and \(more) more" : "")
    }

    private static func text(_ count: Count) -> String { "\(count.name) \(count.events)" }

    private static func sameDay(_ left: Timestamp, _ right: Timestamp) -> Bool {
        left.rfc3339.prefix(10) == right.rfc3339.prefix(10)
    }
}

/// Writes what events say, each text cut to a number of Unicode scalars.
private struct ShownTexts {
    var max: Int

    func text(_ text: String) -> JSONValue {
        .string(shortened(text, to: max))
    }

    func counts(_ counts: [Evidence.Count]) -> JSONValue {
        .array(counts.map { .members([("Name", text($0.name)), ("Count", .integer($0.events))]) })
    }

    func document(_ principal: Evidence.Principal) -> JSONValue {
        .members([
            ("Name", text(principal.name)), ("Type", optional(principal.type)),
            ("AccountId", optional(principal.accountID)), ("Count", .integer(principal.events)),
            ("Sessions", principal.sessions.isEmpty ? nil : counts(principal.sessions)),
        ])
    }

    func document(_ example: Evidence.Example) -> JSONValue {
        .members([
            ("EventId", optional(example.eventID)), ("EventTime", .string(example.time.rfc3339)),
            ("Principal", optional(example.principal)), ("AccountId", optional(example.accountID)),
            ("AwsRegion", optional(example.region)), ("EventSource", optional(example.eventSource)),
            ("EventName", optional(example.eventName)), ("SourceIPAddress", optional(example.sourceIPAddress)),
            ("ErrorCode", optional(example.errorCode)), ("ErrorMessage", optional(example.errorMessage)),
            ("MFA", example.isMFA.map { .bool($0) }),
        ])
    }

    private func optional(_ value: String) -> JSONValue? { value.isEmpty ? nil : text(value) }
}

extension Timestamp {
    /// `12:34:56Z`.
    fileprivate var timeOfDay: String { String(rfc3339.dropFirst(11)) }
}
