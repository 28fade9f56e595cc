import Foundation
import Testing
import TrailAlarms
import TrailModel

@Suite struct MathPropertyTests {
    static let seeds: [UInt64] = [1, 2, 3]

    @Test(arguments: seeds) func `a printed tree reads back as itself`(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        for _ in 0..<2000 {
            let tree = Self.tree(depth: Int.random(in: 0...4, using: &random), using: &random)
            let printed = tree.description
            guard printed.unicodeScalars.count <= MetricMath.charactersMax else { continue }
            #expect(try MathExpression(printed, id: "e") == tree, "\(printed)")
        }
    }

    @Test(arguments: seeds) func `numbers are computed as doubles are`(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        for _ in 0..<1000 {
            let (text, want) = Self.arithmetic(depth: 4, using: &random)
            guard text.utf8.count <= MetricMath.charactersMax else { continue }
            let got = try MathCase("TIME_SERIES(\(text))", ["m1": "1"], "").got()
            #expect(got == (want.isFinite ? plainText(want) : "-"), "\(text)")
        }
    }

    @Test(arguments: seeds) func `a number and a series of that number give the same`(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        for sign in MathOperator.allCases {
            for _ in 0..<50 {
                let left = Double(Int.random(in: 0...5, using: &random)) / 2
                let right = Double(Int.random(in: 0...5, using: &random)) / 2
                let numbers = "\(left) \(sign.rawValue) \(right)"
                let want = try MathCase("TIME_SERIES(\(numbers))", ["m1": "1"], "").got()
                for form in ["m1 \(sign.rawValue) m2", "m1 \(sign.rawValue) \(right)", "\(left) \(sign.rawValue) m2"] {
                    let got = try MathCase(form, ["m1": "\(left)", "m2": "\(right)"], "").got()
                    #expect(got == want, "\(form), \(numbers)")
                }
            }
        }
    }

    @Test(arguments: seeds) func `a missing value counts as 0 beside one that is there`(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let marks = ["-", "0", "1", "2", "-3"]
        for sign in MathOperator.allCases {
            for _ in 0..<50 {
                let left = (0..<6).map { _ in marks.randomElement(using: &random) ?? "-" }
                let right = (0..<6).map { _ in marks.randomElement(using: &random) ?? "-" }
                let zeros = zip(left, right).map { $0 == "-" && $1 == "-" ? ("-", "-") : ($0, $1) }
                    .map { ($0 == "-" && $1 != "-" ? "0" : $0, $1 == "-" && $0 != "-" ? "0" : $1) }
                func got(_ left: [String], _ right: [String]) throws -> String {
                    try MathCase(
                        "m1 \(sign.rawValue) m2",
                        ["m1": left.joined(separator: " "), "m2": right.joined(separator: " ")], ""
                    ).got()
                }
                #expect(try got(left, right) == got(zeros.map(\.0), zeros.map(\.1)), "\(sign) \(left) \(right)")
            }
        }
    }

    @Test(arguments: seeds) func `random text never crashes, and what is read is evaluated`(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let words = [
            "m1", "m2", "e", "METRICS()", "METRICS(\"m\")", "SUM(", "AVG(", "IF(", "FILL(", "SORT(", "SLICE(", "RATE(",
            "TIME_SERIES(", "LOG(", "STDDEV(", "(", ")", "[", "]", ",", "+", "-", "*", "/", "^", "<", "==", "AND", "||",
            "REPEAT", "LINEAR", "DESC", "MAX", "0", "1", "2.5", "1e308", "'", "\"", "é", "\n", "\u{0}", "SEARCH", "e1",
        ]
        var readable = 0
        for _ in 0..<20_000 {
            let count = Int.random(in: 1...12, using: &random)
            let text = (0..<count).map { _ in words.randomElement(using: &random) ?? "" }.joined(separator: " ")
            do throws(MetricMathError) {
                let math = try MetricMath([
                    MathQuery(id: "m1", returnsData: false), MathQuery(id: "m2", returnsData: false),
                    MathQuery(id: "e", expression: text),
                ])
                readable += 1
                let results = try math.evaluate(
                    ["m1": MathSeries(values: [1, nil, 1e308]), "m2": MathSeries(values: [nil, 0, -1e308])],
                    over: MathSlots(from: origin, to: origin.adding(seconds: 180), periodSeconds: 60))
                for point in results[0].series.flatMap({ $0.datapoints(over: MathRequestTests.slots) }) {
                    #expect(point.value.isFinite, "\(text)")
                }
            } catch {
                #expect(error.id == "e" && error.line >= 1 && error.column >= 1)
            }
        }
        #expect(readable > 100)
    }

