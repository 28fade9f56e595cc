import TrailAlarms
package import TrailModel
import TrailStore
import TrailTemplates

/// What somebody wants to be muted.
package struct MuteOrder: Equatable, Sendable, Codable {
    package let alarmNames: [String]
    package let seconds: Int64
    package let reason: String
    package let who: String

    package init(alarmNames: [String], seconds: Int64, reason: String, who: String) {
        self.alarmNames = alarmNames
        self.seconds = seconds
        self.reason = reason
        self.who = who
    }

    /// The mutes that the order asks for.
    ///
    /// - Parameters:
    ///   - now: Their start.
    ///   - names: Of all alarms.
    /// - Returns: One for each alarm.
    /// - Throws: ``InputError`` for what is not within the limits, and for names that no alarm has.
    func mutes(now: Timestamp, names: [String]) throws(InputError) -> [Mute] {
        guard (60...Mute.secondsMax).contains(seconds) else {
            throw InputError("cannot mute for \(seconds) s; want 1m to \(durationText(seconds: Mute.secondsMax))")
        }
        guard (1...Mute.reasonCharactersMax).contains(reason.count) else {
            throw InputError(
                "cannot mute for a reason of \(reason.count) characters; want 1 to \(Mute.reasonCharactersMax)")
        }
        guard (1...Mute.alarmNamesMax).contains(alarmNames.count) else {
            throw InputError("cannot mute \(alarmNames.count) alarms at once; want 1 to \(Mute.alarmNamesMax)")
        }
        let known = Set(names)
        let unknown = alarmNames.filter { !known.contains($0) }
        guard unknown.isEmpty else {
            throw InputError(
                unknown.map { "there is no alarm '\($0)'\(suggestion(for: $0, among: known))" }.joined(separator: "\n"))
        }
        let until = now.adding(seconds: seconds)
        return alarmNames.map { Mute(alarmName: $0, since: now, until: until, reason: reason, who: who) }
    }
}

/// Whose mutes are to end.
package struct UnmuteOrder: Equatable, Sendable, Codable {
    package let alarmNames: [String]
    package let who: String

    package init(alarmNames: [String], who: String) {
        self.alarmNames = alarmNames
        self.who = who
    }
}

/// Checks that somebody muted each of these alarms.
func checkMuted(_ names: [String], _ mutes: Mutes, now: Timestamp) throws(InputError) {
    let muted = mutes.byAlarm.filter { $0.value.until > now }.keys
    let others = names.filter { !muted.contains($0) }
    guard others.isEmpty else {
        let lines = others.map { name in
            let rules = mutes.rules.filter { $0.alarmNames.contains(name) && $0.isMuted(at: now) }.map(\.name)
            return rules.isEmpty
                ? "nobody muted an alarm '\(name)'\(suggestion(for: name, among: muted))"
                : "the rule '\(rules[0])' mutes '\(name)': change it in its alarm file"
        }
        throw InputError(lines.joined(separator: "\n"))
    }
}

/// Until when alarms are muted, by whom and why: what `mute` prints.
package struct MuteLine: Equatable, Sendable, Codable {
    package let alarmNames: [String]
    package let until: Timestamp
    /// A user of the operating system, or `rule NAME`.
    package let who: String
    package let reason: String

    init(_ line: Mutes.Line) {
        (alarmNames, until, who, reason) = (line.alarmNames, line.until, line.who, line.reason)
    }

    init(_ mute: Mute) {
        (alarmNames, until, who, reason) = ([mute.alarmName], mute.until, mute.who, mute.reason)
    }
}

extension ControlAnswer.Mutes {
    init(lines: [Mutes.Line]) {
        mutes = lines.map(MuteLine.init)
    }

    init(mutes: [Mute]) {
        self.mutes = mutes.map(MuteLine.init)
    }
}

/// Mutes in a store that no server uses.
package struct StoredMutes: ~Copyable {
    private let store: Store

    /// Opens the store for writing.
    ///
    /// - Throws: ``StoreError`` for one in use.
    package init(directory: String) throws {
        // A command that names a wrong directory makes no store there.
        _ = try StoreReader(directory: directory)
        store = try Store(directory: directory)
    }

    /// What people muted and is not over.
    package static func lines(directory: String, now: Timestamp) throws -> [MuteLine] {
        try StoreReader(directory: directory).status().mutes.filter { $0.until > now }.map(MuteLine.init)
    }

    package func mute(_ order: MuteOrder, now: Timestamp) throws -> [MuteLine] {
        var record = EvaluationRecord()
        record.mutes = try order.mutes(now: now, names: try store.alarmNames())
        try store.save(record)
        return record.mutes.map(MuteLine.init)
    }

    package func unmute(_ order: UnmuteOrder, now: Timestamp) throws {
        try checkMuted(order.alarmNames, Mutes(try store.mutes()), now: now)
        var record = EvaluationRecord()
        for name in order.alarmNames { record.removedMutes[name] = now }
        try store.save(record)
    }
}
