import TrailAlarms
import TrailEvents
import TrailNotify
import TrailPatterns

extension Subscription {
    /// Whether its filter policy lets a message through (SNS developer guide, message filtering).
    ///
    /// Messages have no attributes, so that a policy on attributes sees an empty set. A policy on the message sees its
    /// document without `Evidence`; what is no JSON object passes none.
    func admits(_ notice: Notice) -> Bool {
        guard let policy = options.filterPolicy else { return true }
        // It was checked when it was loaded.
        guard let pattern = try? EventPattern(policy.pattern) else { return false }
        let document =
            switch policy.scope {
            case .attributes: "{}"
            case .body: notice.document
            }
        var table = FieldTable()
        let patterns = PatternSet(rules: [pattern.compile(into: &table, for: .event)])
        var scanner = RecordScanner(table)
        var matcher = PatternMatcher(patterns)
        var isAdmitted = false
        try? scanner.scan(record: LogText(document)) { record in
            matcher.forEachMatch(record) { _ in isAdmitted = true }
        }
        return isAdmitted
    }
}