    @Test func `random bytes never crash`() {
        var random = SplitMix64(seed: 4)
        for _ in 0..<20_000 {
            let bytes = (0..<Int.random(in: 0...20, using: &random)).map { _ in
                UInt8.random(in: 0...255, using: &random)
            }
            _ = mathError(String(decoding: bytes, as: UTF8.self))
        }
    }

    /// `logarithms.csv` holds the bits of doubles: results of 80 decimal digits (Python's decimal), rounded once.
    @Test func `logarithms and powers are the nearest doubles`() throws {
        let rows = try fixtureRows("logarithms").map { row in
            try ["base", "exponent", "log", "log10", "power"].map { name in
                Double(bitPattern: try #require(UInt64(row[name] ?? "")))
            }
        }
        #expect(rows.count == 300)
        let results = try Self.logarithms(of: rows.map { $0[0] }, powers: rows.map { $0[1] })
        for (slot, row) in rows.enumerated() {
            #expect(results.map { $0[slot] } == Array(row[2...]), "\(row)")
        }
    }

    /// The C library's functions are off by at most a unit or two in the last place.
    @Test(arguments: seeds) func `logarithms and powers agree with the C library's`(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let bases = (0..<4000).map { index in
            index % 2 == 0
                ? Double(bitPattern: UInt64.random(in: 1..<0x7FF0_0000_0000_0000, using: &random))
                : Double.random(in: 0.5...2, using: &random)
        }
        let exponents = bases.map { Double.random(in: -700...700, using: &random) / max(abs(log($0)), 0.01) }
        let results = try Self.logarithms(of: bases, powers: exponents)
        for (slot, base) in bases.enumerated() {
            let wants = [log(base), log10(base), pow(base, exponents[slot])]
            for (got, want) in zip(results.map { $0[slot] }, wants) {
                let got = try #require(got, "\(base) ^ \(exponents[slot])")
                #expect(abs(got - want) <= 2 * max(want.ulp, got.ulp), "\(base) ^ \(exponents[slot])")
            }
        }
    }

    /// `LOG`, `LOG10` and `^` of each base.
    static func logarithms(of bases: [Double], powers: [Double]) throws -> [MathSeries] {
        let slots = MathSlots(from: origin, to: origin.adding(seconds: Int64(bases.count) * 60), periodSeconds: 60)
        let math = try MetricMath([
            MathQuery(id: "x", returnsData: false), MathQuery(id: "y", returnsData: false),
            MathQuery(id: "a", expression: "LOG(x)"), MathQuery(id: "b", expression: "LOG10(x)"),
            MathQuery(id: "c", expression: "x ^ y"),
        ])
        return try math.evaluate(["x": MathSeries(values: bases), "y": MathSeries(values: powers)], over: slots)
            .map { $0.series[0] }
    }

    @Test(arguments: [
        ("0 ^ 0", "1"), ("0 ^ 3", "0"), ("0 ^ -1", "-"), ("(-2) ^ 3", "-8"), ("(-2) ^ 0.5", "-"), ("3 ^ 4", "81"),
        ("10 ^ 15", "1000000000000000"), ("10 ^ -3", "0.001"), ("2 ^ 0.5 - 2 ^ 0.5", "0"), ("2 ^ 1023 / 2 ^ 1022", "2"),
        ("2 ^ 1024", "-"), ("2 ^ -1074 * 2 ^ 1000 * 2 ^ 74", "1"), ("2 ^ -2000", "0"), ("1.5 ^ 1e308", "-"),
        ("0.5 ^ 1e308", "0"), ("1 ^ 1e308", "1"), ("(-1) ^ 9007199254740993", "1"),
        ("(-1) ^ 9007199254740991", "-1"), ("1e308 ^ -1e308", "0"),
    ])
    func `powers at the edges`(expression: String, want: String) throws {
        #expect(try MathCase("TIME_SERIES(\(expression))", ["m1": "1"], want).got() == want)
    }
}

extension MathPropertyTests {
    /// A random tree; it need not have types that fit.
    static func tree(depth: Int, using random: inout SplitMix64) -> MathExpression {
        if depth == 0 {
            return switch Int.random(in: 0..<5, using: &random) {
            case 0: MathExpression(.number(Double(Int.random(in: 0...1000, using: &random))))
            case 1:
                MathExpression(
                    .number(Double(bitPattern: UInt64.random(in: 0..<0x7FF0_0000_0000_0000, using: &random))))
            case 2:
                MathExpression(
                    .metrics(containing: [nil, "", "4xx", "it's", "a\"b"].randomElement(using: &random) ?? nil))
            default: MathExpression(.id(["m1", "e2", "errorRate_5"].randomElement(using: &random) ?? "m1"))
            }
        }
        func part() -> MathExpression { tree(depth: Int.random(in: 0..<depth, using: &random), using: &random) }
        switch Int.random(in: 0..<9, using: &random) {
        case 0: return MathExpression(.array((0...Int.random(in: 0...2, using: &random)).map { _ in part() }))
        case 1: return MathExpression(.negation(part()))
        case 2:
            let function = MathFunction.allCases.randomElement(using: &random) ?? .sum
            let count = function == .slice ? Int.random(in: 2...3, using: &random) : 1
            return MathExpression(.call(function, (0..<count).map { _ in part() }))
        case 3:
            let fills: [MathFill] = [.value(part()), .lastValue, .line]
            return MathExpression(.fill(part(), fills.randomElement(using: &random) ?? .line))
        case 4:
            return MathExpression(
                .condition(part(), then: part(), otherwise: Bool.random(using: &random) ? part() : nil))
        case 5:
            return MathExpression(
                .sort(
                    part(), by: MathSortKey.allCases.randomElement(using: &random) ?? .sum,
                    ascending: Bool.random(using: &random), limit: Bool.random(using: &random) ? part() : nil))
        default:
            return MathExpression(
                .operation(MathOperator.allCases.randomElement(using: &random) ?? .plus, part(), part()))
        }
    }

