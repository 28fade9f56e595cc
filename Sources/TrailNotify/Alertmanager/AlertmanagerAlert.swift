import TrailAlarms
package import TrailModel

/// One alarm in ALARM, or one contributor, as a Prometheus Alertmanager knows it (API v2, `postableAlert`).
package struct AlertmanagerAlert: Equatable, Sendable {
    package struct Label: Hashable, Sendable {
        package let name: String
        package let value: String
    }

    /// What makes the alert the one it is: by name, no name twice, no value empty.
    package let labels: [Label]
    /// What people read, which may change while the alert lasts.
    package let annotations: [Label]
    /// The alarm's page.
    package let url: String
    /// When the alarm entered ALARM.
    package let startsAt: Timestamp

    /// Labels that have a meaning of their own; an attribute of a contributor takes none of them.
    package static let ownLabelNames: Set<String> = [
        "account_id", "alertname", "contributor", "file", "metric_name", "namespace", "region", "severity",
    ]

    /// The alert of an alarm that is in ALARM.
    ///
    /// - Parameters:
    ///   - alarm: The alarm, or one of its contributors.
    ///   - reason: Why it is in ALARM.
    ///   - since: When it entered.
    ///   - accountID: Whose alarm it is.
    ///   - region: The same.
    ///   - url: The alarm's page.
    ///   - accountText: An account id as people know the account.
    package init(
        _ alarm: AnnouncedAlarm, reason: String, since: Timestamp, accountID: String, region: String, url: String,
        accountText: (String) -> String = { $0 }
    ) {
        var labels: [(String, String)] = [
            ("account_id", accountID), ("alertname", alarm.name), ("region", region), ("severity", alarm.severity),
        ]
        switch alarm {
        case .metric(let alarm):
            labels.append(("file", alarm.location.file))
            if let (namespace, name) = alarm.input.oneMetric {
                labels += [("namespace", namespace), ("metric_name", name)]
            }
        case .composite(let alarm, _): labels.append(("file", alarm.location.file))
        }
        var who = ""
        if let contributor = alarm.contributor {
            labels.append(("contributor", contributor.text))
            labels += Self.labels(of: contributor)
            who = " (\(contributor.attributes.map { "\($0.name) \(accountText($0.value))" }.joined(separator: ", ")))"
        }
        let summary = alarm.alarmDescription.flatMap { $0.isEmpty ? nil : $0 } ?? "\(alarm.name) is in ALARM"
        self.labels = Self.sorted(labels)
        annotations = Self.sorted([("summary", summary + who), ("description", reason), ("url", url)])
        self.url = url
        startsAt = since
    }

    private static func sorted(_ labels: [(String, String)]) -> [Label] {
        labels.filter { !$0.1.isEmpty }.map { Label(name: $0.0, value: $0.1) }.sorted { $0.name < $1.name }
    }

    /// Each attribute by a name that Prometheus takes; one whose name is taken stands in `contributor` alone.
    private static func labels(of contributor: Contributor) -> [(String, String)] {
        var taken = ownLabelNames
        var labels: [(String, String)] = []
        for attribute in contributor.attributes {
            guard let name = prometheusLabelName(attribute.name) else { continue }
            let free = [name, "contributor_\(name)"].first { !taken.contains($0) }
            guard let free else { continue }
            taken.insert(free)
            labels.append((free, attribute.value))
        }
        return labels
    }

    /// The document that is posted; an end that has come ends the alert.
    package func document(endsAt: Timestamp) -> JSONValue {
        .members([
            ("startsAt", .string(startsAt.rfc3339Milliseconds)),
            // Alertmanager refuses an alert that ends before it starts.
            ("endsAt", .string(max(startsAt, endsAt).rfc3339Milliseconds)),
            ("annotations", .members(annotations.map { ($0.name, .string($0.value)) })),
            ("labels", .members(labels.map { ($0.name, .string($0.value)) })),
            ("generatorURL", .string(url)),
        ])
    }
}

extension AlarmInput {
    /// The metric, for an alarm on one metric name.
    fileprivate var oneMetric: (namespace: String, name: String)? {
        switch self {
        case .metric(let watched): (watched.metric.namespace, watched.metric.name)
        case .insights(let insights): (insights.query.namespace, insights.query.metricName)
        case .math(let math):
            math.metrics.count == 1 ? math.metrics.first.map { ($0.metric.namespace, $0.metric.name) } : nil
        }
    }
}

/// `text` as a label's name in Prometheus's form: `RecipientAccountId` is `recipient_account_id`.
///
/// - Returns: `nil` for a text without an ASCII letter or digit.
package func prometheusLabelName(_ text: String) -> String? {
    let scalars = Array(text.unicodeScalars)
    func isUpper(_ index: Int) -> Bool { scalars.indices.contains(index) && ("A"..."Z").contains(scalars[index]) }
    func isLower(_ index: Int) -> Bool { scalars.indices.contains(index) && ("a"..."z").contains(scalars[index]) }
    func isDigit(_ index: Int) -> Bool { scalars.indices.contains(index) && ("0"..."9").contains(scalars[index]) }
    var words: [String] = [""]
    for index in scalars.indices {
        guard isUpper(index) || isLower(index) || isDigit(index) else {
            words.append("")
            continue
        }
        // A word starts at `A` in `xA`, and at the last capital of `AAx`.
        if isUpper(index), !isUpper(index - 1) || isLower(index + 1) { words.append("") }
        words[words.count - 1].unicodeScalars.append(scalars[index])
    }
    let name = words.filter { !$0.isEmpty }.joined(separator: "_").lowercased()
    guard let first = name.unicodeScalars.first else { return nil }
    return ("0"..."9").contains(first) ? "_\(name)" : name
}
