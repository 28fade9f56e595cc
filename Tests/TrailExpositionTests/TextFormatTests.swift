import Foundation
import Testing
import TrailExposition

@Suite struct TextFormatTests {
    static let events = MetricFamily(
        "cloudtrail_events_total", .counter, help: "Events counted.", labels: ["account_id", "region"])
    static let state = MetricFamily("cloudwatch_alarm_value", .gauge, help: "The newest value.", labels: ["alarm_name"])
    static let writable = MetricFamily("trailwatch_store_writable", .gauge, help: "1 when the store takes writes.")

    static func text(_ build: (inout TextFormat) -> Void) -> String {
        var page = TextFormat()
        build(&page)
        return String(decoding: page.bytes, as: UTF8.self)
    }

    static func sample() -> String {
        text { page in
            page.add(
                events,
                [
                    MetricSample(["222222222222", "us-east-1"], 7),
                    MetricSample(["111111111111", "us-east-1"], 12_345),
                    MetricSample(["111111111111", "eu-west-1"], 0),
                ])
            page.add(state, [MetricSample(["say \"hi\" \\ twice\nnow"], 0.1), MetricSample(["größe"], .nan)])
            page.add(writable, 1)
        }
    }

    @Test func `a page is these bytes`() {
        #expect(
            Self.sample() == """
                # HELP cloudtrail_events_total Events counted.
                # TYPE cloudtrail_events_total counter
                cloudtrail_events_total{account_id="111111111111",region="eu-west-1"} 0
                cloudtrail_events_total{account_id="111111111111",region="us-east-1"} 12345
                cloudtrail_events_total{account_id="222222222222",region="us-east-1"} 7
                # HELP cloudwatch_alarm_value The newest value.
                # TYPE cloudwatch_alarm_value gauge
                cloudwatch_alarm_value{alarm_name="größe"} NaN
                cloudwatch_alarm_value{alarm_name="say \\"hi\\" \\\\ twice\\nnow"} 0.1
                # HELP trailwatch_store_writable 1 when the store takes writes.
                # TYPE trailwatch_store_writable gauge
                trailwatch_store_writable 1

                """)
        #expect(TextFormat.contentType == "text/plain; version=0.0.4; charset=utf-8")
    }

    @Test(arguments: [
        (0, "0"), (-0.0, "0"), (1, "1"), (-17, "-17"), (0.5, "0.5"), (9_007_199_254_740_992, "9007199254740992"),
        (1e16, "1e+16"), (1e300, "1e+300"), (-1e-7, "-1e-07"), (1_669_000_000.25, "1669000000.25"),
        (.infinity, "+Inf"), (-.infinity, "-Inf"), (.nan, "NaN"), (0x1p63, "9.223372036854776e+18"),
    ])
    func `values are written as Prometheus reads them`(value: Double, want: String) throws {
        let line = Self.text { $0.add(Self.writable, value) }.split(separator: "\n").last ?? ""
        #expect(line == "trailwatch_store_writable \(want)")
        let read = Double(want.replacing("Inf", with: "inf"))
        #expect(read == value || value.isNaN)
    }

    @Test func `help is escaped too`() {
        let family = MetricFamily("a_total", .counter, help: "One \\ two\nthree \"four\".")
        #expect(
            Self.text { $0.add(family, 1) }.hasPrefix("# HELP a_total One \\\\ two\\nthree \"four\".\n# TYPE a_total"))
    }

    @Test(arguments: UInt64(1)...10)
    func `the order of the samples does not matter`(seed: UInt64) {
        var random = LinearGenerator(state: seed)
        let samples = (0..<50).map { MetricSample(["account \($0 % 7)", "region \($0)"], Double($0)) }
        let want = Self.text { $0.add(Self.events, samples) }
        #expect(Self.text { $0.add(Self.events, samples.shuffled(using: &random)) } == want, "seed \(seed)")
    }

    @Test func `prepared series make the same bytes`() {
        let samples = (0..<50).map { MetricSample(["account \($0 % 7)", "\"region\" \($0)"], Double($0) / 4) }
        let series = samples.map { (Self.events.series($0.labelValues), $0.value) }.sorted { $0.0 < $1.0 }
        #expect(Self.text { $0.add(Self.events, series: series) } == Self.text { $0.add(Self.events, samples) })
    }

    @Test func `a family without samples is left out`() {
        #expect(Self.text { $0.add(Self.events, []) } == "")
        #expect(Self.text { $0.add(Self.events, series: []) } == "")
    }

    @Test func `a repeated sample or a missing label value is a programmer error`() async {
        await #expect(processExitsWith: .failure) {
            _ = Self.text { $0.add(Self.events, [MetricSample(["a", "b"], 1), MetricSample(["a", "b"], 2)]) }
        }
        await #expect(processExitsWith: .failure) {
            _ = Self.text { $0.add(Self.events, [MetricSample(["a"], 1)]) }
        }
    }
}

