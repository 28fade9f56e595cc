import Testing
import TrailAlarms
import TrailModel

/// `30 - 0.5` is three slots, the second without a value.
func values(_ text: String) -> [Double?] { text.split(separator: " ").map { Double($0) } }

func text(_ series: MathSeries, count: Int) -> String {
    (0..<count).map { series[$0].map(plainText) ?? "-" }.joined(separator: " ")
}

/// Metrics by id and an expression `e`, evaluated over as many minutes as the longest metric has values.
struct MathCase: CustomTestStringConvertible, Sendable {
    let expression: String
    let metrics: [(id: String, values: String)]
    let want: String

    init(_ expression: String, _ metrics: KeyValuePairs<String, String>, _ want: String) {
        self.expression = expression
        self.metrics = metrics.map { ($0.key, $0.value) }
        self.want = want
    }

    var testDescription: String { "\(expression) \(metrics.map { "\($0.id) = \($0.values)" }) → \(want)" }

    /// The series of the result; several are separated by ` | `.
    func got(period: Int64 = 60) throws -> String {
        let queries =
            metrics.map { MathQuery(id: $0.id, returnsData: false) } + [
                MathQuery(id: "e", expression: expression)
            ]
        let count = metrics.map { values($0.values).count }.max() ?? 3
        let slots = MathSlots(
            from: origin, to: origin.adding(seconds: Int64(count) * period), periodSeconds: period)
        let data = Dictionary(uniqueKeysWithValues: metrics.map { ($0.id, MathSeries(values: values($0.values))) })
        let results = try MetricMath(queries).evaluate(data, over: slots)
        #expect(results.count == 1)
        return results[0].series.map { text($0, count: count) }.joined(separator: " | ")
    }
}

/// The error of a request with metrics m1, m2, m3 and the expression `e`.
func mathError(_ expression: String) -> MetricMathError? {
    let metrics = ["m1", "m2", "m3"].map { MathQuery(id: $0, returnsData: false) }
    do throws(MetricMathError) {
        _ = try MetricMath(metrics + [MathQuery(id: "e", expression: expression)])
        return nil
    } catch {
        return error
    }
}
