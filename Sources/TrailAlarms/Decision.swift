package import TrailModel

/// One transition of an alarm, as it goes into history and, if it acts, into messages.
package struct Decision: Equatable, Sendable {
    /// How a transition came about.
    package enum Kind: String, CaseIterable, Sendable, Codable {
        /// At the watermark, with all data believed complete.
        case ordinary
        /// ALARM before the window closed, since no further data could change it.
        case early
        /// A window before an early ALARM's, decided after it, or one before the alarm's first, whose events were read
        /// behind newer ones: recorded, never acting.
        case settled
        /// A closed window that late events decided anew.
        case amended
    }

    /// The state that a transition leaves, as it stood.
    package struct Previous: Equatable, Sendable {
        package let reason: String
        /// JSON text.
        package let reasonData: String?
        package let updated: Timestamp

        package init(reason: String, reasonData: String?, updated: Timestamp) {
            self.reason = reason
            self.reasonData = reasonData
            self.updated = updated
        }
    }

    /// Counts an alarm's decisions from 1.
    package let number: Int64
    package let alarmName: String
    /// Whose state it is, of an alarm with several series.
    package let contributor: Contributor?
    /// End of the window that decided; the transition's place on the event-time timeline.
    package let windowEnd: Timestamp
    package let decidedAt: Timestamp
    package let from: AlarmState
    package let to: AlarmState
    package let reason: String
    /// JSON text (`StateReasonData`).
    package let reasonData: String
    package let kind: Kind
    /// True when the alarm's present state moved; only such decisions, and missed ALARMs, have actions.
    package let changesState: Bool
    /// True when the window ended more than ``lateAfterSeconds`` before the decision.
    package let isLate: Bool
    /// True when the alarm leaves the state it was created in.
    package let isFirst: Bool
    /// True for an amended entry into an ALARM of which nothing had been recorded, and for the transition that ends it.
    package let isMissedAlarm: Bool
    /// The incident a transition into or out of ALARM belongs to: end of the window that entered ALARM, equal for the
    /// ALARM and the decision that ends it; absent from settled decisions, which never act.
    package let incidentStart: Timestamp?
    /// The present state before, absent when `changesState` is false.
    package let previous: Previous?

    package static let lateAfterSeconds: Int64 = 900
}

/// One recorded transition in event time: from the window that ends at `windowEnd` on the alarm is in `state`.
package struct TimelineEntry: Hashable, Sendable, Codable {
    package let windowEnd: Timestamp
    package let state: AlarmState

    package init(windowEnd: Timestamp, state: AlarmState) {
        self.windowEnd = windowEnd
        self.state = state
    }
}

/// The part of an alarm's timeline that late events rewrote.
package struct AmendedTimeline: Equatable, Sendable {
    /// Recorded entries from this window end on are replaced by `entries`.
    package let replacedFrom: Timestamp
    /// Sorted; reaches to the timeline's end.
    package let entries: [TimelineEntry]

    package init(replacedFrom: Timestamp, entries: [TimelineEntry]) {
        self.replacedFrom = replacedFrom
        self.entries = entries
    }
}

/// What deciding closed windows again has shown.
package struct Redecision: Equatable, Sendable {
    /// Transitions that had not been recorded, in the order of their windows.
    package let decisions: [Decision]
    /// Recorded transitions that the complete data do not support.
    package let withdrawn: [TimelineEntry]
    /// Absent when the recorded timeline stands.
    package let timeline: AmendedTimeline?

    package init(decisions: [Decision], withdrawn: [TimelineEntry], timeline: AmendedTimeline?) {
        self.decisions = decisions
        self.withdrawn = withdrawn
        self.timeline = timeline
    }
}

extension [TimelineEntry] {
    /// The state in force after the window that ends at `time`, `initial` before the first entry.
    package func state(at time: Timestamp, initial: AlarmState = .insufficientData) -> AlarmState {
        last { $0.windowEnd <= time }?.state ?? initial
    }

    /// Takes a decision's transition in; one that ends at the same window replaces what stood there.
    ///
    /// Amended decisions come through ``replace(with:)`` instead.
    package mutating func record(_ decision: Decision) {
        guard decision.kind != .amended else { return }
        let index = firstIndex { $0.windowEnd >= decision.windowEnd } ?? count
        let entry = TimelineEntry(windowEnd: decision.windowEnd, state: decision.to)
        if index < count && self[index].windowEnd == decision.windowEnd {
            self[index] = entry
        } else {
            insert(entry, at: index)
        }
    }

    package mutating func replace(with amended: AmendedTimeline) {
        removeAll { $0.windowEnd >= amended.replacedFrom }
        append(contentsOf: amended.entries)
    }

    /// Without entries that change nothing.
    package func transitions(from initial: AlarmState = .insufficientData) -> [TimelineEntry] {
        var state = initial
        return filter { entry in
            defer { state = entry.state }
            return entry.state != state
        }
    }
}
