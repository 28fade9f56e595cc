package import TrailAlarms
package import TrailModel

/// How far every alarm is at least that has decided anything: written in place of all alarms when nothing else changed.
package struct EvaluationProgress: Equatable, Sendable {
    /// Windows that end by this time are decided.
    package let decidedThrough: Timestamp
    /// What this commit and those before it changed is taken in.
    package let commit: Int64

    package init(decidedThrough: Timestamp, commit: Int64) {
        self.decidedThrough = decidedThrough
        self.commit = commit
    }
}

/// What an evaluation changes, all in one transaction.
package struct EvaluationRecord: Sendable {
    package var alarms: [StoredAlarm] = []
    package var removedAlarms: [String] = []
    /// Alarms whose series are not decided by themselves any more.
    package var withoutContributors: [String] = []
    package var decisions: [Decision] = []
    package var amendedTimelines: [(alarm: String, contributor: Contributor?, timeline: AmendedTimeline)] = []
    package var composites: [StoredComposite] = []
    /// Told to who asked for the evaluation; history has them, timelines are those of metric alarms.
    package var compositeDecisions: [Decision] = []
    package var removedComposites: [String] = []
    package var mutes: [Mute] = []
    /// Alarms whose mutes are over, with when they ended.
    package var removedMutes: [String: Timestamp] = [:]
    package var withheld: [WithheldTransition] = []
    /// What is withheld no more.
    package var released: [WithheldTransition.Key] = []
    /// What is told in summaries.
    package internal(set) var summarised: [(key: SummaryKey, transition: SummarisedTransition)] = []
    /// The stays in ALARM that begin among them, and the day of the summary, `nil` for that of the time away.
    package internal(set) var summarisedIncidents: [SummarisedTransition.Incident: Timestamp?] = [:]
    /// Entries into ALARM in the time away that get messages of their own after all.
    package var toldAlone: [SummarisedTransition] = []
    /// Summaries whose messages are made.
    package var sentSummaries: [SummaryKey] = []
    package var history: [AlarmHistoryItem] = []
    /// Definitions that are new, with what they are put in force by.
    package var versions: [AlarmVersion] = []
    /// Windows that were decided later than slots were closed.
    package var catchUps: [AlarmCatchUp] = []
    package var messages: [StoredMessage] = []
    /// Matches of event rules up to this one are told.
    package var toldRuleMatch: Int64?
    package var sources: [StoredSource] = []
    package var counters: [(name: String, label: String, more: Int)] = []
    /// What parts of the server note for themselves, by name.
    package var notes: [(name: String, content: [UInt8])] = []
    /// The slots that end by this time were used by the decisions so far.
    package var closedThrough: Timestamp?
    /// How far all alarms are that are not written with it.
    package var progress: EvaluationProgress?
    /// Path and text of each file of a set that was loaded without an error.
    package var alarmFiles: [(path: String, text: String)]?

    package init() {}

    package var isEmpty: Bool {
        alarms.isEmpty && removedAlarms.isEmpty && withoutContributors.isEmpty && decisions.isEmpty
            && amendedTimelines.isEmpty && history.isEmpty
            && messages.isEmpty && sources.isEmpty && counters.isEmpty && notes.isEmpty && closedThrough == nil
            && progress == nil && alarmFiles == nil && versions.isEmpty && catchUps.isEmpty && composites.isEmpty
            && removedComposites.isEmpty && mutes.isEmpty && removedMutes.isEmpty && withheld.isEmpty
            && released.isEmpty && summarised.isEmpty && toldAlone.isEmpty && sentSummaries.isEmpty
            && toldRuleMatch == nil
    }
}
