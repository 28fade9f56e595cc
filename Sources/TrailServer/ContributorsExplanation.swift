import TrailAlarms
package import TrailModel

/// Why an alarm on a Metrics Insights query with `GROUP BY` was in its state: how each of its contributors stood.
package struct ContributorsExplanation: Sendable {
    /// The alarm's own decisions; it has no datapoints but those of its contributors.
    package let own: AlarmExplanation
    /// Those in ALARM first, each group by name.
    package let contributors: [AlarmExplanation]

    init(own: AlarmExplanation, contributors: [AlarmExplanation]) {
        self.own = own
        self.contributors =
            contributors.filter { $0.shownState == .alarm } + contributors.filter { $0.shownState != .alarm }
    }

    /// The contributor whose change of one datapoint would have led the alarm to another state; the smallest such change.
    package var nearest: AlarmExplanation? {
        let breaching = contributors.filter { $0.shownState == .alarm }
        // While a second one is in ALARM, no change of one leads out of it.
        guard breaching.count <= 1 else { return nil }
        let asked = breaching.isEmpty ? contributors : breaching
        func distance(_ explanation: AlarmExplanation) -> Double? {
            guard let flip = explanation.shown.flip, (flip.state == .alarm) == breaching.isEmpty else { return nil }
            return ((flip.to ?? 0) - (flip.from ?? 0)).magnitude
        }
        return asked.filter { distance($0) != nil }.min { (distance($0) ?? 0) < (distance($1) ?? 0) }
    }

    private static let linesMax = 50

    /// Lines for people, one for each contributor.
    package func text(dataDirectory: String? = nil) -> String {
        var lines = [own.headline, own.subject, ""]
        let width = contributors.prefix(Self.linesMax).map(\.contributorText.count).max() ?? 0
        for one in contributors.prefix(Self.linesMax) {
            let name = one.contributorText
            lines.append("  \(name)\(String(repeating: " ", count: max(0, width - name.count)))  \(one.line)")
        }
        if contributors.count > Self.linesMax {
            lines.append("  and \(contributors.count - Self.linesMax) more, which --format json lists")
        }
        if contributors.isEmpty { lines.append("  no series was ever there") }
        let breaching = contributors.count { $0.shownState == .alarm }
        lines += ["", "verdict   \(breaching) of \(contributors.count) contributors in ALARM; ALARM wants one"]
        if let nearest {
            let text = nearest.shown.flipText(countsEvents: nearest.countsEvents)
            lines.append("nearest   \(nearest.contributorText): \(text)")
        } else {
            lines.append("nearest   No change of one datapoint would have led to another state.")
        }
        lines.append("")
        lines += own.decisionLines
        if let first = nearest ?? contributors.first {
            let data = dataDirectory.map { " --data \(shellQuoted($0))" } ?? ""
            lines += [
                "", "in full",
                "  trailwatch explain \(shellQuoted(own.alarm.name))\(data) --contributor "
                    + "\(shellQuoted(first.contributorText)) --at \(own.windowEnd.rfc3339)",
            ]
        }
        if !own.notes.isEmpty { lines += ["", "notes"] + own.notes.map { "  \($0)" } }
        return lines.joined(separator: "\n")
    }

    /// All of it for programs, each contributor in full.
    package var json: JSONValue {
        .members([
            ("alarm", .string(own.alarm.name)), ("windowEnd", .string(own.windowEnd.rfc3339)),
            ("evaluationState", .optional(own.evaluationState)), ("decided", .bool(own.isDecided)),
            ("state", .optional(own.recordedState?.rawValue)),
            ("stateNow", .string(own.currentState.rawValue)), ("definition", own.definitionJSON),
            ("decisions", .array(own.decisions.map(\.json))), ("entered", own.entered.map(\.json) ?? .null),
            ("nearestContributor", nearest?.alarm.contributor.map(\.document) ?? .null),
            ("contributors", .array(contributors.map(\.json))), ("notes", .array(own.notes.map { .string($0) })),
        ])
    }
}

extension AlarmExplanation {
    /// What was decided, what is known where nothing was.
    fileprivate var shown: Explanation { asDecided ?? asKnownNow }
    fileprivate var shownState: AlarmState { recordedState ?? asKnownNow.state }
    fileprivate var contributorText: String { alarm.contributor?.text ?? alarm.name }

    fileprivate var line: String {
        let value = shown.periods.last?.value.map { plainText($0) } ?? "no data"
        let change = currentState == shownState || recordedState == nil ? "" : ", \(currentState.rawValue) as known now"
        return "\(shownState.rawValue)\(change)  last \(value); \(shown.breaching) of \(shown.used) breach"
    }
}

extension Contributor {
    /// True for its attributes, their values, or its id.
    func isNamed(_ text: String) -> Bool {
        text == self.text || text == id || text == attributes.map(\.value).joined(separator: ",")
    }
}
