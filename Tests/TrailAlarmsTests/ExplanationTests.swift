import Testing
import TrailAlarms
import TrailModel

/// What an explanation says is what the engine does.
@Suite struct ExplanationTests {
    private static let treatments: [MissingDataTreatment?] = [nil, .missing, .ignore, .breaching, .notBreaching]

    /// Every sequence of `count` of these.
    private static func sequences<Element>(of elements: [Element], count: Int) -> [[Element]] {
        count == 0 ? [[]] : sequences(of: elements, count: count - 1).flatMap { head in elements.map { head + [$0] } }
    }

    @Test(arguments: treatments) func `the rule that is named is the one that decided`(
        treatment: MissingDataTreatment?
    ) {
        for (needed, all) in [(1, 1), (1, 2), (2, 2), (1, 3), (2, 3), (3, 3)] {
            let rule = makeAlarm(needed, of: all, missing: treatment).rule
            for classes in Self.sequences(of: DatapointClass.allCases, count: all + 2) {
                let verdict = Verdict(classes, rule: rule)
                let named = VerdictRule(classes, rule: rule)
                let real = classes.count { $0 != .missing }
                let breaching = classes.count { $0 == .breaching }
                #expect(named.keepsState == (verdict.state == nil), "\(classes) \(needed) of \(all)")
                let holds =
                    switch named {
                    case .enoughDatapoints: real >= all
                    case .missingAsBreaching: real < all && treatment == .breaching
                    case .missingAsNotBreaching: real < all && treatment == .notBreaching
                    case .enoughBreaching: breaching >= needed && verdict.state == .alarm
                    case .someNotBreaching: breaching < real && breaching < needed && verdict.state == .ok
                    case .prematureAlarm: breaching == real && breaching < needed && verdict.state == .alarm
                    case .tooYoungToAlarm, .missingIgnored: breaching == real && breaching < needed && real > 0
                    case .noData: real == 0 && verdict.state == .insufficientData
                    case .noDataIgnored: real == 0
                    case .tooFewSamples: false
                    }
                #expect(holds, "\(named) for \(classes), \(needed) of \(all)")
            }
        }
    }

    @Test func `a percentile of too few samples keeps the state, whatever its values`() {
        let rule = EvaluationRule(
            evaluationPeriods: 1, datapointsToAlarm: 1, treatMissingData: .missing, samplesMin: 100)
        #expect(VerdictRule([.missing, .missing, .breaching], rule: rule, samples: [0, 0, 99]) == .tooFewSamples)
        #expect(VerdictRule([.missing, .missing, .breaching], rule: rule, samples: [0, 0, 100]) == .enoughDatapoints)
    }

    // MARK: The nearest change

    struct Domain: Sendable, CustomTestStringConvertible {
        let domain: ValueDomain
        /// Every value that a period may have.
        let values: [Double?]
        let testDescription: String
    }

    static let domains = [
        Domain(domain: .counts, values: [nil, 1, 2, 3], testDescription: "counts"),
        Domain(
            domain: ValueDomain(isWhole: true, isNonNegative: true, isZeroMissing: false, isAdditive: true),
            values: [nil, 0, 1, 2, 3], testDescription: "counts with DefaultValue 0"),
        Domain(
            domain: ValueDomain(isWhole: true, isNonNegative: false, isZeroMissing: false, isAdditive: false),
            values: [nil, 0, 1, 2, 3], testDescription: "whole numbers of another statistic"),
    ]

    /// How large a change is: among values by their difference, then datapoints that come, then those that vanish.
    private func size(_ from: Double?, _ to: Double?, _ domain: ValueDomain) -> (Int, Double) {
        if from != nil && to == nil { return domain.isZeroMissing ? (0, from ?? 0) : (2, 0) }
        return (from == nil && !domain.isAdditive ? 1 : 0, ((to ?? 0) - (from ?? 0)).magnitude)
    }

