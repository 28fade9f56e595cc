import Foundation
import Testing
import TrailModel

@Suite struct NumberTextTests {
    /// As printed by a Java virtual machine.
    @Test(
        arguments: [
            (0, "0.0"), (-0.0, "-0.0"), (1, "1.0"), (21.5, "21.5"), (100, "100.0"), (-3, "-3.0"), (0.1, "0.1"),
            (0.001, "0.001"), (0.00099, "9.9E-4"), (1e-5, "1.0E-5"), (9_999_999, "9999999.0"), (1e7, "1.0E7"),
            (1e10, "1.0E10"), (123_456_789, "1.23456789E8"), (12_345_678.5, "1.23456785E7"), (1e21, "1.0E21"),
            (0x1p53, "9.007199254740992E15"), (1.0 / 3, "0.3333333333333333"), (1_234_567.891, "1234567.891"),
            (.greatestFiniteMagnitude, "1.7976931348623157E308"), (.leastNormalMagnitude, "2.2250738585072014E-308"),
            (.infinity, "Infinity"), (-.infinity, "-Infinity"), (.nan, "NaN"),
        ] as [(Double, String)])
    func `doubles as Java prints them`(value: Double, text: String) {
        #expect(javaText(value) == text)
    }

    @Test(arguments: UInt64(1)...5)
    func `printed doubles read back the same`(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<500 {
            let value = Double(bitPattern: random.next())
            guard value.isFinite else { continue }
            #expect(Double(javaText(value)) == value)
            #expect(Double(plainText(value)) == value)
            let small = Double(Int.random(in: -99_999...99_999, using: &random)) / 1000
            #expect(Double(javaText(small)) == small)
            #expect(Double(plainText(small)) == small)
        }
    }

    @Test(
        arguments: [
            (0, "0"), (-0.0, "0"), (3, "3"), (-3, "-3"), (0.5, "0.5"), (1e15, "1000000000000000"), (1e20, "1e+20"),
            (.infinity, "+Inf"), (-.infinity, "-Inf"), (.nan, "NaN"),
        ] as [(Double, String)])
    func `results without trailing zeros`(value: Double, text: String) {
        #expect(plainText(value) == text)
    }

    @Test(arguments: [(7, 2, "07"), (123, 2, "123"), (0, 4, "0000"), (12, 2, "12")])
    func `numbers are padded`(value: Int, width: Int, text: String) {
        #expect(padded(value, width) == text)
    }
}

@Suite struct JSONValueTests {
    @Test(
        arguments: [
            (.null, "null"), (.bool(true), "true"), (.bool(false), "false"), (.integer(.min), "-9223372036854775808"),
            (.double(21), "21.0"), (.double(1e10), "1.0E10"), (.double(.nan), "null"), (.double(.infinity), "null"),
            (.string(""), #""""#), (.string("a\"b\\c/d"), #""a\"b\\c/d""#), (.string("\n\r\t"), #""\n\r\t""#),
            (.string("\u{0}\u{1F}\u{7F}"), "\"\\u0000\\u001f\u{7F}\""), (.string("größe 🚨"), "\"größe 🚨\""),
            (.array([]), "[]"), (.array([.integer(1), .null]), "[1,null]"), (.object([]), "{}"),
            (.raw("[1, 2]"), "[1, 2]"),
            (.optional(nil), "null"), (.optional("x"), #""x""#),
            (.members([("b", .integer(1)), ("none", nil), ("a", .string("x"))]), #"{"b":1,"a":"x"}"#),
        ] as [(JSONValue, String)])
    func `values are written`(value: JSONValue, text: String) {
        #expect(value.text == text)
    }

    @Test(arguments: UInt64(1)...10)
    func `any text survives a JSON reader`(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        var text = ""
        for _ in 0..<200 {
            let limit: UInt32 = Bool.random(using: &random) ? 0x80 : 0x1_1000
            text.unicodeScalars.append(Unicode.Scalar(UInt32.random(in: 0..<limit, using: &random)) ?? "\"")
        }
        let json = JSONValue.object([JSONValue.Member(text, .array([.string(text)]))]).text
        let read = try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: [String]]
        let (key, values) = try #require(read?.first)
        #expect(Array(key.unicodeScalars) == Array(text.unicodeScalars), "seed \(seed)")
        #expect(values.first.map { Array($0.unicodeScalars) } == Array(text.unicodeScalars), "seed \(seed)")
    }
}

@Suite struct MetricTests {
    private static let both = [Dimension(name: "b", value: "2"), Dimension(name: "a", value: "1")]

    @Test(arguments: [
        (Metric(namespace: "N", name: "M"), "N M", "N M"),
        (Metric(namespace: "N", name: "M", dimensions: both), "N M {a=1,b=2}", "N M {1,2}"),
        (Metric(namespace: "N", name: "M", dimensions: [Dimension(name: "a", value: "")]), "N M {a=}", "N M {}"),
    ])
    func `a metric's text names its dimensions in their order, in the words asked for`(
        metric: Metric, text: String, values: String
    ) {
        #expect(metric.text == text)
        #expect(metric.text(dimension: \.value) == values)
    }

    @Test func `the order of dimensions does not matter`() {
        let region = Dimension(name: "AwsRegion", value: "us-east-1")
        let source = Dimension(name: "EventSource", value: "ec2.amazonaws.com")
        let left = Metric(namespace: "CloudTrail", name: "EventCount", dimensions: [source, region])
        let right = Metric(namespace: "CloudTrail", name: "EventCount", dimensions: [region, source])
        #expect(left == right && left.hashValue == right.hashValue && left.dimensions == [region, source])
        #expect(left != Metric(namespace: "CloudTrail", name: "EventCount", dimensions: [region]))
    }

    @Test func `locations are ordered by file, line and column`() {
        let first = SourceLocation(file: "a.yaml", line: 2, column: 9)
        #expect(first < SourceLocation(file: "a.yaml", line: 10))
        #expect(first < SourceLocation(file: "b.yaml"))
        #expect(SourceLocation(file: "a.yaml", line: 2, column: 3) < first)
    }
}
