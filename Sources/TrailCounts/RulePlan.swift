import TrailEvents
package import TrailModel
package import TrailPatterns

/// Which event rules are tried on records that are read, and from which event time on.
package struct RulePlan: Sendable {
    /// A rule at work: events after its mark are told.
    package struct Entry: Sendable {
        package let rule: EventRule
        package let mark: Timestamp

        package init(rule: EventRule, mark: Timestamp) {
            self.rule = rule
            self.mark = mark
        }
    }

    package let entries: [Entry]
    /// Events before it are of no rule's concern.
    let firstMark: Timestamp?

    /// Rules that are disabled are left out.
    package init(_ entries: [Entry] = []) {
        self.entries = entries.filter { $0.rule.state != .disabled }
        firstMark = self.entries.map(\.mark).min()
    }
}

/// An event that a rule matched.
package struct RuleMatch: Sendable, Codable, Equatable {
    package let rule: String
    /// `eventTime`.
    package let time: Timestamp
    /// Tells the event from others: its id and the account that received it.
    package let eventKey: String
    /// The event as EventBridge has it, JSON text.
    package let event: String

    package init(rule: String, time: Timestamp, eventKey: String, event: String) {
        self.rule = rule
        self.time = time
        self.eventKey = eventKey
        self.event = event
    }
}

extension RulePlan {
    /// Whether an event of that time may be told.
    func concerns(seconds: Int64) -> Bool {
        firstMark.map { Timestamp(seconds: seconds) > $0 } ?? false
    }

    /// Calls `body` with each rule that the event of `record` is told by.
    ///
    /// - Parameters:
    ///   - found: Indices of the rules whose patterns hold for the record.
    ///   - record: The record.
    ///   - seconds: Its event time.
    ///   - body: Takes a match.
    func forEachMatch(
        of found: [Int], _ record: borrowing RecordView, seconds: Int64, _ body: (RuleMatch) -> Void
    ) {
        let time = Timestamp(seconds: seconds)
        var event: String?
        for index in found {
            let entry = entries[index]
            guard time > entry.mark, entry.rule.state.sees(record) else { continue }
            event = event ?? cloudTrailEvent(record)
            guard let event else { return }
            body(
                RuleMatch(
                    rule: entry.rule.name, time: time, eventKey: record.key.text,
                    event: event))
        }
    }
}

extension EventRule.State {
    /// Whether a rule in this state sees the event of `record` at all.
    func sees(_ record: borrowing RecordView) -> Bool {
        switch self {
        case .disabled: false
        case .enabled: record.kind != .aggregated && !(record.kind == .management && record.isReadOnly)
        case .enabledWithAllManagementEvents: record.kind != .aggregated
        }
    }
}

extension RecordView {
    /// What `readOnly` says; events from before it was written may do anything.
    fileprivate var isReadOnly: Bool { value(.readOnly)?.kind == .true || has(.readOnly, "true") }
}

extension EventKey {
    /// The key as a text of its own.
    fileprivate var text: String { [high, low, account].map { String($0, radix: 16) }.joined(separator: "-") }
}
