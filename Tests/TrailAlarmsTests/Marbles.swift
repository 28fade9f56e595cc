import Foundation
import Testing
import TrailAlarms
import TrailModel

/// Midnight of a day in the past: minute 0 of every marble string.
let origin = Timestamp(seconds: 1_790_000_000).floored(toSeconds: 86_400)

func minute(_ index: Int) -> Timestamp { origin.adding(seconds: Int64(index) * 60) }

/// The same numbers for the same seed on every machine.
struct SplitMix64: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

func makeAlarm(
    _ datapointsToAlarm: Int? = 1, of evaluationPeriods: Int = 1, over threshold: Double = 0,
    _ comparison: ComparisonOperator = .greaterThanThreshold, statistic: Statistic = .sum, period: Int64 = 60,
    missing: MissingDataTreatment? = nil, unit: String? = nil
) -> MetricAlarm {
    MetricAlarm(
        name: "logins", metric: Metric(namespace: "Test", name: "Logins"), statistic: .statistic(statistic), unit: unit,
        periodSeconds: period, evaluationPeriods: evaluationPeriods, datapointsToAlarm: datapointsToAlarm,
        threshold: threshold, comparison: comparison, treatMissingData: missing,
        location: SourceLocation(file: "test.yaml"))
}

/// One sample per digit of `text`, one character per slot from the origin on; anything else is a slot without data.
func series(
    _ text: String, resolution: Resolution = .minute, defaultValue: Double? = nil, traffic: String = "",
    isNonNegative: Bool = true, until: Timestamp? = nil
) -> AlarmData {
    .metric(
        slots(
            text, resolution: resolution, defaultValue: defaultValue, traffic: traffic, isNonNegative: isNonNegative,
            until: until))
}

/// The same as one metric's slots.
func slots(
    _ text: String, resolution: Resolution = .minute, defaultValue: Double? = nil, traffic: String = "",
    isNonNegative: Bool = true, until: Timestamp? = nil
) -> SlotSeries {
    func start(_ index: Int) -> Timestamp { origin.adding(seconds: Int64(index) * resolution.seconds) }
    let slots = text.enumerated().compactMap { index, character in
        character.wholeNumberValue.map {
            SlotSeries.Slot(start: start(index), values: StatisticSet(value: Double($0)))
        }
    }
    return SlotSeries(
        resolution: resolution, range: origin.adding(seconds: -604_800)..<(until ?? start(100_000)), slots: slots,
        defaultValue: defaultValue,
        trafficSlots: traffic.enumerated().filter { $0.element == "t" }.map { start($0.offset) },
        isNonNegative: isNonNegative)
}

extension AlarmState {
    var marble: Character {
        switch self {
        case .ok: "O"
        case .alarm: "A"
        case .insufficientData: "?"
        }
    }
}

/// The state after each minute's window, one character each.
func marbles(_ timeline: [TimelineEntry], minutes: Int, step: Int = 1) -> String {
    String((1...(minutes / step)).map { timeline.state(at: minute($0 * step)).marble })
}

extension Decision {
    /// `12 early OK→ALARM`, the number being the minute in which the window ends.
    var summary: String {
        let minute = Int((windowEnd.seconds - origin.seconds) / 60)
        let marks = (changesState ? "" : " recorded") + (isMissedAlarm ? " missed" : "")
        return "\(minute) \(kind.rawValue) \(from.rawValue)→\(to.rawValue)\(marks)"
    }
}

func fixtureRows(_ name: String) throws -> [[String: String]] {
    let url = try #require(Bundle.module.url(forResource: name, withExtension: "csv", subdirectory: "Fixtures"))
    let lines = try String(contentsOf: url, encoding: .utf8).split(separator: "\n")
    let header = lines[0].split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    return lines.dropFirst().map { line in
        let fields = line.split(
            separator: ",", maxSplits: header.count - 1, omittingEmptySubsequences: false
        ).map(String.init)
        return Dictionary(uniqueKeysWithValues: zip(header, fields))
    }
}

extension MetricAlarm {
    /// The one metric of an alarm on one metric.
    var watched: WatchedMetric {
        get {
            guard case .metric(let watched) = input else { preconditionFailure("the alarm watches something else") }
            return watched
        }
        set { input = .metric(newValue) }
    }
}
