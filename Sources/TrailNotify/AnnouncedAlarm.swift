package import TrailAlarms

/// The alarm that a message is about.
package enum AnnouncedAlarm: Equatable, Sendable, Codable {
    case metric(MetricAlarm)
    /// With the children that brought its state about.
    case composite(CompositeAlarm, triggering: [TriggeringAlarm])

    package var name: String {
        switch self {
        case .metric(let alarm): alarm.name
        case .composite(let alarm, _): alarm.name
        }
    }

    package var alarmDescription: String? {
        switch self {
        case .metric(let alarm): alarm.alarmDescription
        case .composite(let alarm, _): alarm.alarmDescription
        }
    }

    package var severity: String {
        switch self {
        case .metric(let alarm): alarm.severity
        case .composite(let alarm, _): alarm.severity
        }
    }

    /// The series that a metric alarm with several speaks of.
    package var contributor: Contributor? {
        if case .metric(let alarm) = self { alarm.contributor } else { nil }
    }

    package var actionsEnabled: Bool {
        switch self {
        case .metric(let alarm): alarm.actionsEnabled
        case .composite(let alarm, _): alarm.actionsEnabled
        }
    }

    package var alarmType: AlarmHistoryItem.AlarmType {
        switch self {
        case .metric: .metric
        case .composite: .composite
        }
    }

    /// The target ARNs for an alarm that enters `state`.
    package func actions(for state: AlarmState) -> [String] {
        switch self {
        case .metric(let alarm): alarm.actions(for: state)
        case .composite(let alarm, _): alarm.actions(for: state)
        }
    }
}
