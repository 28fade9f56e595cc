import TrailAlarms
import TrailModel

/// One metric alarm on 60 s slots, worked out from the words of the rules, slowly: every window from the beginning on
/// at every step, every completion of every open slot.
///
/// Nothing of the engine is used but the names of states and modes. Slots and windows are numbered: slot `i` is minute
/// `i` after the origin, window `e` ends before slot `e`. The numbers in brackets are sections: 3.3 to 3.5 of the
/// CloudWatch facts, 4 of the design.
struct SlowAlarm {
    /// What is known of a slot's value; when the slot is still open, the value so far.
    enum Value: Int, Hashable {
        case missing, ok, breach
    }

    /// A decision in the order in which it is taken.
    struct Decided: Hashable, CustomStringConvertible {
        let window: Int
        let kind: Decision.Kind
        let to: AlarmState
        /// Whether the alarm's present state moves.
        let moves: Bool

        var description: String { "\(window) \(kind.rawValue) →\(to.marble)\(moves ? "" : " recorded")" }
    }

    let periods: Int
    let needed: Int
    let treatment: MissingDataTreatment
    /// Whether the metric is a sum of values of at least 0, compared with `>`.
    let canOnlyGrow: Bool
    private let memory = Memory()
    /// The verdict of each window up to the watermark, as known now; its count is the watermark.
    private(set) var decided: [AlarmState] = []
    private(set) var present = AlarmState.insufficientData
    /// The window of an early ALARM that the watermark has not reached.
    private(set) var early: Int?

    init(_ needed: Int, of periods: Int, _ treatment: MissingDataTreatment, canOnlyGrow: Bool) {
        self.needed = needed
        self.periods = periods
        self.treatment = treatment
        self.canOnlyGrow = canOnlyGrow
    }

    /// "range = N + max(N/3, 2) for Period >= 60 s" (3.3).
    var range: Int { periods + max(periods / 3, 2) }

    /// The window's slots, oldest first; before the first slot there are no data.
    private func slots(of window: Int, _ values: [Value]) -> [Value] {
        ((window - range)..<window).map { $0 >= 0 && $0 < values.count ? values[$0] : .missing }
    }

    /// A window's verdict, section 3.4, rule by rule.
    func verdict(_ slots: [Value], prior: AlarmState) -> AlarmState {
        let real = slots.filter { $0 != .missing }
        // 1. "take the N most recent real points; ALARM if at least M breach, else OK."
        if real.count >= periods {
            return real.suffix(periods).filter { $0 == .breach }.count >= needed ? .alarm : .ok
        }
        // 2. "all real points are used and N - real.count points are filled".
        let filled = periods - real.count
        let breaching = real.filter { $0 == .breach }.count
        switch treatment {
        case .breaching: return breaching + filled >= needed ? .alarm : .ok
        case .notBreaching: return breaching >= needed ? .alarm : .ok
        case .missing, .ignore: break
        }
        if breaching >= needed { return .alarm }
        if real.contains(.ok) { return .ok }
        if breaching == 0 { return treatment == .missing ? .insufficientData : prior }
        if treatment == .ignore { return prior }
        // 3.5: "go to ALARM when the oldest breaching point is at least M periods old (newest slot = age 1)".
        let oldest = slots.firstIndex(of: .breach) ?? slots.count
        return slots.count - oldest >= needed ? .alarm : prior
    }

    /// The state after each window up to the watermark, from the alarm's first window on.
    private func chain(through watermark: Int, _ values: [Value]) -> [AlarmState] {
        var states: [AlarmState] = []
        for window in 0..<watermark {
            states.append(verdict(slots(of: window + 1, values), prior: states.last ?? .insufficientData))
        }
        return states
    }

    /// "one of {missing, any value ≥ the partial one} for sums of non-negative constants, wholly unknown otherwise" (4);
    /// what has data already cannot become missing.
    private func completions(_ partial: Value) -> [Value] {
        switch partial {
        case .missing: [.missing, .ok, .breach]
        case .ok: [.ok, .breach]
        case .breach: canOnlyGrow ? [.breach] : [.ok, .breach]
        }
    }

