import TrailAlarms
import TrailModel
import TrailNotify
import TrailStore
import TrailTemplates

/// What waits to be told in summaries, as the store has it.
struct SummaryBook {
    /// The stays in ALARM whose beginning, in a time away, waits: their end waits with it.
    private(set) var alarmsAway: [SummarisedTransition.Incident: SummarisedTransition] = [:]
    private(set) var waiting: Set<SummaryKey> = []
    /// The last day whose summaries were made: no more is added to it, whatever the clock says.
    private var sentThrough: Timestamp?

    init() {}

    init(_ store: Store) throws {
        waiting = Set(try store.waitingSummaries())
        sentThrough = try store.summariesThrough()
        note(try store.alarmsOfTimeAway())
    }

    private mutating func note(_ transitions: [SummarisedTransition]) {
        for transition in transitions where transition.to == .alarm {
            transition.incident.map { alarmsAway[$0] = transition }
        }
    }

    /// Takes what was written.
    mutating func apply(_ record: EvaluationRecord) {
        waiting.formUnion(record.summarised.map(\.key))
        note(record.summarised.filter { $0.key.day == nil }.map(\.transition))
        for told in record.toldAlone { told.incident.map { alarmsAway[$0] = nil } }
        for key in record.sentSummaries {
            waiting.remove(key)
            if let day = key.day { sentThrough = max(sentThrough ?? day, day) }
        }
        if !waiting.contains(where: { $0.day == nil }) { alarmsAway = [:] }
    }

    /// The day in UTC whose summary takes what is decided now.
    func day(at now: Timestamp) -> Timestamp {
        let today = now.floored(toSeconds: 86_400)
        return max(today, sentThrough.map { $0.adding(seconds: 86_400) } ?? today)
    }

    /// Those whose day is over, and that of the time away when it is.
    func due(at now: Timestamp, isCaughtUp: Bool) -> [SummaryKey] {
        waiting.filter { key in key.day.map { $0.adding(seconds: 86_400) <= now } ?? isCaughtUp }.sorted {
            ($0.day?.milliseconds ?? .min, $0.topicARN) < ($1.day?.milliseconds ?? .min, $1.topicARN)
        }
    }
}

/// One summary in place of a message for each transition: of what came very late, and of a time away.
extension Evaluator {
    /// Where a transition is told.
    enum Place: Equatable {
        case alone
        /// In the summary of the day, or in that of the time away.
        case summary(day: Timestamp?)
    }

    /// Nobody evaluated the alarm for longer than this: it was away.
    static let awaySeconds = 86_400.0

    /// True when what the alarm decides next is of a time away.
    func isAway(_ entry: borrowing Entry, _ moment: Moment) -> Bool {
        let through = entry.stored.machine.status.decidedThrough
        return isAway(decidedThrough: through, isFresh: entry.stored.isFresh, moment)
    }

    func isAway(decidedThrough: Timestamp, isFresh: Bool, _ moment: Moment) -> Bool {
        !isFresh && moment.now.seconds(since: decidedThrough) > Self.awaySeconds
    }

    /// Where a decision is told that is announced.
    ///
    /// An end of an ALARM follows its beginning: who was told of it alone is told alone that it is over. An ALARM that
    /// lasts is told alone, too; one of a time away is found lasting when all is caught up.
    ///
    /// - Parameters:
    ///   - decision: Of the alarm or contributor `entry`, already made.
    ///   - entry: See there.
    ///   - isAway: Whether the alarm was away until now.
    ///   - isClosing: Whether an ALARM that was told alone ended before it, and no OK came since.
    ///   - record: What was summarised so far.
    /// - Returns: Alone for what is told as ever.
    func place(
        of decision: Decision, _ entry: borrowing Entry, isAway: Bool, isClosing: Bool, _ record: EvaluationRecord
    ) -> Place {
        let isOfTimeAway = isAway && decision.isLate
        let lateSeconds = decision.decidedAt.seconds(since: decision.windowEnd)
        let isOld = decision.kind == .amended && lateSeconds > Double(announcer?.lateWithinSeconds ?? 0)
        let summary = isOfTimeAway ? nil : summaries.day(at: decision.decidedAt)
        if decision.to == .alarm {
            let status = entry.stored.machine.status
            let lasts = status.state == .alarm && status.enteredAlarmAt == decision.incidentStart
            return isOfTimeAway || isOld && !lasts ? .summary(day: summary) : .alone
        }
        if decision.from == .alarm, let start = decision.incidentStart {
            return place(
                ofEnd: SummarisedTransition.Incident(
                    alarmName: decision.alarmName, contributorID: decision.contributor?.id ?? "", start: start), record)
        }
        return (isOfTimeAway || isOld) && !isClosing ? .summary(day: summary) : .alone
    }

