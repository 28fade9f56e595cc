import Logging
import ServiceLifecycle
import TrailModel
import TrailNotify
import TrailTemplates

/// What calls outside on its own account: Alertmanagers and the heartbeat's address, where they are set.
struct OutwardServices: Sendable {
    let services: [any Service]
    let counts: OutwardCounts

    init(
        _ settings: ServerSettings, engine: Engine, links: SNSLinks,
        transport: some WebhookTransport & VisitTransport, time: any TimeSource, logger: Logger
    ) {
        let counts = OutwardCounts(
            hasAlertmanager: !settings.alertmanagers.isEmpty, hasHeartbeat: settings.heartbeat != nil)
        var services: [any Service] = []
        if !settings.alertmanagers.isEmpty {
            let home = AlertHome(
                accountID: settings.templates.accountID, region: settings.templates.region, links: links)
            services.append(
                AlertmanagerPoster(
                    urls: settings.alertmanagers, alerts: { engine.snapshot.alerts(at: $0, home) },
                    transport: transport, counts: counts, time: time, logger: logger))
        }
        if let heartbeat = settings.heartbeat {
            services.append(
                Heart(
                    heartbeat: heartbeat, ailment: { engine.snapshot.ailment(at: $0) }, transport: transport,
                    counts: counts, time: time, logger: logger))
        }
        self.services = services
        self.counts = counts
    }
}
