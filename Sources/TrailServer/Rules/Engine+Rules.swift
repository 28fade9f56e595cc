import Logging
import TrailCounts
import TrailModel
import TrailNotify
import TrailPatterns
import TrailStore
import TrailTemplates

extension Engine {
    /// Matches that are told in one transaction.
    private static let matchesMax = 500

    /// Puts a set at work, its event rules with it; what is new gets `mark`.
    func take(
        _ set: AlarmSet, files: [(path: String, text: String)]?, mark: Timestamp, now: Timestamp
    ) throws -> Evaluator.Changes {
        try askReceivers(set, now: now)
        let rules = RuleBook(set.rules, marks: try store.keepRules(set.rules.map(\.name), newMark: mark))
        let changes = try evaluator.load(set, files: files, newMark: mark, now: now, rules: rules)
        plan = CountingPlan(filters: set.filters, rules: rules.plan)
        return changes
    }

    /// Makes the messages about events that rules matched.
    ///
    /// - Throws: What keeps the store from writing; the matches wait on.
    func tellRuleMatches() throws {
        while true {
            let matches = try store.ruleMatches(limit: Self.matchesMax)
            guard let last = matches.last else { return }
            let now = time.now()
            let sourceMarks = Dictionary(sources.map { ($0.stored.name, $0.stored.mark) }) { first, _ in first }
            var record = EvaluationRecord()
            record.toldRuleMatch = last.id
            for found in matches {
                guard let match = found.match else {
                    logger.error(
                        "Passed over a match of an event rule that cannot be read", metadata: ["id": "\(found.id)"])
                    continue
                }
                guard let rule = evaluator.rules.rule(named: match.rule),
                    let mark = sourceMarks[found.source], match.time > mark
                else { continue }
                let messages = try announcer.messages(
                    about: match.event, key: match.eventKey, of: rule, at: now, set: evaluator.set)
                record.messages += try messages.map(StoredMessage.init)
            }
            try store.save(record)
            if !record.messages.isEmpty { onMessages() }
            guard matches.count == Self.matchesMax else { return }
        }
    }
}