    /// A random expression over numbers and what it gives; NaN where there is no result.
    static func arithmetic(depth: Int, using random: inout SplitMix64) -> (text: String, value: Double) {
        if depth == 0 || Int.random(in: 0..<5, using: &random) == 0 {
            let value = Double(Int.random(in: 0...20, using: &random)) / 4
            return (plainText(value), value)
        }
        let left = arithmetic(depth: depth - 1, using: &random)
        let right = arithmetic(depth: depth - 1, using: &random)
        func truth(_ holds: Bool) -> Double { holds ? 1 : 0 }
        let (first, second) = (left.value, right.value)
        let choices: [(String, Double)] = [
            ("+", first + second), ("-", first - second), ("*", first * second),
            ("/", second == 0 ? .nan : first / second), ("<", truth(first < second)), ("==", truth(first == second)),
            (">=", truth(first >= second)), ("AND", truth(first != 0 && second != 0)),
            ("||", truth(first != 0 || second != 0)),
        ]
        let (sign, value) = choices.randomElement(using: &random) ?? ("+", first + second)
        let result = first.isNaN || second.isNaN || !value.isFinite ? .nan : value
        return Bool.random(using: &random)
            ? ("(\(left.text) \(sign) \(right.text))", result) : ("-(\(left.text) \(sign) \(right.text))", -result)
    }
}
