import TrailAlarms
import TrailModel
import TrailStore

/// What was told of decisions, and why nothing was.
extension Explainer {
    func told(_ decision: RecordedDecision, _ place: Place, _ mark: Timestamp?) throws -> AlarmExplanation.Told {
        let (name, contributor) = (place.alarm.name, place.alarm.contributor)
        // The messages of an alarm with contributors are theirs.
        let messages =
            place.alarm.hasContributors
            ? [] : try reader.messages(of: name, contributor: contributor, decision: decision.number)
        let actions = try reader.actions(of: name, contributor: contributor, decision: decision.number)
        var silence: String?
        if messages.isEmpty && actions.isEmpty {
            let muted = try reader.muting(of: name).withheld.first {
                $0.contributor == contributor && $0.decisionNumber == decision.number
            }
            silence =
                try muted.map { try mutedText(name, $0) } ?? reasonOfSilence(decision, place, mark)
                ?? mutedText(name, decision)
        }
        return AlarmExplanation.Told(
            decision: decision, messages: messages, actions: actions.filter { $0.summaryPlace == nil },
            summaries: try summaries(of: actions),
            mutes: place.alarm.hasContributors ? [] : try mutes(of: name, at: decision.decidedAt), silence: silence)
    }

    /// What withholds a transition, by whom and until when.
    func mutedText(_ name: String, _ withheld: WithheldTransition) throws -> String {
        let by = try mutes(of: name, at: withheld.action.since).map(\.text).joined(separator: ", and by ")
        return
            "withheld until \(withheld.mutedUntil.rfc3339), muted by \(by.isEmpty ? "a mute rule" : by); it is told then "
            + "if the alarm is \(withheld.action.state.rawValue) still"
    }

    /// Why nothing was told of a decision that was to be told.
    private func mutedText(_ name: String, _ decision: RecordedDecision) throws -> String {
        let by = try mutes(of: name, at: decision.decidedAt).map(\.text).joined(separator: ", and by ")
        guard by.isEmpty else {
            return "muted by \(by); the alarm had left \(decision.to.rawValue) when that was over"
        }
        return
            "it was recorded only: by `ingest`, as the first state of a new alarm, or from files of before a source's mark"
    }

    private func reasonOfSilence(_ decision: RecordedDecision, _ place: Place, _ mark: Timestamp?) -> String? {
        if decision.kind == .settled {
            return "a window that is decided after a later one never acts"
        }
        if place.alarm.hasContributors { return "the actions are those of its contributors" }
        if !decision.changesState { return "the alarm's present state was left alone" }
        if !place.alarm.actionsEnabled { return "ActionsEnabled is false" }
        if place.alarm.actions(for: decision.to).isEmpty {
            return "the alarm has no action for \(decision.to.rawValue)"
        }
        if let mark, decision.windowEnd <= mark {
            return "the window lies before \(mark.rfc3339), from where on the alarm announces"
        }
        return nil
    }
}