    /// Whether the window is "ALARM under every completion and every prior state" (4).
    private func isCertain(_ window: Int, _ values: [Value], watermark: Int) -> Bool {
        let known = slots(of: window, values)
        let question = Question(slots: known, open: range - max(0, min(range, watermark - (window - range))))
        if let answer = memory.certain[question] { return answer }
        func holds(_ chosen: [Value]) -> Bool {
            guard chosen.count < range else {
                return AlarmState.allCases.allSatisfy { verdict(chosen, prior: $0) == .alarm }
            }
            let value = known[chosen.count]
            let isOpen = window - range + chosen.count >= watermark
            return (isOpen ? completions(value) : [value]).allSatisfy { holds(chosen + [$0]) }
        }
        let answer = holds([])
        memory.certain[question] = answer
        return answer
    }

    private struct Question: Hashable {
        let slots: [Value]
        /// How many of the newest are open.
        let open: Int
    }

    /// Answers given before, shared by the copies of one alarm.
    private final class Memory {
        var certain: [Question: Bool] = [:]
    }

    /// Moves to the watermark, then looks for an early ALARM; `now` lies within slot `now`, whose values may be known.
    mutating func advance(to watermark: Int, now: Int, _ values: [Value]) -> [Decided] {
        var taken: [Decided] = []
        let states = chain(through: watermark, values)
        for window in (decided.count + 1)..<max(decided.count + 1, watermark + 1) {
            let before = decided.last ?? .insufficientData
            let state = states[window - 1]
            decided.append(state)
            // "Windows before it are decided later in order, written to history as `settled`, and never act."
            if let pending = early, window < pending {
                if state != before { taken.append(Decided(window: window, kind: .settled, to: state, moves: false)) }
                continue
            }
            // "From it on, windows are decided at the watermark … and act as usual when they leave ALARM."
            early = nil
            if state != present { taken.append(Decided(window: window, kind: .ordinary, to: state, moves: true)) }
            present = state
        }
        // "the earliest open window, ending at most one period after now … moves the alarm at once". One that is in
        // ALARM is not moved.
        guard early == nil, present != .alarm else { return taken }
        for window in (watermark + 1)..<max(watermark + 1, now + 2)
        where isCertain(window, values, watermark: watermark) {
            early = window
            present = .alarm
            taken.append(Decided(window: window, kind: .early, to: .alarm, moves: true))
            break
        }
        return taken
    }

    /// What late events changed in closed windows.
    struct Amendment: Equatable {
        /// Transitions that had not been decided, or end an ALARM of which nobody was told.
        var added: [Transition] = []
        /// The entries into an ALARM of which nobody was told.
        var missed: [Int] = []
        /// The present state, where it moved.
        var moved: AlarmState?
    }

    /// Decides all closed windows again.
    ///
    /// "After closing, a late event re-runs the affected windows; a different verdict is an amended decision. A missed
    /// ALARM is sent, followed at once by the OK that closes it when it is over" (4). A window that moved the alarm to
    /// this state before has no different verdict, whatever state it now comes from.
    mutating func redecide(_ values: [Value]) -> Amendment {
        let former = decided
        let formerly = transitions
        decided = chain(through: decided.count, values)
        var result = Amendment()
        var endsMissed = false
        for entry in transitions {
            let isKnown = formerly.contains { $0.window == entry.window && $0.to == entry.to }
            if !isKnown || endsMissed { result.added.append(entry) }
            endsMissed = false
            guard entry.to == .alarm else { continue }
            let run = decided[(entry.window - 1)...].prefix { $0 == .alarm }
            // Told is what some window of it said before, or an ALARM that lasts until now when the alarm is in one.
            let wasTold = run.indices.contains { former[$0] == .alarm }
            let isTold = run.endIndex == decided.count && present == .alarm
            endsMissed = !wasTold && !isTold
            if endsMissed { result.missed.append(entry.window) }
        }
        // The last window's verdict is the present state; an early ALARM, whose window is still to come, stands.
        if early == nil, let last = decided.last, last != present {
            present = last
            result.moved = last
        }
        return result
    }

    struct Transition: Hashable, CustomStringConvertible {
        let window: Int
        let from: AlarmState
        let to: AlarmState

        var description: String { "\(window) \(from.marble)→\(to.marble)" }
    }

    var transitions: [Transition] {
        var state = AlarmState.insufficientData
        return decided.enumerated().compactMap { index, next in
            defer { state = next }
            return next == state ? nil : Transition(window: index + 1, from: state, to: next)
        }
    }
}
