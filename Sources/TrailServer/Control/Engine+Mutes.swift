import Logging
import TrailAlarms
import TrailModel
import TrailStore

extension Engine {
    /// Withholds the actions of alarms.
    ///
    /// - Throws: ``InputError`` for a name that no alarm has; what keeps the store from writing.
    func mute(_ order: MuteOrder) throws -> [Mute] {
        let now = time.now()
        let mutes = try order.mutes(now: now, names: alarmNames)
        try evaluator.change(mutes: mutes, removing: [], at: now)
        logger.notice(
            "Muted alarms",
            metadata: [
                "alarms": "\(order.alarmNames)", "who": "\(order.who)", "reason": "\(order.reason)",
                "until": "\(mutes.first?.until.rfc3339 ?? "")",
            ])
        publish()
        return mutes
    }

    /// Ends the mutes of alarms; what was withheld runs at once.
    ///
    /// - Throws: ``InputError`` for an alarm that nobody muted; what keeps the store from writing.
    func unmute(_ names: [String], who: String) throws {
        let now = time.now()
        try checkMuted(names, evaluator.mutes.mutes, now: now)
        try evaluator.change(mutes: [], removing: names, at: now)
        logger.notice("Ended the mutes of alarms", metadata: ["alarms": "\(names)", "who": "\(who)"])
        try evaluate()
        publish()
    }

    /// What is muted now.
    func muteLines() -> [Mutes.Line] { evaluator.mutes.mutes.lines(at: time.now()) }

    private var alarmNames: [String] {
        evaluator.alarms.map(\.alarm.machine.definition.name) + evaluator.composites.map(\.definition.name)
    }
}
