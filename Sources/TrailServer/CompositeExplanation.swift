import Foundation
package import TrailAlarms
package import TrailModel
package import TrailStore

/// Why a composite alarm was in its state: by the clock, as it was recorded, and by the windows of its children.
package struct CompositeExplanation: Sendable {
    /// An alarm that the rule names.
    package struct Child: Equatable, Sendable {
        package let name: String
        /// By the clock, and since when; `nil` where nothing is recorded.
        package let recorded: AlarmState
        package let since: Timestamp?
        /// By the windows that end at the time or before it, as known now.
        package let now: AlarmState
        /// True for a child that makes the rule what it was.
        package let isDecisive: Bool
    }

    /// The change of one child that would have led to another state.
    package struct Flip: Equatable, Sendable {
        package let name: String
        package let from: AlarmState
        package let to: AlarmState
    }

    package let alarm: CompositeAlarm
    package let time: Timestamp
    /// `nil` before its first state.
    package let recordedState: AlarmState?
    package let since: Timestamp?
    package let reason: String?
    package let stateNow: AlarmState
    package let children: [Child]
    /// What each part of the rule was.
    package let terms: [AlarmRule.Term]
    /// Those that each alone would flip the verdict, decisive children first.
    package let flips: [Flip]
    /// Why actions were held back, and since when.
    package let phase: String?
    package let phaseSince: Timestamp?
    package let phaseEnd: Timestamp?
    /// The suppressor's state by the clock.
    package let suppressorState: AlarmState?
    /// The actions of the state, as history has them, and what became of their messages.
    package let actions: [String]
    package let messages: [SentMessage]
    package let summaries: [LeftToSummary]
    /// What withheld the actions when it entered the state.
    package let mutes: [MuteExplanation]
    package let silence: String?
    package let notes: [String]
}

extension Explainer {
    private struct Line: Decodable {
        struct State: Decodable {
            let stateValue: String
            let stateReason: String?
            let actionsSuppressedBy: String?
        }

        let oldState: State
        let newState: State
    }

    private struct Change {
        let time: Timestamp
        let from: AlarmState
        let to: AlarmState
        let reason: String?
        let phase: String?
    }

    /// The changes of the present state of an alarm, oldest first.
    private func changes(_ items: [AlarmHistoryItem]) -> [Change] {
        items.filter { $0.kind == .stateUpdate }.compactMap { item in
            guard let line = try? JSONDecoder().decode(Line.self, from: Data(item.data.utf8)),
                let from = AlarmState(rawValue: line.oldState.stateValue),
                let to = AlarmState(rawValue: line.newState.stateValue),
                // Without a former reason the present state was left alone.
                line.oldState.stateReason != nil
            else { return nil }
            return Change(
                time: item.timestamp, from: from, to: to, reason: line.newState.stateReason,
                phase: line.newState.actionsSuppressedBy)
        }
    }

    /// The state of an alarm by the clock.
    private func recorded(_ name: String, at time: Timestamp) throws -> (state: AlarmState, since: Timestamp?) {
        let all = changes(try reader.stateLines(of: name))
        if let last = all.last(where: { $0.time <= time && $0.from != $0.to }) { return (last.to, last.time) }
        if let next = all.first(where: { $0.time > time }) { return (next.from, nil) }
        if let stored = try reader.alarm(name) { return (stored.machine.status.state, nil) }
        let composite = try reader.composites().first { $0.definition.name == name }
        return (composite?.status.state ?? .insufficientData, nil)
    }

    /// The state of an alarm by the windows that end at `time` or before it; alarms in a circle stand as recorded.
    private func known(_ name: String, at time: Timestamp, _ above: Set<String>) throws -> AlarmState {
        guard let composite = try composites(name).definition(at: time)?.alarm else {
            return try reader.timeline(of: name).last { $0.windowEnd <= time }?.state ?? .insufficientData
        }
        guard !above.contains(name) else { return try recorded(name, at: time).state }
        var states: [String: AlarmState] = [:]
        for child in composite.rule.children {
            states[child.name] = try known(child.name, at: time, above.union([name]))
        }
        return composite.rule.evaluate(states) ? .alarm : .ok
    }

    /// How a composite alarm is defined now, and was before; empty for one that never was.
    private func composites(_ name: String) throws -> CompositeDefinitions {
        let current = try reader.composites().first { $0.definition.name == name }?.definition
        return CompositeDefinitions(name, try reader.configurationLines(of: name), current: current)
    }

