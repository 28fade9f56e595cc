import TrailAlarms
package import TrailModel

/// How one set of alarm files differs from a former one over the same events.
package struct BacktestComparison: Sendable {
    /// What became of an alarm; the raw value stands in JSON.
    package enum Change: String, CaseIterable, Sendable {
        /// It fired before and never does now.
        case lost
        /// It never fired before.
        case firesNow
        /// Some of its ALARMs are gone, or there are new ones.
        case otherAlarms
        case later
        case earlier
        /// Its ALARMs begin as before, something else differs: when they end, or its other states.
        case otherStates
        case unchanged
    }

    /// One stretch of ALARM in event time.
    package struct Incident: Equatable, Sendable {
        package let start: Timestamp
        /// `nil` while it lasts.
        package let end: Timestamp?

        package init(start: Timestamp, end: Timestamp?) {
            self.start = start
            self.end = end
        }
    }

    /// An ALARM now with the one before that it overlaps; one of them is `nil` for one that only one side has.
    package struct Pair: Equatable, Sendable {
        package let before: Incident?
        package let now: Incident?
    }

    /// One alarm, by its name, on both sides.
    package struct Alarm: Sendable {
        package let name: String
        package let before: BacktestResult.Alarm?
        package let now: BacktestResult.Alarm?
        package let pairs: [Pair]
        package let change: Change

        package var added: Int { pairs.count { $0.before == nil } }
        package var lost: Int { pairs.count { $0.now == nil } }
        package var earlier: Int { pairs.count { Self.order($0).map { $0 < 0 } ?? false } }
        package var later: Int { pairs.count { Self.order($0).map { $0 > 0 } ?? false } }
        package var firesBefore: Int { pairs.count { $0.before != nil } }
        package var firesNow: Int { pairs.count { $0.now != nil } }

        /// How much later an ALARM begins now, in milliseconds; `nil` when one side has none.
        fileprivate static func order(_ pair: Pair) -> Int64? {
            guard let before = pair.before, let now = pair.now else { return nil }
            return now.start.milliseconds - before.start.milliseconds
        }
    }

    /// In the order of the new files; alarms that only the former ones have come last.
    package let alarms: [Alarm]

    /// Compares the timelines of `now` and `before` from `from` on.
    package init(now: BacktestResult, before: BacktestResult, from: Timestamp? = nil) {
        let former = Dictionary(before.alarms.map { ($0.name, $0) }) { first, _ in first }
        let names = Set(now.alarms.map(\.name))
        alarms =
            now.alarms.map { Alarm(now: $0, before: former[$0.name], from: from) }
            + before.alarms.filter { !names.contains($0.name) }.map { Alarm(now: nil, before: $0, from: from) }
    }

    package var isUnchanged: Bool { alarms.allSatisfy { $0.change == .unchanged } }

    package func count(_ change: Change) -> Int { alarms.count { $0.change == change } }
}

extension BacktestComparison.Alarm {
    fileprivate init(now: BacktestResult.Alarm?, before: BacktestResult.Alarm?, from: Timestamp?) {
        let old = before?.incidents(from: from) ?? []
        let new = now?.incidents(from: from) ?? []
        name = now?.name ?? before?.name ?? ""
        self.before = before
        self.now = now
        let pairs = BacktestComparison.pairs(before: old, now: new)
        self.pairs = pairs
        let orders = pairs.compactMap(Self.order).filter { $0 != 0 }
        if new.isEmpty && !old.isEmpty {
            change = .lost
        } else if old.isEmpty && !new.isEmpty {
            change = .firesNow
        } else if pairs.contains(where: { $0.before == nil || $0.now == nil }) {
            change = .otherAlarms
        } else if let first = orders.first {
            change = first > 0 ? .later : .earlier
        } else if now?.decisions.map(BacktestStep.init) == before?.decisions.map(BacktestStep.init) {
            change = .unchanged
        } else {
            change = .otherStates
        }
    }
}

/// What of a decision counts as a difference: numbers and words of reasons do not.
private struct BacktestStep: Equatable {
    let windowEnd: Timestamp
    let decidedAt: Timestamp
    let from: AlarmState
    let to: AlarmState
    let kind: Decision.Kind

    init(_ decision: Decision) {
        windowEnd = decision.windowEnd
        decidedAt = decision.decidedAt
        from = decision.from
        to = decision.to
        kind = decision.kind
    }
}

extension BacktestComparison {
    /// Pairs the ALARMs of two timelines, each with the first of the other side that it overlaps or touches.
    package static func pairs(before: [Incident], now: [Incident]) -> [Pair] {
        var pairs: [Pair] = []
        var old = before[...]
        for incident in now {
            while let first = old.first, let end = first.end, end < incident.start {
                pairs.append(Pair(before: first, now: nil))
                old.removeFirst()
            }
            if let first = old.first, incident.end.map({ first.start <= $0 }) ?? true {
                pairs.append(Pair(before: first, now: incident))
                old.removeFirst()
            } else {
                pairs.append(Pair(before: nil, now: incident))
            }
        }
        return pairs + old.map { Pair(before: $0, now: nil) }
    }
}

extension BacktestResult.Alarm {
    /// The stretches of ALARM in event time that begin at `from` or later.
    package func incidents(from: Timestamp? = nil) -> [BacktestComparison.Incident] {
        var found: [BacktestComparison.Incident] = []
        for (index, entry) in timeline.enumerated() where entry.state == .alarm {
            guard from.map({ entry.windowEnd >= $0 }) ?? true else { continue }
            let end = index + 1 < timeline.count ? timeline[index + 1].windowEnd : nil
            found.append(BacktestComparison.Incident(start: entry.windowEnd, end: end))
        }
        return found
    }
}
