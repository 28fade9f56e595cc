import TrailModel

extension Decision {
    /// The transition of a composite alarm from `before` to `after`; its window ends when a child's did.
    package init(ofComposite name: String, before: CompositeStatus, after: CompositeStatus) {
        self.init(
            number: after.decisionNumber, alarmName: name, contributor: nil, windowEnd: after.stateTransitioned,
            decidedAt: after.stateTransitioned, from: before.state, to: after.state, reason: after.reason,
            reasonData: after.reasonData ?? "", kind: .ordinary, changesState: true, isLate: false,
            isFirst: after.isFirst, isMissedAlarm: false,
            incidentStart: after.state == .alarm || before.state == .alarm ? after.enteredAlarmAt : nil,
            previous: Previous(reason: before.reason, reasonData: before.reasonData, updated: before.stateUpdated))
    }
}
