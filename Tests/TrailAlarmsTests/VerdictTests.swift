import Testing
import TrailAlarms
import TrailModel

@Suite struct VerdictTests {
    static let priors: [AlarmState] = [.ok, .alarm, .insufficientData]

    static func classes(_ text: String) -> [DatapointClass] {
        text.compactMap { character in
            switch character {
            case "X": .breaching
            case "0": .notBreaching
            case "-": .missing
            default: nil
            }
        }
    }

    static func rule(_ row: [String: String], _ treatment: MissingDataTreatment) throws -> EvaluationRule {
        EvaluationRule(
            evaluationPeriods: try #require(Int(row["evaluation_periods"] ?? "")),
            datapointsToAlarm: try #require(Int(row["datapoints_to_alarm"] ?? "")), treatMissingData: treatment)
    }

    @Test(arguments: MissingDataTreatment.allCases)
    func `documented tables and captured transitions are reproduced`(_ treatment: MissingDataTreatment) throws {
        let rows = try fixtureRows("missing-data-cases")
        #expect(rows.count == 32)
        for row in rows {
            guard let want = row[treatment.rawValue], !want.isEmpty else { continue }
            let verdict = Verdict(Self.classes(row["datapoints"] ?? ""), rule: try Self.rule(row, treatment))
            #expect(verdict.filled == Int(row["filled"] ?? ""), "\(row)")
            for prior in Self.priors {
                let got = verdict.state(after: prior)
                switch want {
                case "RETAIN": #expect(got == prior, "\(row)")
                case "NOT_ALARM_UNLESS_ALREADY": #expect(got != .alarm || prior == .alarm, "\(row)")
                default: #expect(got.rawValue == want, "\(row)")
                }
            }
        }
    }

    @Test func `every case gives the reference answer under every setting and prior state`() throws {
        let rows = try fixtureRows("missing-data-cases")
        let cases = Dictionary(uniqueKeysWithValues: rows.map { ($0["id"] ?? "", $0) })
        let golden = try fixtureRows("missing-data-golden")
        #expect(golden.count == rows.count * 12)
        for want in golden {
            let row = try #require(cases[want["id"] ?? ""])
            let treatment = try #require(MissingDataTreatment(rawValue: want["treatment"] ?? ""))
            let prior = try #require(AlarmState(rawValue: want["prior"] ?? ""))
            let verdict = Verdict(Self.classes(row["datapoints"] ?? ""), rule: try Self.rule(row, treatment))
            #expect(verdict.state(after: prior).rawValue == want["state"], "\(want)")
            #expect(verdict.filled == Int(want["filled"] ?? ""), "\(want)")
        }
    }

    @Test(arguments: [
        ("M breaching, newest first", "0X0XX", 3, 2, MissingDataTreatment.missing, [4, 3]),
        ("N - M + 1 good ones towards OK", "0XX00", 3, 2, .missing, [4, 3]),
        ("premature: the breach and what followed", "--X--", 3, 3, .missing, [4, 3, 2]),
        ("filled ones make up what is short", "---X-", 3, 2, .breaching, [4, 3]),
        ("the one good datapoint over breaching fill", "----0", 3, 3, .breaching, [4]),
        ("the newest M without data", "-----", 3, 2, .missing, [4, 3]),
        ("keeping the state names none", "----X", 3, 3, .ignore, []),
    ])
    func `decisive datapoints`(
        why: String, text: String, periods: Int, needed: Int, treatment: MissingDataTreatment, want: [Int]
    ) {
        let rule = EvaluationRule(
            evaluationPeriods: periods, datapointsToAlarm: needed, treatMissingData: treatment)
        let got = Verdict(Self.classes(text), rule: rule).decisive
        #expect(got == want, "\(why)")
    }

    @Test(arguments: [(1, 3), (2, 4), (3, 5), (8, 10), (9, 12), (12, 16)])
    func `the evaluation range is N and a third, at least two more`(periods: Int, want: Int) {
        #expect(makeAlarm(1, of: periods).evaluationRange == want)
    }

    @Test(arguments: [
        (ComparisonOperator.greaterThanThreshold, [false, false, true]),
        (.greaterThanOrEqualToThreshold, [false, true, true]), (.lessThanThreshold, [true, false, false]),
        (.lessThanOrEqualToThreshold, [true, true, false]),
    ])
    func `the datapoint is the first operand`(comparison: ComparisonOperator, want: [Bool]) {
        #expect([4.0, 5, 6].map { comparison.isBreached(by: $0, threshold: 5) } == want)
    }
}
