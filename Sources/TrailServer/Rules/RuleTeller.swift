import TrailAlarms
import TrailModel
import TrailNotify
import TrailStore
import TrailTemplates

/// Makes the messages of event rules about alarms themselves.
struct RuleTeller {
    private let book: RuleBook
    private let announcer: Announcer
    private let set: AlarmSet

    /// `nil` where nobody is told.
    init?(_ book: RuleBook, _ announcer: Announcer?, _ set: AlarmSet) {
        guard let announcer, !book.isEmpty else { return nil }
        self.book = book
        self.announcer = announcer
        self.set = set
    }

    /// Tells of a state that an alarm entered.
    func tell(
        _ decision: Decision, of alarm: AnnouncedAlarm, at now: Timestamp, _ record: inout EvaluationRecord
    ) throws {
        try tell(AlarmEvent(decision, of: alarm, at: place), at: now, &record)
    }

    /// Tells of an alarm that a reload made, changed or removed.
    func tell(
        _ operation: AlarmEvent.Operation, _ alarm: AnnouncedAlarm, former: AnnouncedAlarm? = nil, state: AlarmState,
        since: Timestamp, at now: Timestamp, _ record: inout EvaluationRecord
    ) throws {
        let event = AlarmEvent(
            operation, of: alarm, former: former, state: state, since: since, now: now, at: place)
        try tell(event, at: now, &record)
    }

    private var place: AlarmEvent.Place { AlarmEvent.Place(accountID: announcer.accountID, region: announcer.region) }

    private func tell(_ event: AlarmEvent, at now: Timestamp, _ record: inout EvaluationRecord) throws {
        for rule in book.rules(matching: event.text, at: event.time) {
            let messages = try announcer.messages(about: event.text, key: event.id, of: rule, at: now, set: set)
            record.messages += try messages.map(StoredMessage.init)
        }
    }
}
