import TrailCounts
import TrailEvents
import TrailModel
import TrailPatterns

/// A generator for tests whose whole state is its seed (SplitMix64), so that a failure is a number.
struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }
}

/// 2026-01-02T03:00:00Z, the start of a slot.
let start = Timestamp(seconds: 1_767_322_800)

func eventID(_ number: Int) -> String {
    "00000000-0000-4000-8000-\(padded(number, 12))"
}

/// A record of a usual call; `more` are members as JSON.
func record(_ number: Int, at time: Timestamp = start, _ more: String = "") -> String {
    #"{"eventID":"\#(eventID(number))","eventTime":"\#(time.rfc3339)","eventSource":"s3.amazonaws.com","#
        + #""eventName":"GetObject","awsRegion":"eu-west-1","recipientAccountId":"111122223333","#
        + #""userIdentity":{"type":"IAMUser"}\#(more.isEmpty ? "" : ",")\#(more)}"#
}

func file(_ records: [String]) -> LogText {
    LogText(#"{"Records":[\#(records.joined(separator: ","))]}"#)
}

func extract(_ records: [String], filters: [MetricFilter] = []) throws -> FileExtract {
    var extractor = FileExtractor(plan: CountingPlan(filters: filters))
    return try extractor.extract(file(records))
}

func filter(_ name: String, _ pattern: String, value: Double) throws -> MetricFilter {
    MetricFilter(
        name: name, logGroupName: "", pattern: try FilterPattern(pattern),
        metric: Metric(namespace: "Security", name: name), value: value, location: SourceLocation(file: "a.yaml"))
}
