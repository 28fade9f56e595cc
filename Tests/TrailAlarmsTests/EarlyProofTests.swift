import Testing
import TrailAlarms
import TrailModel

/// Proves the observation that the search for early ALARMs stands on, by trying everything.
@Suite struct EarlyProofTests {
    /// What a period may still become.
    static let choices: [[DatapointClass]] = [
        [.missing], [.breaching], [.notBreaching],
        // Open, nothing known; some value breaches and some does not.
        [.notBreaching, .missing, .breaching],
        // Open with data, the value may go either way.
        [.notBreaching, .breaching],
        // Open without data where every allowed value breaches.
        [.missing, .breaching],
    ]

    @Test(.timeLimit(.minutes(5)), arguments: [(1, 3), (2, 4), (3, 5)])
    func `the hardest completion is ALARM exactly when every completion is`(periods: Int, range: Int) {
        var tried = 0
        var certain = 0
        let rules = (1...periods).flatMap { needed in
            MissingDataTreatment.allCases.map {
                EvaluationRule(evaluationPeriods: periods, datapointsToAlarm: needed, treatMissingData: $0)
            }
        }
        forEachWindow(range) { window in
            for rule in rules {
                // The first choice of each period is the hardest one.
                let hardest = isAlarm(window.map { Self.choices[$0][0] }, rule)
                let all = everyCompletionIsAlarm(window, [], rule)
                tried += 1
                certain += all ? 1 : 0
                if hardest != all { Issue.record("\(window) \(rule): hardest \(hardest), all \(all)") }
            }
        }
        #expect(tried == rules.count * Int(pow6(range)))
        #expect(certain > 0 && certain < tried)
    }

    private func pow6(_ exponent: Int) -> Int { (0..<exponent).reduce(1) { power, _ in power * 6 } }

    private func forEachWindow(_ range: Int, _ body: ([Int]) -> Void) {
        var window = Array(repeating: 0, count: range)
        while true {
            body(window)
            guard let index = window.lastIndex(where: { $0 < Self.choices.count - 1 }) else { return }
            window[index] += 1
            for later in (index + 1)..<max(index + 1, range) { window[later] = 0 }
        }
    }

    /// ALARM whatever the prior state: a verdict that keeps the state does not count.
    private func isAlarm(_ classes: [DatapointClass], _ rule: EvaluationRule) -> Bool {
        Verdict(classes, rule: rule).state == .alarm
    }

    private func everyCompletionIsAlarm(_ window: [Int], _ chosen: [DatapointClass], _ rule: EvaluationRule) -> Bool {
        guard chosen.count < window.count else { return isAlarm(chosen, rule) }
        return Self.choices[window[chosen.count]].allSatisfy {
            everyCompletionIsAlarm(window, chosen + [$0], rule)
        }
    }

    /// Closed periods, and open ones as the search takes them: the hardest class, with the samples that came so far.
    private static let counted: [(hardest: (DatapointClass, Int64), completions: [(DatapointClass, Int64)])] = {
        let values: [(DatapointClass, Int64)] = [(.breaching, 1), (.breaching, 5), (.notBreaching, 5)]
        let closed = ([(.missing, 0)] + values).map { ($0, [$0]) }
        let came: [(DatapointClass, Int64)] = [
            (.breaching, 1), (.notBreaching, 1), (.breaching, 9), (.notBreaching, 9),
        ]
        return closed + [((.notBreaching, 0), came + [(.missing, 0)]), ((.notBreaching, 1), came)]
    }()

    /// Not the other way round: samples of a period that an open one may push out are left out even when others make up
    /// for them, so that such an ALARM may wait for the period's end.
    @Test(.timeLimit(.minutes(5)), arguments: [(1, 3), (2, 4)])
    func `an ALARM that ignores few samples is early only when no completion has too few`(periods: Int, range: Int) {
        var certain = 0
        forEachWindow(range) { window in
            let hardest = window.map { Self.counted[$0].hardest }
            for needed in 1...periods {
                for treatment in MissingDataTreatment.allCases {
                    let rule = EvaluationRule(
                        evaluationPeriods: periods, datapointsToAlarm: needed, treatMissingData: treatment,
                        samplesMin: 6)
                    guard isAlarm(hardest, rule) else { continue }
                    certain += 1
                    if !everyCountedCompletionIsAlarm(window, [], rule) { Issue.record("\(window) \(rule)") }
                }
            }
        }
        #expect(certain > 0)
    }

    private func isAlarm(_ periods: [(DatapointClass, Int64)], _ rule: EvaluationRule) -> Bool {
        Verdict(periods.map(\.0), rule: rule, samples: periods.map(\.1)).state == .alarm
    }

    private func everyCountedCompletionIsAlarm(
        _ window: [Int], _ chosen: [(DatapointClass, Int64)], _ rule: EvaluationRule
    ) -> Bool {
        guard chosen.count < window.count else { return isAlarm(chosen, rule) }
        return Self.counted[window[chosen.count]].completions.allSatisfy {
            everyCountedCompletionIsAlarm(window, chosen + [$0], rule)
        }
    }

    /// Values that an open period's sum may reach, given what has come so far, tried against the class assumed of it.
    @Test(arguments: ComparisonOperator.allCases)
    func `the class assumed of an open period is its hardest`(_ comparison: ComparisonOperator) {
        for threshold in [-1.0, 0, 1, 3] {
            for partial in [nil, 0.0, 1, 3, 4] {
                for isNonNegative in [true, false] {
                    let alarm = makeAlarm(over: threshold, comparison)
                    let text = partial.map { "---\(Int($0))" } ?? "----"
                    var machine = AlarmMachine(alarm, startingAt: minute(3), now: minute(3))
                    let decisions = machine.advance(
                        through: minute(3), now: minute(3), series: series(text, isNonNegative: isNonNegative))
                    let isUnknown =
                        !isNonNegative || comparison == .lessThanThreshold
                        || comparison == .lessThanOrEqualToThreshold
                    let reachable = isUnknown ? [-9.0, 9] : [partial ?? 0, 9]
                    let canStayMissing = partial == nil
                    let isCertain =
                        !canStayMissing && reachable.allSatisfy { comparison.isBreached(by: $0, threshold: threshold) }
                    #expect(
                        (decisions.map(\.kind) == [.early]) == isCertain,
                        "\(comparison) \(threshold) \(String(describing: partial)) \(isNonNegative)")
                }
            }
        }
    }
}