    /// Where the end of an ALARM is told: where its beginning is.
    func place(ofEnd incident: SummarisedTransition.Incident, _ record: EvaluationRecord) -> Place {
        if let day = record.summarisedIncidents[incident] { return .summary(day: day) }
        return summaries.alarmsAway[incident] == nil ? .alone : .summary(day: nil)
    }

    /// Makes the messages of summaries that are due, and those of ALARMs of a time away that last.
    ///
    /// - Parameter moment: That of the evaluation before.
    /// - Returns: True when there are messages.
    /// - Throws: What keeps the store from reading or writing; the next call tries the same again.
    package mutating func tellSummaries(_ moment: Moment) throws -> Bool {
        guard let announcer, !summaries.waiting.isEmpty else { return false }
        let isCaughtUp = !moment.isBehind && !hasMore
        guard !summaries.due(at: moment.now, isCaughtUp: isCaughtUp).isEmpty else { return false }
        var hasTold = false
        if isCaughtUp { hasTold = try tellLasting(moment.now) }
        var record = EvaluationRecord()
        for key in summaries.due(at: moment.now, isCaughtUp: isCaughtUp) {
            record.messages += try announcer.messages(
                of: key, store.content(of: key), at: moment.now, subscriptions: set.subscriptions
            ).map(StoredMessage.init)
            record.sentSummaries.append(key)
        }
        try store.save(record)
        summaries.apply(record)
        return hasTold || !record.messages.isEmpty
    }

    /// Tells the ALARMs of a time away that are the present state of their alarms.
    private mutating func tellLasting(_ now: Timestamp) throws -> Bool {
        guard let announcer, !summaries.alarmsAway.isEmpty else { return false }
        var record = EvaluationRecord()
        var told: [(place: EntryPlace, told: AlarmStatus.Told)] = []
        let places = entryPlaces()
        let waiting = summaries.alarmsAway.values.sorted {
            ($0.windowEnd, $0.alarmName, $0.decisionNumber) < ($1.windowEnd, $1.alarmName, $1.decisionNumber)
        }
        for transition in waiting {
            let alarm: AnnouncedAlarm
            let configurationUpdated: Timestamp
            var behind: EvidenceScope?
            if let node = tree.nodes[transition.alarmName] {
                let status = node.machine.status
                guard status.state == .alarm, status.decisionNumber == transition.decisionNumber else { continue }
                alarm = .composite(node.machine.definition, triggering: transition.triggering)
                configurationUpdated = status.configurationUpdated
            } else {
                guard let place = places[[transition.alarmName, transition.contributor?.id ?? ""]] else { continue }
                let stored = stored(at: place)
                let status = stored.machine.status
                guard status.state == .alarm, status.enteredAlarmAt == transition.incidentStart else { continue }
                alarm = .metric(stored.machine.definition)
                configurationUpdated = status.configurationUpdated
                if announcer.takesEvidence {
                    behind = scope(ofWindowEnding: transition.windowEnd, entry(at: place))
                }
                if stored.machine.definition.repeatEverySeconds != nil {
                    var next = stored
                    let now = AlarmStatus.Told(number: transition.decisionNumber, ordinal: 0, at: now)
                    next.machine.status.told = now
                    record.alarms.append(next)
                    told.append((place, now))
                }
            }
            record.toldAlone.append(transition)
            try record.take(
                announcer.tell(
                    transition, of: alarm, configurationUpdated: configurationUpdated, scope: behind, at: now,
                    mutes: mutes.mutes, set: set), decisionNumber: transition.decisionNumber)
        }
        try store.save(record)
        for (place, told) in told { setTold(told, at: place) }
        mutes.apply(record)
        summaries.apply(record)
        return !record.messages.isEmpty
    }

    private typealias EntryPlace = (entry: Int, contributor: Int?)

    /// Where each alarm and contributor stands, by name and id.
    private func entryPlaces() -> [[String]: EntryPlace] {
        var places: [[String]: EntryPlace] = [:]
        for (index, entry) in entries.enumerated() {
            let name = entry.stored.machine.definition.name
            places[[name, ""]] = (index, nil)
            for (number, contributor) in entry.contributors.enumerated() {
                places[[name, contributor.stored.machine.definition.contributor?.id ?? ""]] = (index, number)
            }
        }
        return places
    }

    private func entry(at place: EntryPlace) -> Entry {
        place.contributor.map { entries[place.entry].contributors[$0] } ?? entries[place.entry]
    }

    private func stored(at place: EntryPlace) -> StoredAlarm { entry(at: place).stored }

    private mutating func setTold(_ told: AlarmStatus.Told, at place: EntryPlace) {
        if let number = place.contributor {
            entries[place.entry].contributors[number].stored.machine.status.told = told
        } else {
            entries[place.entry].stored.machine.status.told = told
        }
    }
}
