import TrailAlarms
import TrailModel
import TrailStore

extension Evaluator {
    /// An alarm at work, or one of its contributors.
    struct Entry {
        var stored: StoredAlarm
        var recipe: AlarmSeries
        /// True when more changed than how far it is.
        var isUnsaved: Bool
        /// True when each series of the metric is decided by itself.
        let hasContributors: Bool
        /// How far it was when it was written.
        private(set) var savedThrough: Timestamp
        /// The series of an alarm that has several.
        var contributors: [Entry] = []
        /// How many series the store had when contributors were looked for.
        var seriesLookedAt: Int?
        /// The last slot with data that was read.
        var lastData: Timestamp?
        /// The commit and the minute of the last search for an early ALARM.
        var searched: (commit: Int64, minute: Int64)?
        /// Late minutes up to this commit are decided again; which source they came from is remembered for longer.
        var redecidedCommit: Int64

        init(stored: StoredAlarm, recipe: AlarmSeries, isUnsaved: Bool = false) {
            self.stored = stored
            self.recipe = recipe
            self.isUnsaved = isUnsaved
            redecidedCommit = stored.evaluatedCommit
            savedThrough = stored.machine.status.decidedThrough
            hasContributors = stored.machine.definition.hasContributors
        }

        /// What an evaluation changes, to go back to when it cannot be written; the definition stays what it is.
        struct State {
            var status: AlarmStatus
            var evaluatedCommit: Int64
            var redecidedCommit: Int64
            var isFresh: Bool
            var isUnsaved: Bool
            var savedThrough: Timestamp
            var contributors: [Entry]
        }

        var state: State {
            get {
                State(
                    status: stored.machine.status, evaluatedCommit: stored.evaluatedCommit,
                    redecidedCommit: redecidedCommit, isFresh: stored.isFresh, isUnsaved: isUnsaved,
                    savedThrough: savedThrough, contributors: contributors)
            }
            set {
                stored.machine.status = newValue.status
                stored.evaluatedCommit = newValue.evaluatedCommit
                stored.isFresh = newValue.isFresh
                redecidedCommit = newValue.redecidedCommit
                isUnsaved = newValue.isUnsaved
                savedThrough = newValue.savedThrough
                contributors = newValue.contributors
                // Contributors that were found are to be found again, and windows searched anew.
                seriesLookedAt = nil
                searched = nil
            }
        }

        /// True when it, or a contributor, has to be written, since more changed than that all went on; `progress` says
        /// how far all are, `all` that what only went on is to be written where that does not.
        func isToSave(all: Bool, _ progress: Timestamp?) -> Bool {
            isItselfToSave(all, progress) || contributors.contains { $0.isToSave(all: all, progress) }
        }

        private func isItselfToSave(_ all: Bool, _ progress: Timestamp?) -> Bool {
            if isUnsaved { return true }
            guard all, !stored.isFresh else { return false }
            let through = stored.machine.status.decidedThrough.seconds
            guard let progress else { return through > savedThrough.seconds }
            return min(through - progress.seconds, through - savedThrough.seconds) >= Evaluator.leadSeconds
        }

        /// Puts what has to be written into `record`.
        mutating func save(all: Bool, _ progress: Timestamp?, to record: inout EvaluationRecord) {
            if isItselfToSave(all, progress) {
                record.alarms.append(stored)
                savedThrough = stored.machine.status.decidedThrough
                isUnsaved = false
            }
            for index in contributors.indices { contributors[index].save(all: all, progress, to: &record) }
        }
    }
}
