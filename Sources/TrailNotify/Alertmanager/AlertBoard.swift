package import TrailModel

/// What one Alertmanager was told, and what it is to be told next; pure, no I/O, no clock.
///
/// Each alert is posted with an end a little ahead, again and again: an Alertmanager that hears nothing any more lets it
/// expire, whatever its `resolve_timeout` is. Nothing of this is kept over a restart.
package struct AlertBoard: Sendable {
    /// All alerts are posted this often.
    package static let refreshSeconds: Int64 = 60
    /// How far ahead the end of an alert lies: three posts may fail.
    package static let endSeconds: Int64 = 240
    /// What one post holds at most; an alert that is larger has one of its own.
    package static let postAlertsMax = 256
    package static let postBytesMax = 512 * 1024

    /// The body of one request.
    package struct Post: Sendable {
        package let body: [UInt8]
        fileprivate let keys: [Key]
        fileprivate let time: Timestamp

        /// How many alerts it holds.
        package var count: Int { keys.count }
    }

    fileprivate typealias Key = [AlertmanagerAlert.Label]

    private struct Known {
        var alert: AlertmanagerAlert
        /// The end that was sent last, be it that the answer was lost; `nil` before the first attempt.
        var promisedEnd: Timestamp?
        /// When the alert was accepted last as it is.
        var acceptedAt: Timestamp?
        /// When the alarm left ALARM.
        var endedAt: Timestamp?
    }

    private var known: [Key: Known] = [:]
    /// The alerts of alarms in ALARM, in the order given.
    private var active: [Key] = []
    /// What is still to be posted in this pass.
    private var queue: ArraySlice<Key> = []

    package init() {}

    /// Takes what is in ALARM now.
    package mutating func take(_ alerts: [AlertmanagerAlert], at now: Timestamp) {
        var seen: Set<Key> = []
        active = alerts.map(\.labels).filter { seen.insert($0).inserted }
        for alert in alerts {
            guard var entry = known[alert.labels] else {
                known[alert.labels] = Known(alert: alert)
                continue
            }
            if entry.alert != alert || entry.endedAt != nil { entry.acceptedAt = nil }
            entry.alert = alert
            entry.endedAt = nil
            known[alert.labels] = entry
        }
        for (key, entry) in known where !seen.contains(key) {
            // What was never sent, or has run out by itself, needs no end.
            if entry.promisedEnd.map({ $0 <= now }) ?? true {
                known[key] = nil
            } else if entry.endedAt == nil {
                known[key]?.endedAt = now
            }
        }
    }

    /// When something is to be posted next; `nil` when there is nothing to tell.
    package func nextPass(at now: Timestamp) -> Timestamp? {
        var next: Timestamp?
        for entry in known.values {
            guard entry.endedAt == nil, let accepted = entry.acceptedAt else { return now }
            let due = accepted.adding(seconds: Self.refreshSeconds)
            next = min(next ?? due, due)
        }
        return next
    }

    /// Begins to post what is due: ends, what is new, and everything when a minute has passed.
    package mutating func beginPass(at now: Timestamp) {
        let ended = known.filter { $0.value.endedAt != nil }.keys.sorted { $0.precedes($1) }
        let isRefresh = active.contains { key in
            known[key]?.acceptedAt.map { $0.adding(seconds: Self.refreshSeconds) <= now } ?? false
        }
        queue = (ended + active.filter { isRefresh || known[$0]?.acceptedAt == nil })[...]
    }

    /// The next request of the pass; `nil` at its end.
    package mutating func nextPost(at now: Timestamp) -> Post? {
        var body = "["
        var keys: [Key] = []
        while let key = queue.first, keys.count < Self.postAlertsMax {
            guard var entry = known[key] else {
                queue.removeFirst()
                continue
            }
            let end = entry.endedAt ?? now.adding(seconds: Self.endSeconds)
            let text = entry.alert.document(endsAt: end).text
            guard keys.isEmpty || body.utf8.count + text.utf8.count + 2 <= Self.postBytesMax else { break }
            queue.removeFirst()
            // An end that gets lost leaves the promise that stands.
            entry.promisedEnd = entry.endedAt == nil ? end : entry.promisedEnd
            known[key] = entry
            body += keys.isEmpty ? text : "," + text
            keys.append(key)
        }
        return keys.isEmpty ? nil : Post(body: Array((body + "]").utf8), keys: keys, time: now)
    }

    /// Notes that a request was accepted.
    package mutating func accept(_ post: Post) {
        for key in post.keys {
            if known[key]?.endedAt != nil { known[key] = nil }
            known[key]?.acceptedAt = post.time
        }
    }

    /// Gives up the rest of the pass.
    package mutating func endPass() { queue = [] }
}

extension [AlertmanagerAlert.Label] {
    fileprivate func precedes(_ other: Self) -> Bool {
        lexicographicallyPrecedes(other) { ($0.name, $0.value) < ($1.name, $1.value) }
    }
}