@Suite struct LintTests {
    @Test(
        arguments: [
            ("cloudtrail_errors_total", MetricFamily.Kind.counter, "Errors.", ["account_id"], true),
            ("cloudtrail_errors", .counter, "Errors.", [], false), ("lanes_total", .gauge, "Lanes.", [], false),
            ("errorsTotal_total", .counter, "Errors.", [], false), ("1errors_total", .counter, "Errors.", [], false),
            ("errors-total_total", .counter, "Errors.", [], false), ("errors_total", .counter, "", [], false),
            ("wait_ms", .gauge, "Wait.", [], false), ("wait_seconds", .gauge, "Wait.", [], true),
            ("lane_count", .gauge, "Lanes.", [], false), ("lane_gauge", .gauge, "Lanes.", [], false),
            ("lanes", .gauge, "Lanes.", ["le"], false), ("lanes", .gauge, "Lanes.", ["__name"], false),
            ("lanes", .gauge, "Lanes.", ["a", "a"], false), ("lanes", .gauge, "Lanes.", ["a-b"], false),
            ("lanes", .gauge, "Lanes.", ["aB"], false), ("", .gauge, "Lanes.", [], false),
        ] as [(String, MetricFamily.Kind, String, [String], Bool)])
    func `names follow Prometheus's rules`(
        name: String, kind: MetricFamily.Kind, help: String, labels: [String], isSound: Bool
    ) {
        #expect(Lint.faults(name: name, kind: kind, help: help, labels: labels).isEmpty == isSound)
    }

    @Test func `a family that fails the lint is a programmer error`() async {
        await #expect(processExitsWith: .failure) { _ = MetricFamily("errors", .counter, help: "Errors.") }
    }
}

/// A tool of this machine that the tests use when it is there.
private let promtool = ["/usr/bin/promtool", "/usr/local/bin/promtool"].first {
    FileManager.default.isExecutableFile(atPath: $0)
}

@Suite struct PromtoolTests {
    @Test(.enabled(if: promtool != nil, "SKIPPED: promtool is not installed (Debian package prometheus)"))
    func `promtool finds nothing to say about a page`() throws {
        let process = Process()
        process.executableURL = URL(filePath: try #require(promtool))
        process.arguments = ["check", "metrics"]
        let input = Pipe()
        let output = Pipe()
        process.standardInput = input
        process.standardOutput = output
        process.standardError = output
        try process.run()
        try input.fileHandleForWriting.write(contentsOf: Data(TextFormatTests.sample().utf8))
        try input.fileHandleForWriting.close()
        let said = String(decoding: try output.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
        process.waitUntilExit()
        #expect(process.terminationStatus == 0, "\(said)")
        #expect(said == "")
    }
}

/// A generator whose whole state is its seed.
private struct LinearGenerator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return state ^ state >> 29
    }
}
