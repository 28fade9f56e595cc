package import TrailAlarms
import TrailCounts
package import TrailModel
package import TrailStore
package import TrailTemplates

/// What alarms would have done over recorded events.
package struct BacktestResult: Sendable {
    /// The transitions of one alarm.
    package struct Alarm: Sendable {
        /// Its own, without those of contributors.
        package let alarmName: String
        /// The series that this is of, where an alarm has several.
        package let contributor: Contributor?
        /// In the order in which they were taken.
        package let decisions: [Decision]
        /// What holds in event time in the end, amended decisions taken in; each entry changes the state.
        package let timeline: [TimelineEntry]

        package init(
            alarmName: String, contributor: Contributor? = nil, decisions: [Decision], timeline: [TimelineEntry]
        ) {
            self.alarmName = alarmName
            self.contributor = contributor
            self.decisions = decisions
            self.timeline = timeline
        }

        /// The alarm's name, with the attributes of one of its contributors.
        package var name: String {
            contributor.map { "\(alarmName) [\($0.text)]" } ?? alarmName
        }

        /// The state before anything was decided.
        package var initialState: AlarmState { contributor == nil ? .insufficientData : .ok }
    }

    /// In the order of the alarm files; contributors that were ever in ALARM follow their alarm, and composite alarms
    /// come last.
    package var alarms: [Alarm]
    /// The first minute with an event; `nil` without events.
    package var firstTraffic: Timestamp?
    package var lastTraffic: Timestamp?
    /// Where the timeline ends.
    package var end: Timestamp

    package init(alarms: [Alarm], firstTraffic: Timestamp?, lastTraffic: Timestamp?, end: Timestamp) {
        self.alarms = alarms
        self.firstTraffic = firstTraffic
        self.lastTraffic = lastTraffic
        self.end = end
    }
}

