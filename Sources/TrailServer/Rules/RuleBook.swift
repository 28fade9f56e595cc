import TrailCounts
import TrailEvents
import TrailModel
import TrailPatterns

/// The event rules at work.
struct RuleBook: Sendable {
    /// What records are tried on while files are read.
    let plan: RulePlan
    private let rules: [String: EventRule]
    /// The rules over whole events, for those that Trailwatch makes itself.
    private let table: FieldTable
    private let events: PatternSet

    /// - Parameters:
    ///   - rules: Of the alarm files.
    ///   - marks: Events after a rule's are told.
    init(_ rules: [EventRule] = [], marks: [String: Timestamp] = [:]) {
        plan = RulePlan(rules.compactMap { rule in marks[rule.name].map { RulePlan.Entry(rule: rule, mark: $0) } })
        self.rules = Dictionary(plan.entries.map { ($0.rule.name, $0.rule) }) { first, _ in first }
        var table = FieldTable()
        events = PatternSet(rules: plan.entries.map { $0.rule.pattern.compile(into: &table, for: .event) })
        self.table = table
    }

    var isEmpty: Bool { plan.entries.isEmpty }

    /// The rule of a match that was found earlier; `nil` when it is gone or disabled since.
    func rule(named name: String) -> EventRule? { rules[name] }

    /// The rules that an event of Trailwatch's own matches; it is one of CloudWatch's, which every rule sees.
    func rules(matching event: String, at time: Timestamp) -> [EventRule] {
        var found: [EventRule] = []
        var scanner = RecordScanner(table)
        var matcher = PatternMatcher(events)
        try? scanner.scan(record: LogText(event)) { record in
            matcher.forEachMatch(record) { index in
                if time > plan.entries[index].mark { found.append(plan.entries[index].rule) }
            }
        }
        return found
    }
}
