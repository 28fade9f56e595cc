package import TrailModel

/// A person's word that the actions of one alarm are withheld for a while (`trailwatch mute`).
package struct Mute: Equatable, Sendable {
    package let alarmName: String
    package let since: Timestamp
    package let until: Timestamp
    package let reason: String
    /// The name of the user on the operating system.
    package let who: String

    /// How long a mute may be; CloudWatch's limit for the windows of its rules.
    package static let secondsMax = MuteSchedule.durationSecondsMax
    package static let reasonCharactersMax = 1024
    /// Alarms of one command; CloudWatch's limit for a rule.
    package static let alarmNamesMax = MuteRule.alarmNamesMax

    package init(alarmName: String, since: Timestamp, until: Timestamp, reason: String, who: String) {
        self.alarmName = alarmName
        self.since = since
        self.until = until
        self.reason = reason
        self.who = who
    }
}

/// All that withholds actions: mute rules, and the mutes of people, one for each alarm.
package struct Mutes: Equatable, Sendable {
    package var rules: [MuteRule]
    package private(set) var byAlarm: [String: Mute]

    package init(rules: [MuteRule] = [], _ mutes: [Mute] = []) {
        self.rules = rules
        byAlarm = Dictionary(mutes.map { ($0.alarmName, $0) }) { $1 }
    }

    /// Puts a mute in the place of another one of the same alarm.
    package mutating func add(_ mute: Mute) { byAlarm[mute.alarmName] = mute }

    package mutating func remove(_ alarmName: String) { byAlarm[alarmName] = nil }

    /// Whether the actions of an alarm are withheld at `time`.
    package func isMuted(_ alarmName: String, at time: Timestamp) -> Bool {
        if let mute = byAlarm[alarmName], mute.since <= time, time < mute.until { return true }
        return rules.contains { $0.alarmNames.contains(alarmName) && $0.isMuted(at: time) }
    }

    /// Until when the actions of an alarm are withheld; `nil` when nothing mutes it at `time`.
    ///
    /// Mutes that touch are one.
    package func mutedUntil(_ alarmName: String, at time: Timestamp) -> Timestamp? {
        let mute = byAlarm[alarmName]
        var end = rules.mutedUntil(alarmName, at: time) ?? time
        guard let mute, mute.since <= end, mute.until > end else { return end > time ? end : nil }
        end = mute.until
        return rules.mutedUntil(alarmName, at: end) ?? end
    }

    /// The mutes of people that are over.
    package func expired(at time: Timestamp) -> [Mute] {
        byAlarm.values.filter { $0.until <= time }.sorted { $0.alarmName < $1.alarmName }
    }

    /// One line of what is muted now.
    package struct Line: Equatable, Sendable {
        /// An alarm, or the alarms of a rule.
        package let alarmNames: [String]
        package let until: Timestamp
        /// A user, or `rule NAME`.
        package let who: String
        package let reason: String
    }

    /// What is muted at `time`: by people, then by rules, each by name.
    package func lines(at time: Timestamp) -> [Line] {
        let own = byAlarm.values.filter { $0.until > time }.sorted { $0.alarmName < $1.alarmName }.map {
            Line(alarmNames: [$0.alarmName], until: $0.until, who: $0.who, reason: $0.reason)
        }
        let rules = rules.filter { $0.isMuted(at: time) }.sorted { $0.name < $1.name }.compactMap { rule in
            rule.nextChange(after: time).map {
                Line(
                    alarmNames: rule.alarmNames, until: $0, who: "rule \(rule.name)",
                    reason: rule.muteDescription ?? "")
            }
        }
        return own + rules
    }
}
