package import TrailModel

/// Times in which the actions of some alarms are withheld (`AWS::CloudWatch::AlarmMuteRule`).
///
/// The alarms are evaluated and change their states as ever; ``WithheldAction`` says what runs when a mute ends.
package struct MuteRule: Equatable, Sendable {
    /// CloudWatch's `Status`.
    package enum Status: String, Sendable {
        case scheduled = "SCHEDULED"
        case active = "ACTIVE"
        case expired = "EXPIRED"
    }

    package let name: String
    package let muteDescription: String?
    package let alarmNames: [String]
    package let schedule: MuteSchedule
    /// Windows count from here on; absent, all do.
    package let start: Timestamp?
    /// Windows end here at the latest.
    package let expiry: Timestamp?

    /// Alarms of one rule, CloudWatch's limit.
    package static let alarmNamesMax = 100
    package static let nameCharactersMax = 255
    /// Windows that are joined to find the end of a mute.
    private static let windowsMax = 1000

    /// A mute rule.
    ///
    /// - Throws: ``MuteRuleError`` for a name or a number of alarms out of range, and an expiry that is not after the start.
    package init(
        name: String, muteDescription: String? = nil, alarmNames: [String], schedule: MuteSchedule,
        start: Timestamp? = nil, expiry: Timestamp? = nil
    ) throws(MuteRuleError) {
        guard (1...Self.nameCharactersMax).contains(name.unicodeScalars.count) else {
            throw .name(characters: name.unicodeScalars.count)
        }
        guard alarmNames.count <= Self.alarmNamesMax else { throw .tooManyAlarms(alarmNames.count) }
        if let start, let expiry, expiry <= start { throw .expiresBeforeStart }
        self.name = name
        self.muteDescription = muteDescription
        self.alarmNames = alarmNames
        self.schedule = schedule
        self.start = start
        self.expiry = expiry
    }

    /// Whether actions are withheld; a window's start belongs to it, its end does not.
    package func isMuted(at time: Timestamp) -> Bool {
        if let start, time < start { return false }
        if let expiry, time >= expiry { return false }
        guard let begin = schedule.lastStart(through: time) else { return false }
        return time < begin.adding(seconds: schedule.durationSeconds)
    }

    /// When to look again: the time of the next start or end of a mute after `time`; `nil` when there is none.
    ///
    /// Windows that touch are one. Of very many that do the end of the first thousand is given, where the mute
    /// goes on.
    package func nextChange(after time: Timestamp) -> Timestamp? {
        if let expiry, time >= expiry { return nil }
        guard isMuted(at: time) else {
            var from = time
            if let start, time < start {
                if isMuted(at: start) { return start }
                from = start
            }
            guard let next = schedule.firstStart(after: from) else { return nil }
            return expiry.map { next < $0 } ?? true ? next : nil
        }
        var end = time
        for _ in 0..<Self.windowsMax {
            guard let begin = schedule.lastStart(through: end) else { break }
            let later = begin.adding(seconds: schedule.durationSeconds)
            if later <= end { break }
            end = later
            if let expiry, end >= expiry { return expiry }
        }
        return end
    }

    package func status(at time: Timestamp) -> Status {
        if isMuted(at: time) { return .active }
        return nextChange(after: time) == nil ? .expired : .scheduled
    }
}

/// The action of an alarm's present state that a mute withheld; stored with the alarm, one for all rules that mute it.
///
/// When the last mute ends, by its time, by a change of the rule or by its removal, the action runs once if the alarm is
/// still in the state that it entered while muted: the actions that it has then (CloudWatch User Guide, "How alarm mute
/// rules work").
package struct WithheldAction: Equatable, Sendable, Codable {
    /// The state whose action waits.
    package let state: AlarmState
    /// When the alarm entered it.
    package let since: Timestamp

    package init(state: AlarmState, since: Timestamp) {
        self.state = state
        self.since = since
    }

    /// Whether it runs now that no rule mutes the alarm; it is not to be kept either way.
    package func runs(inState present: AlarmState) -> Bool { present == state }
}
