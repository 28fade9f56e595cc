import TrailAlarms
import TrailModel
import TrailNotify
import TrailStore
import TrailTemplates

/// What is told of decisions.
extension Evaluator {
    /// Runs the actions of an alarm's decisions, or leaves them to a summary.
    ///
    /// - Parameters:
    ///   - decisions: Of the alarm or contributor `entry`, in their order.
    ///   - entry: See there; as it is after them.
    ///   - isAway: Whether the alarm was away until now.
    ///   - touched: What may have made the decisions.
    ///   - moment: The evaluation's.
    ///   - record: Takes messages and history.
    /// - Returns: True when the last entry into ALARM made messages.
    /// - Throws: What keeps messages from being signed.
    func announce(
        _ decisions: [Decision], _ entry: Entry, isAway: Bool, touched: ArraySlice<UnevaluatedMinutes>,
        _ moment: Moment, _ record: inout EvaluationRecord
    ) throws -> Bool {
        guard let announcer else { return false }
        let machine = entry.stored.machine
        let origin = Announcer.Origin(
            alarmMark: entry.stored.mark, touched: touched, sourceMarks: moment.sourceMarks)
        var hasTold = false
        var isClosing = false
        for decision in decisions {
            if decision.changesState && decision.to == .alarm { hasTold = false }
            guard let transition = announcer.transition(of: decision, machine.definition, machine.status, origin)
            else { continue }
            let place = place(of: decision, entry, isAway: isAway, isClosing: isClosing, record)
            var announcement = Announcement()
            switch place {
            case .alone:
                announcement = try announcer.run(
                    transition, at: decision.decidedAt, mutes: mutes.mutes, isPresentState: decision.changesState,
                    scope: announcer.takesEvidence ? scope(of: decision, entry) : nil,
                    subscriptions: set.subscriptions, topics: set.topics)
                if decision.to == .alarm { hasTold = announcement.hasMessages }
                if decision.to != .insufficientData {
                    isClosing = false
                } else if decision.from == .alarm {
                    isClosing = true
                }
            case .summary(let day):
                // A mute keeps the present state's action back as ever.
                if mutes.mutes.isMuted(transition.alarm.name, at: decision.decidedAt) {
                    announcement = try announcer.run(
                        transition, at: decision.decidedAt, mutes: mutes.mutes, isPresentState: decision.changesState,
                        subscriptions: set.subscriptions, topics: set.topics)
                } else {
                    announcement.history = announcer.summarise(
                        transition, day: day, at: decision.decidedAt, topics: set.topics, &record)
                }
            }
            announcement.history = announcement.history.map {
                $0.marked(by: decision, decidedThrough: decision.windowEnd)
            }
            try record.take(announcement, decisionNumber: decision.number)
        }
        return hasTold
    }
}
