package import TrailModel

/// One series of a Metrics Insights alarm with `GROUP BY`, which has a state of its own (CloudWatch: AlarmContributor).
package struct Contributor: Hashable, Sendable, Codable {
    /// The dimensions that the query groups by, in its order (`ContributorAttributes`).
    package let attributes: [Dimension]

    package init(attributes: [Dimension]) {
        self.attributes = attributes
    }

    /// The series of `query` whose dimensions have `values`; `nil` stands for metrics without the dimension.
    package init(of query: InsightsQuery, values: [String?]) {
        attributes = zip(query.groupBy, values).map { Dimension(name: $0, value: $1 ?? InsightsQuery.otherValue) }
    }

    /// Sixteen hexadecimal digits, the same for the same attributes wherever and whenever (`ContributorId`).
    package var id: String {
        String(stableIdentifier(attributes.flatMap { [$0.name, $0.value] }).filter { $0 != "-" }.prefix(16))
    }

    /// `AccountId=111122223333`, several with commas between them.
    package var text: String { attributes.map { "\($0.name)=\($0.value)" }.joined(separator: ",") }

    /// As messages and history show it: a map.
    package var document: JSONValue { .members(attributes.map { ($0.name, .string($0.value)) }) }

    /// CloudWatch's words for one that the query no longer returns (user guide, missing data).
    static let absentText = "No data was returned for this contributor"
}

extension MetricAlarm {
    /// The alarm as it is decided for one of its contributors.
    package func contributed(by contributor: Contributor) -> MetricAlarm {
        var alarm = self
        alarm.contributor = contributor
        return alarm
    }

    /// True for an alarm whose state is that of its contributors.
    package var hasContributors: Bool {
        if case .insights(let insights) = input { insights.isGrouped && contributor == nil } else { false }
    }

    /// The state before anything was decided: a contributor is OK or in ALARM, never anything else.
    package var initialState: AlarmState { contributor == nil ? .insufficientData : .ok }
}