/// Decides alarms over recorded counts with the engine that decides live, as if every event had been on time.
package struct Backtest {
    private let counts: BacktestCounts
    private let set: AlarmSet
    /// For the ARNs in the reasons of composite alarms.
    private let home: AlarmHome

    package init(counts: BacktestCounts, set: AlarmSet, settings: TemplateSettings = TemplateSettings()) {
        self.counts = counts
        self.set = set
        home = AlarmHome(region: settings.region, account: settings.accountID)
    }

    /// Takes what a store holds as it is.
    package init(reader: StoreReader, set: AlarmSet) {
        self.init(counts: BacktestCounts(reader), set: set)
    }

    /// The transitions of every alarm whose deciding windows end in `from..<to`; those before set the state.
    ///
    /// The timeline begins with the first minute that has events, and ends at `to`; without `to` five minutes after the
    /// last minute that has events begins.
    package func run(from: Timestamp?, to: Timestamp?) throws -> BacktestResult {
        let traffic = try counts.traffic(before: to)
        guard let first = traffic.first, let last = traffic.last else {
            let names = set.alarms.map(\.name) + set.composites.map(\.name)
            let alarms = names.map { BacktestResult.Alarm(alarmName: $0, decisions: [], timeline: []) }
            let end = to ?? from ?? Timestamp(seconds: 0)
            return BacktestResult(alarms: alarms, firstTraffic: nil, lastTraffic: nil, end: end)
        }
        let end = to ?? last.adding(seconds: 60).ceiled(toSeconds: 300)
        func result(_ name: String, _ contributor: Contributor?, _ decisions: [Decision]) -> BacktestResult.Alarm {
            BacktestResult.Alarm(
                alarmName: name, contributor: contributor,
                decisions: decisions.filter { $0.windowEnd >= from ?? first },
                timeline: decisions.map { TimelineEntry(windowEnd: $0.windowEnd, state: $0.to) })
        }
        let settled = try set.alarms.flatMap { try decided($0, startingAt: first, through: end) }
        var alarms = settled.map { result($0.name, $0.contributor, $1) }
        if !set.composites.isEmpty {
            let composites = SettledComposites(
                set, settled.flatMap(\.1), home: home, startingAt: first, through: end)
            alarms += set.composites.map { result($0.name, nil, composites.decisions[$0.name] ?? []) }
        }
        return BacktestResult(alarms: alarms, firstTraffic: first, lastTraffic: last, end: end)
    }

    /// The settled decisions of one composite alarm of the set.
    func settle(composite name: String, startingAt start: Timestamp, through end: Timestamp) throws -> [Decision] {
        let decisions = try set.alarms.flatMap { try settle($0, startingAt: start, through: end) }
        return SettledComposites(set, decisions, home: home, startingAt: start, through: end).decisions[name] ?? []
    }

    /// The settled decisions of one alarm, and of its contributors that ever change their state.
    private func decided(
        _ alarm: MetricAlarm, startingAt start: Timestamp, through end: Timestamp
    ) throws -> [(MetricAlarm, [Decision])] {
        guard alarm.hasContributors else { return [(alarm, try settle(alarm, startingAt: start, through: end))] }
        let contributors = try contributors(of: alarm, startingAt: start, through: end)
        let own = contributors.follow(alarm, startingAt: start, through: end)
        return [(alarm, own)]
            + contributors.all.compactMap { $0.decisions.isEmpty ? nil : ($0.machine.definition, $0.decisions) }
    }

    /// The settled decisions of one alarm of the set.
    func settle(_ alarm: MetricAlarm, startingAt start: Timestamp, through end: Timestamp) throws -> [Decision] {
        if alarm.hasContributors {
            return try contributors(of: alarm, startingAt: start, through: end).follow(
                alarm, startingAt: start, through: end)
        }
        var machine = AlarmMachine(alarm, startingAt: start, now: start)
        return machine.settle(through: end, series: try data(of: alarm, through: end))
    }

    /// Everything that an alarm watches until `end`.
    func data(of alarm: MetricAlarm, through end: Timestamp) throws -> AlarmData {
        var recipe = AlarmSeries(alarm, filters: set.filters)
        if case .insights(let insights) = alarm.input {
            let metrics = try counts.groups(of: insights.metricsQuery).flatMap(\.metrics)
            recipe = AlarmSeries(of: metrics, like: recipe, set.filters)
        }
        return try data(recipe, through: end)
    }

    private func data(_ recipe: AlarmSeries, through end: Timestamp) throws -> AlarmData {
        try recipe.data(Timestamp(seconds: 0)..<max(end, Timestamp(seconds: 0))) { metric, range in
            try counts.slots(of: metric, in: range)
        }
    }

    private func contributors(
        of alarm: MetricAlarm, startingAt start: Timestamp, through end: Timestamp
    ) throws -> SettledContributors {
        guard case .insights(let insights) = alarm.input else { return SettledContributors(all: [], slots: []) }
        let recipe = AlarmSeries(alarm, filters: set.filters)
        var all: [SettledContributors.One] = []
        var slots: Set<Timestamp> = []
        for group in try counts.groups(of: insights.metricsQuery).prefix(Evaluator.contributorsMax) {
            let definition = alarm.contributed(by: Contributor(of: insights.query, values: group.values))
            var machine = AlarmMachine(definition, startingAt: start, now: start)
            let before = machine
            let data = try data(AlarmSeries(of: group.metrics, like: recipe, set.filters), through: end)
            var slot = data.nextSlot(from: start.adding(seconds: -alarm.windowSeconds))
            while let time = slot {
                slots.insert(time)
                slot = data.nextSlot(from: time.adding(seconds: recipe.resolution.seconds))
            }
            let decisions = machine.settle(through: end, series: data)
            all.append(SettledContributors.One(machine: before, decisions: decisions))
        }
        return SettledContributors(all: all, slots: slots.sorted(), slotSeconds: recipe.resolution.seconds)
    }
}