    /// Explains a composite alarm at a time by the clock; `nil` for an alarm that is none.
    ///
    /// - Throws: ``InputError`` for a time at which it was removed.
    package func explainComposite(_ name: String, at asked: Timestamp?) throws -> CompositeExplanation? {
        let definitions = try composites(name)
        let stored = try reader.composites().first { $0.definition.name == name }
        guard let latest = stored?.status.stateUpdated ?? definitions.removedAt?.adding(milliseconds: -1),
            try stored != nil || reader.alarm(name) == nil
        else { return nil }
        let time = asked ?? latest
        guard let (alarm, nextVersion) = definitions.definition(at: time) else {
            let removed = definitions.versions.last { $0.since <= time }?.since
            throw InputError(
                "cannot explain \(name) at \(time.rfc3339): it was removed at \(removed?.rfc3339Milliseconds ?? "that time"); "
                    + "want --at a time before")
        }
        let items = try reader.stateLines(of: name)
        let all = changes(items)
        let transitions = all.filter { $0.from != $0.to }
        let last = transitions.last { $0.time <= time }
        var recordedStates: [String: (state: AlarmState, since: Timestamp?)] = [:]
        var nowStates: [String: AlarmState] = [:]
        for child in alarm.rule.children {
            recordedStates[child.name] = try recorded(child.name, at: time)
            nowStates[child.name] = try known(child.name, at: time, [name])
        }
        // Before the alarm was there, its children's windows are what can be told.
        let states = last == nil ? nowStates : recordedStates.mapValues(\.state)
        let decisive = alarm.rule.decisiveChildren(states)
        let children = alarm.rule.children.map { child in
            CompositeExplanation.Child(
                name: child.name, recorded: recordedStates[child.name]?.state ?? .insufficientData,
                since: recordedStates[child.name]?.since, now: nowStates[child.name] ?? .insufficientData,
                isDecisive: decisive.contains(child.name))
        }
        var phase = all.last { $0.time <= time }
        let end = phase.flatMap { phase in
            alarm.suppressor.flatMap { suppressor in
                switch phase.phase {
                case ActionSuppression.Phase.waitPeriod.rawValue:
                    phase.time.adding(seconds: Int64(suppressor.waitPeriodSeconds))
                case ActionSuppression.Phase.extensionPeriod.rawValue:
                    phase.time.adding(seconds: Int64(suppressor.extensionPeriodSeconds))
                default: nil
                }
            }
        }
        // Who only records, as `ingest`, writes no line at the end of a wait.
        if let end, end <= time { phase = nil }
        let next = transitions.first { $0.time > time }
        let stay = last.map { $0.time..<(next?.time ?? StoredMessage.draftTime) }
        let actions = items.filter { item in item.kind == .action && stay?.contains(item.timestamp) ?? false }
        let messages = try stay.map { try reader.messages(of: name, created: $0) } ?? []
        return CompositeExplanation(
            alarm: alarm, time: time, recordedState: last?.to, since: last?.time, reason: last?.reason,
            stateNow: alarm.rule.evaluate(nowStates) ? .alarm : .ok, children: children,
            terms: alarm.rule.terms(states), flips: Self.flips(of: alarm.rule, states, decisive), phase: phase?.phase,
            phaseSince: phase?.phase == nil ? nil : phase?.time, phaseEnd: phase == nil ? nil : end,
            suppressorState: try alarm.suppressor.map { try recorded($0.alarm.name, at: time).state },
            actions: actions.filter { $0.summaryPlace == nil }.map { "\($0.timestamp.rfc3339): \($0.summary)" },
            messages: messages, summaries: try summaries(of: actions),
            mutes: try last.map { try mutes(of: name, at: $0.time) } ?? [],
            silence: actions.isEmpty && messages.isEmpty
                ? try silence(of: alarm, last, phase?.phase, next == nil && stored != nil) : nil,
            notes: notes(nextVersion, isBefore: last == nil))
    }

    private static func flips(
        of rule: AlarmRule, _ states: [String: AlarmState], _ decisive: [String]
    ) -> [CompositeExplanation.Flip] {
        let names = decisive + rule.children.map(\.name).filter { !decisive.contains($0) }
        let before = rule.evaluate(states)
        return names.compactMap { name in
            let from = states[name] ?? .insufficientData
            for to in [AlarmState.ok, .alarm, .insufficientData] where to != from {
                var changed = states
                changed[name] = to
                if rule.evaluate(changed) != before { return CompositeExplanation.Flip(name: name, from: from, to: to) }
            }
            return nil
        }
    }

    private func silence(
        of alarm: CompositeAlarm, _ change: Change?, _ phase: String?, _ isPresent: Bool
    ) throws -> String? {
        guard let change else { return nil }
        let state = change.to
        if !alarm.actionsEnabled { return "ActionsEnabled is false" }
        if alarm.actions(for: state).isEmpty { return "the alarm has no action for \(state.rawValue)" }
        if isPresent, let withheld = try reader.muting(of: alarm.name).withheld.first {
            return try mutedText(alarm.name, withheld)
        }
        if let phase { return "held back, by \(phase)" }
        let by = try mutes(of: alarm.name, at: change.time).map(\.text).joined(separator: ", and by ")
        return by.isEmpty
            ? "it was recorded only, or is the first state of a new alarm"
            : "muted by \(by); the alarm had left \(state.rawValue) when that was over"
    }

    private func notes(_ next: CompositeDefinitions.Version?, isBefore: Bool) -> [String] {
        var notes: [String] = []
        if let next {
            notes.append(
                next.alarm == nil
                    ? "The alarm was removed at \(next.since.rfc3339)."
                    : "The alarm was changed at \(next.since.rfc3339); this is how it was before.")
        }
        if isBefore {
            notes.append("Nothing of it is recorded by then: what is said follows from its children's windows.")
        }
        return notes
    }
}
