import Mustache
import TrailAlarms
import TrailCounts
import TrailModel
import TrailStore

/// The page at `/`: the counts of the last hours in slots of five minutes, and the alarms with their states.
struct ConsolePage: Sendable {
    let store: Store
    let snapshot: Engine.Snapshot
    let now: Timestamp

    private static let hours = 3

    func render() throws -> String {
        let template = try MustacheTemplate(string: Self.source)
        return template.render(
            [
                "now": now.rfc3339,
                "watermark": snapshot.watermark?.rfc3339 ?? "nothing yet",
                "isCaughtUp": snapshot.isCaughtUp,
                "recountFiles": snapshot.recount.waiting > 0 ? "\(snapshot.recount.waiting)" : "",
                "troubles": try troubles(),
                "alarms": rows(),
                "slots": try slots(),
            ] as [String: Any])
    }

    /// What is not as it should be.
    private func troubles() throws -> [String] {
        var troubles: [String] = []
        if !snapshot.isStoreWritable { troubles.append("The store cannot be written: intake waits.") }
        if let reload = snapshot.reload, !reload.isSuccessful {
            troubles.append(
                "The alarm files have an error since \(reload.time.rfc3339): the former ones are at work. See the log.")
        }
        for (name, since) in snapshot.unreadable {
            troubles.append("\(name) cannot be read since \(since.rfc3339).")
        }
        for name in snapshot.tooWide {
            troubles.append(
                "The query of \(name) gives more than \(InsightsQuery.seriesMax) series or reads more than "
                    + "\(InsightsQuery.metricsMax) metrics: it is evaluated on a part of them (PARTIAL_DATA).")
        }
        troubles += snapshot.silent
        let waiting = try store.waitingMessageCount()
        if waiting > 0 { troubles.append("Messages that are not delivered yet: \(waiting).") }
        return troubles
    }

    private func rows() -> [[String: Any]] {
        let mutes = snapshot.mutes.lines(at: now).reduce(into: [String: [String]]()) { mutes, line in
            let reason = line.reason.isEmpty ? "" : ": \(line.reason)"
            for name in line.alarmNames {
                mutes[name, default: []].append("muted until \(line.until.rfc3339) by \(line.who)\(reason)")
            }
        }
        let metric = snapshot.alarms.map { alarm in
            let definition = alarm.alarm.machine.definition
            let status = alarm.alarm.machine.status
            return row(
                definition.name, status.state, since: status.stateUpdated, status.reason, definition.severity,
                notes: mutes[definition.name] ?? [])
        }
        let composite = snapshot.composites.map { alarm in
            let (definition, status) = (alarm.definition, alarm.status)
            let suppressor = definition.suppressor.flatMap { status.suppression.reason(suppressor: $0.alarm.name) }
            return row(
                definition.name, status.state, since: status.stateTransitioned, status.reason, definition.severity,
                notes: (suppressor.map { [$0] } ?? []) + (mutes[definition.name] ?? []))
        }
        return metric + composite
    }

    private func row(
        _ name: String, _ state: AlarmState, since: Timestamp, _ reason: String, _ severity: String, notes: [String]
    ) -> [String: Any] {
        [
            "name": name, "state": state.rawValue, "since": since.rfc3339, "reason": reason, "severity": severity,
            "notes": notes, "class": state == .alarm ? "alarm" : state == .ok ? "ok" : "unknown",
        ]
    }

    private func slots() throws -> [[String: Any]] {
        let step = BuiltInMetrics.resolution.seconds
        let end = now.floored(toSeconds: step).adding(seconds: step)
        let range = end.adding(seconds: -Int64(Self.hours) * 3600)..<end
        func counts(_ name: String) throws -> [Timestamp: Int64] {
            let metric = Metric(namespace: BuiltInMetrics.namespace, name: name)
            return Dictionary(
                uniqueKeysWithValues: try store.slots(of: metric, in: range).map { ($0.start, $0.set.sampleCount) })
        }
        let events = try counts(BuiltInMetrics.eventCount)
        let errors = try counts(BuiltInMetrics.errorCount)
        return stride(from: range.upperBound.seconds - step, through: range.lowerBound.seconds, by: Int(-step)).map {
            let start = Timestamp(seconds: Int64($0))
            return ["start": start.rfc3339, "events": events[start] ?? 0, "errors": errors[start] ?? 0]
        }
    }

    private static let source = """
        <!doctype html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta http-equiv="refresh" content="60">
        <title>Trailwatch</title>
        <style>
        body { font: 15px/1.45 system-ui, sans-serif; margin: 2rem auto; max-width: 64rem; padding: 0 1rem; }
        table { border-collapse: collapse; margin: 1rem 0 2rem; width: 100%; }
        th, td { border-bottom: 1px solid #ccc; padding: .3rem .8rem .3rem 0; text-align: left; vertical-align: top; }
        td.number, th.number { font-variant-numeric: tabular-nums; text-align: right; width: 8rem; }
        .alarm { color: #b00020; font-weight: 600; } .ok { color: #1b6e30; } .unknown { color: #666; }
        tr:target { background: #fff6d5; }
        .wide { overflow-x: auto; } td:nth-child(3) { white-space: nowrap; } td:nth-child(4) { min-width: 16rem; }
        td { overflow-wrap: anywhere; min-width: 6rem; }
        @media (prefers-color-scheme: dark) {
            body { background: #16181b; color: #ddd; } th, td { border-color: #444; } a { color: #9cf; }
            .alarm { color: #ff6b7d; } .ok { color: #6fcf87; } tr:target { background: #3a3520; }
        }
        </style>
        </head>
        <body>
        <h1>Trailwatch</h1>
        <p>{{now}} · {{#isCaughtUp}}events are complete up to {{watermark}}{{/isCaughtUp}}{{^isCaughtUp}}reading files
        that were there at the start; alarms are decided when they are read{{/isCaughtUp}} ·
        {{#recountFiles}}{{.}} known files are being counted for new metric filters; alarms on these are decided
        then · {{/recountFiles}}<a href="/metrics">metrics</a></p>
        {{#troubles}}<p class="alarm">{{.}}</p>{{/troubles}}
        <h2>Alarms</h2>
        <div class="wide"><table>
        <tr><th>Alarm</th><th>State</th><th>Since</th><th>Reason</th></tr>
        {{#alarms}}
        <tr id="{{name}}"><td>{{name}}{{#severity}}<br><small>{{severity}}</small>{{/severity}}</td>
        <td class="{{class}}">{{state}}</td><td>{{since}}</td><td>{{reason}}{{#notes}}<br><small>{{.}}</small>{{/notes}}</td></tr>
        {{/alarms}}
        {{^alarms}}<tr><td colspan="4">No alarm file is loaded.</td></tr>{{/alarms}}
        </table></div>
        <h2>Events per five minutes</h2>
        <table>
        <tr><th>From (UTC)</th><th class="number">Events</th><th class="number">Errors</th></tr>
        {{#slots}}
        <tr><td>{{start}}</td><td class="number">{{events}}</td><td class="number">{{errors}}</td></tr>
        {{/slots}}
        </table>
        </body>
        </html>
        """
}
