package import TrailAlarms
package import TrailModel
package import TrailStore

/// Why an alarm was in the state it was in at some minute: read from what decisions left, and made again by the code that
/// made them.
package struct AlarmExplanation: Sendable {
    /// A decision and what was told of it.
    package struct Told: Sendable {
        package let decision: RecordedDecision
        package let messages: [SentMessage]
        package let actions: [AlarmHistoryItem]
        package let summaries: [LeftToSummary]
        /// What withheld the actions when it was decided.
        package let mutes: [MuteExplanation]
        /// Why nothing was told; `nil` where something was.
        package let silence: String?
    }

    /// A metric of metric math, with what its periods hold by now.
    package struct Part: Equatable, Sendable {
        package let id: String
        package let metric: Metric
        package let statistic: Stat
        /// Oldest first, one for each period of the window.
        package let values: [Double?]
    }

    /// The alarm as it was defined then.
    package let alarm: MetricAlarm
    /// The load that put this definition in force.
    package let version: AlarmVersion
    package let filters: [MetricFilterText]
    package let windowEnd: Timestamp
    /// False for a window that is still to be decided.
    package let isDecided: Bool
    /// What was decided; `nil` where nobody can tell any more, or nothing is decided yet.
    package let asDecided: Explanation?
    package let asKnownNow: Explanation
    /// The state that was recorded when the window was decided.
    package let recordedState: AlarmState?
    /// The state that is recorded by now.
    package let currentState: AlarmState
    /// The decisions of this window, in the order in which they were made.
    package let decisions: [RecordedDecision]
    /// The decision that brought the alarm into the state it was in, unless it is one of this window.
    package let entered: RecordedDecision?
    /// The next recorded transition.
    package let next: TimelineEntry?
    package let told: [Told]
    /// What else there is to say, a sentence each.
    package let notes: [String]
    /// The metrics that are watched; of a query those that it found.
    package let metrics: [Metric]
    /// The metrics of metric math; empty for an alarm on one metric.
    package let parts: [Part]
    /// True when every sample of the metric is one event.
    package let countsEvents: Bool
    /// Where the slots of the window come from when the store's were deleted; `nil` when they are all there.
    let slots: JSONValue?
    /// CloudWatch's, of an alarm whose query gives more series than it may.
    package let evaluationState: String?
    /// False when what is known now stands in slots too wide for the periods of the decision.
    let isComparable: Bool

    /// True when a datapoint is another one by now than it was for the decision.
    package var isChanged: Bool {
        guard let asDecided, isComparable else { return false }
        return zip(asDecided.periods, asKnownNow.periods).contains { $0.value != $1.value }
    }
}

/// A metric filter as it was, for commands that find its events.
package struct MetricFilterText: Equatable, Sendable {
    package let name: String
    package let pattern: String
    package let metric: Metric
}
