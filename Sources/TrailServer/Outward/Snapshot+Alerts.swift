import TrailAlarms
import TrailModel
import TrailNotify
import TrailStore

/// Whose alarms they are, and where their pages are.
struct AlertHome: Sendable {
    let accountID: String
    let region: String
    let links: SNSLinks
}

extension Engine.Snapshot {
    /// All alarms in ALARM whose actions may run: metric alarms, each contributor in the place of its alarm, and composite
    /// alarms.
    ///
    /// Left out are those without actions (`ActionsEnabled`), muted ones, and composite ones whose actions a suppressor
    /// holds back.
    func alerts(at now: Timestamp, _ home: AlertHome) -> [AlertmanagerAlert] {
        var alerts: [AlertmanagerAlert] = []
        for (alarm, _, contributors) in alarms {
            for stored in alarm.machine.definition.hasContributors ? contributors : [alarm] {
                let (definition, status) = (stored.machine.definition, stored.machine.status)
                guard status.state == .alarm, definition.actionsEnabled, !mutes.isMuted(definition.name, at: now) else {
                    continue
                }
                alerts.append(alert(.metric(definition), status.reason, since: status.stateUpdated, now, home))
            }
        }
        for composite in composites {
            let (definition, status) = (composite.definition, composite.status)
            guard status.state == .alarm, definition.actionsEnabled, status.suppression.phase == nil,
                !mutes.isMuted(definition.name, at: now)
            else { continue }
            let alarm = AnnouncedAlarm.composite(definition, triggering: [])
            alerts.append(alert(alarm, status.reason, since: status.stateTransitioned, now, home))
        }
        return alerts
    }

    private func alert(
        _ alarm: AnnouncedAlarm, _ reason: String, since: Timestamp, _ now: Timestamp, _ home: AlertHome
    ) -> AlertmanagerAlert {
        AlertmanagerAlert(
            alarm, reason: reason, since: min(since, now), accountID: home.accountID, region: home.region,
            url: home.links.page(ofAlarm: alarm.name), accountText: accountNames.text)
    }
}
