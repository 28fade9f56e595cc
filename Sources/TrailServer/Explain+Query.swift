import TrailAlarms
import TrailModel
import TrailStore

extension Explainer {
    /// The series of an alarm's query, and whether it evaluates a part of them.
    struct QueriedSeries {
        /// CloudWatch's `EvaluationState` of an alarm whose query gives more than it may.
        static let partialData = "PARTIAL_DATA"

        let groups: [MetricGroup]

        var isPartial: Bool {
            groups.count > Evaluator.contributorsMax || metricsCount > InsightsQuery.metricsMax
        }

        private var metricsCount: Int { groups.reduce(0) { $0 + $1.metrics.count } }

        var note: String? {
            guard isPartial else { return nil }
            return
                "EvaluationState \(Self.partialData): the query gives \(groups.count) series of \(metricsCount) metrics; "
                + "an alarm evaluates the first \(Evaluator.contributorsMax) series by name, and takes no new ones while "
                + "there are more than \(InsightsQuery.metricsMax) metrics."
        }
    }

    /// All series of the query of an alarm, also those that are too many for it; none of other alarms.
    func queriedSeries(of alarm: MetricAlarm) throws -> QueriedSeries {
        guard case .insights(let insights) = alarm.input else { return QueriedSeries(groups: []) }
        var query = insights.metricsQuery
        query.limits.metricsMax = .max
        return QueriedSeries(groups: try reader.groups(of: query))
    }
}