    @Test(arguments: domains, ComparisonOperator.allCases)
    func `no smaller change leads to another state, and this one does`(
        _ domain: Domain, _ comparison: ComparisonOperator
    ) {
        var flips = 0
        for (needed, all) in [(1, 1), (2, 2), (1, 2)] {
            for treatment in Self.treatments.dropFirst() {
                let alarm = makeAlarm(needed, of: all, over: 2, comparison, missing: treatment)
                func state(_ values: [Double?], _ prior: AlarmState) -> AlarmState {
                    Verdict(values.map { $0.map { PeriodValue(value: $0) } }, alarm: alarm).state(after: prior)
                }
                // The oldest period stays empty where four would make too many.
                for values in Self.sequences(of: domain.values, count: 3).map({ all == 1 ? $0 : [nil] + $0 }) {
                    for prior in [AlarmState.ok, .alarm] {
                        let before = state(values, prior)
                        let flip = NearestFlip(alarm: alarm, values: values, prior: prior, domain: domain.domain)
                        var least: (Int, Double)?
                        for index in values.indices {
                            for to in domain.values where to != values[index] {
                                var changed = values
                                changed[index] = to
                                let found = size(values[index], to, domain.domain)
                                if state(changed, prior) != before, least.map({ found < $0 }) ?? true { least = found }
                            }
                        }
                        guard let flip else {
                            #expect(least == nil, "\(values), \(needed) of \(all), \(comparison), \(prior)")
                            continue
                        }
                        flips += 1
                        var changed = values
                        changed[flip.index] = flip.to
                        #expect(state(changed, prior) == flip.state && flip.state != before)
                        let found = size(values[flip.index], flip.to, domain.domain)
                        #expect(least.map { $0 == found } ?? false, "\(values) \(flip) \(least ?? (9, 9))")
                    }
                }
            }
        }
        #expect(flips > 300)
    }

    @Test func `values that are no counts change by the last digit that matters`() throws {
        let alarm = makeAlarm(1, of: 1, over: 2.5, statistic: .average)
        let down = try #require(NearestFlip(alarm: alarm, values: [nil, nil, 7], prior: .ok, domain: .any))
        #expect(down.to == 2.5 && down.state == .ok)
        let up = try #require(NearestFlip(alarm: alarm, values: [nil, nil, 1], prior: .ok, domain: .any))
        #expect(up.to == 2.5.nextUp && up.state == .alarm)
    }

    // MARK: Words

    private func explanation(
        _ alarm: MetricAlarm, _ values: [Double?], prior: AlarmState = .ok, domain: ValueDomain = .counts
    ) -> Explanation {
        Explanation(
            alarm, windowEnd: minute(605), datapoints: values.map { $0.map { PeriodValue(value: $0, sampleCount: 1) } },
            closedThrough: minute(605), prior: prior, domain: domain)
    }

    @Test func `what was decided is said in words`() {
        let alarm = makeAlarm(2, of: 3, over: 5, .greaterThanOrEqualToThreshold, missing: .notBreaching)
        let breaching = explanation(alarm, [9, nil, 7, nil, 5])
        #expect(breaching.verdictText == "ALARM: 3 of 3 datapoints breach; ALARM wants 2 of 3")
        #expect(breaching.fillText == nil)
        #expect(breaching.flipText(countsEvents: true) == "No change of one datapoint would have led to another state.")
        let ok = explanation(alarm, [nil, nil, 7, nil, 4])
        #expect(ok.verdictText == "OK: 1 of 2 datapoints breaches; ALARM wants 2 of 3")
        #expect(ok.fillText == "1 datapoint is missing (3 wanted, 2 there): treated as notBreaching")
        #expect(ok.flipText(countsEvents: true) == "1 more event between 10:04 and 10:05 would have made it ALARM.")
        let raised = explanation(alarm, [nil, nil, 7, nil, 6])
        #expect(raised.flipText(countsEvents: true) == "2 fewer events between 10:04 and 10:05 would have kept it OK.")
        #expect(
            raised.flipText(countsEvents: false)
                == "A value of 4 instead of 6 between 10:04 and 10:05 would have kept it OK.")
        #expect(raised.periods.map(\.isDecisive) == [false, false, true, false, true])
        let none = explanation(makeAlarm(1, of: 1, missing: .ignore), [nil, nil, nil], prior: .alarm)
        #expect(none.verdictText == "ALARM stays: there is no datapoint, and missing data are ignored")
    }
}
