import TrailAlarms
import TrailModel
import TrailStore
import TrailTemplates

/// Alarms on a Metrics Insights query with `GROUP BY`: each series of the answer is decided as an alarm of its own.
extension Evaluator {
    /// CloudWatch's limits for such an alarm; series past the second are left out, the first by name stay.
    static let contributorsMax = InsightsQuery.seriesMax

    /// Decides each contributor, then the alarm itself.
    mutating func evaluateContributors(_ entry: inout Entry, _ moment: Moment, _ record: inout EvaluationRecord) throws
    {
        try findContributors(&entry)
        let before = entry.stored
        let isAway = isAway(entry, moment)
        let decided = record.decisions.count
        for index in entry.contributors.indices {
            try evaluate(&entry.contributors[index], moment, isOwnerAway: isAway, &record)
        }
        let isBehind = moment.isBehind(entry.recipe)
        if !isBehind { entry.stored.isFresh = false }
        let machines = entry.contributors.map(\.stored.machine)
        let through = machines.map(\.status.decidedThrough).min() ?? moment.watermark
        if !isBehind, let through {
            entry.stored.machine.status.decidedThrough = max(entry.stored.machine.status.decidedThrough, through)
        }
        let own = follow(
            &entry, machines, record.decisions[decided...].filter { $0.changesState }, isBehind: isBehind, moment)
        entry.stored.evaluatedCommit = entry.contributors.map(\.stored.evaluatedCommit).min() ?? latestCommit
        if entry.stored.isFresh != before.isFresh || !own.isEmpty { entry.isUnsaved = true }
        record.decisions += own
        for decision in own {
            let line = AlarmHistoryItem.stateUpdate(decision)
            record.history.append(line.marked(by: decision, decidedThrough: before.machine.status.decidedThrough))
        }
    }

    /// Carries what contributors did on to their alarm, each change in its place: one may come and go within an evaluation.
    private func follow(
        _ entry: inout Entry, _ contributors: [AlarmMachine], _ moves: [Decision], isBehind: Bool, _ moment: Moment
    ) -> [Decision] {
        let hasData = entry.contributors.contains(where: \.hasData)
        var window = entry.stored.machine.status.decidedThrough
        guard !moves.isEmpty else {
            let decision = entry.stored.machine.follow(
                contributors, hasData: hasData, window: window, isEarly: isBehind, now: moment.now)
            return decision.map { [$0] } ?? []
        }
        var machines = contributors
        let places = Dictionary(
            machines.enumerated().map { ($0.element.definition.contributor, $0.offset) }, uniquingKeysWith: { $1 })
        for move in moves.reversed() { places[move.contributor].map { machines[$0].status.state = move.from } }
        let ordered = moves.enumerated().sorted {
            ($0.element.windowEnd, $0.offset) < ($1.element.windowEnd, $1.offset)
        }.map(\.element)
        var decisions: [Decision] = []
        window = ordered[0].windowEnd
        for (index, move) in ordered.enumerated() {
            places[move.contributor].map { machines[$0].status.state = move.to }
            window = max(window, move.windowEnd)
            let decision = entry.stored.machine.follow(
                machines, hasData: hasData || index < ordered.count - 1, window: window,
                isEarly: isBehind || move.kind == .early, now: moment.now)
            if let decision { decisions.append(decision) }
        }
        return decisions
    }

    /// Takes the metrics of a query without `GROUP BY`, those counted since the last look, too.
    mutating func findMetrics(_ entry: inout Entry) throws {
        guard case .insights(let insights) = entry.stored.machine.definition.input else { return }
        let count = store.seriesCount
        guard count != entry.seriesLookedAt else { return }
        entry.seriesLookedAt = count
        guard let metrics = try groups(insights, of: entry)?.flatMap(\.metrics) else { return }
        entry.recipe = AlarmSeries(of: metrics, like: entry.recipe, set.filters)
    }

    /// `nil` when the query reads more metrics than it may: other alarms go on.
    private mutating func groups(_ insights: AlarmInsights, of entry: Entry) throws -> [MetricGroup]? {
        do {
            return try store.groups(of: insights.metricsQuery)
        } catch is QueryError {
            tooWide.insert(entry.stored.machine.definition.name)
            return nil
        }
    }

    /// Takes series that were counted since the last look.
    private mutating func findContributors(_ entry: inout Entry) throws {
        let count = store.seriesCount
        guard count != entry.seriesLookedAt, case .insights(let insights) = entry.stored.machine.definition.input else {
            return
        }
        entry.seriesLookedAt = count
        let known = Set(entry.contributors.compactMap(\.stored.machine.definition.contributor))
        let groups = try groups(insights, of: entry) ?? []
        if groups.count > Self.contributorsMax { tooWide.insert(entry.stored.machine.definition.name) }
        for group in groups.prefix(Self.contributorsMax) {
            let contributor = Contributor(of: insights.query, values: group.values)
            if let index = entry.contributors.firstIndex(where: {
                $0.stored.machine.definition.contributor == contributor
            }) {
                entry.contributors[index].recipe = AlarmSeries(of: group.metrics, like: entry.recipe, set.filters)
            } else if !known.contains(contributor) {
                let definition = entry.stored.machine.definition.contributed(by: contributor)
                let status = entry.stored.machine.status
                var machine = AlarmMachine(
                    definition, startingAt: entry.stored.mark, now: status.configurationUpdated)
                // One that an alarm of this name had before goes on counting, so that no message key repeats.
                machine.status.decisionNumber = try store.lastDecisionNumber(ofRemoved: definition.name)
                let stored = StoredAlarm(
                    machine: machine, mark: entry.stored.mark, evaluatedCommit: entry.stored.evaluatedCommit,
                    isFresh: true)
                let recipe = AlarmSeries(of: group.metrics, like: entry.recipe, set.filters)
                entry.contributors.append(Entry(stored: stored, recipe: recipe, isUnsaved: true))
            }
        }
    }
}

extension AlarmInsights {
    /// Which metrics take part; the times say nothing.
    var metricsQuery: MetricQuery {
        var query = MetricQuery(
            namespace: self.query.namespace, metricName: self.query.metricName, schema: self.query.schema,
            conditions: self.query.conditions, groupBy: self.query.groupBy, periodSeconds: 3600,
            from: Timestamp(seconds: 0), to: Timestamp(seconds: 0))
        query.limits.metricsMax = InsightsQuery.metricsMax
        return query
    }
}

extension Evaluator.Entry {
    /// True when the last decided window holds data.
    fileprivate var hasData: Bool {
        guard let lastData else { return false }
        let start = stored.machine.status.decidedThrough.adding(seconds: -stored.machine.definition.windowSeconds)
        return lastData.adding(seconds: recipe.resolution.seconds) > start
    }
}
