import Testing
import TrailModel
import TrailPatterns

struct NarrowedPatternTests {
    @Test(arguments: [
        (" { $.a = 1 || $.a = 2 } ", "x", #"{ ( $.a = 1 || $.a = 2 ) && $.k = "x" }"#, #"{"a":2,"k":"x"}"#),
        ("{$.a = *}", #"q"\"#, #"{ ($.a = *) && $.k = "q\"\\" }"#, #"{"a":"1","k":"q\"\\"}"#),
        ("{$.a = *}", "true", #"{ ($.a = *) && ($.k = "true" || $.k IS TRUE) }"#, #"{"a":"1","k":true}"#),
    ])
    func `a filter's pattern is narrowed to the events of one metric`(
        _ pattern: String, _ value: String, _ want: String, _ event: String
    ) throws {
        let text = try filter(pattern).pattern(of: metric(value))
        #expect(text == want)
        #expect(try FilterPattern(text).matches(message: Array(event.utf8)))
        #expect(try !FilterPattern(text).matches(message: Array(#"{"a":1,"k":"other"}"#.utf8)))
    }

    @Test func `a pattern that would grow too long stays as it is`() throws {
        let pattern = "{ $.a = *}"
        #expect(try filter(pattern).pattern(of: metric(String(repeating: "x", count: 1024))) == pattern)
    }

    private func metric(_ value: String) -> Metric {
        Metric(namespace: "N", name: "M", dimensions: [Dimension(name: "K", value: value)])
    }

    private func filter(_ pattern: String) throws -> MetricFilter {
        MetricFilter(
            name: "F", logGroupName: "", pattern: try FilterPattern(pattern), metric: Metric(namespace: "N", name: "M"),
            value: .constant(1), dimensions: [SelectedDimension(name: "K", selector: try EventSelector("$.k"))],
            location: SourceLocation(file: ""))
    }
}
