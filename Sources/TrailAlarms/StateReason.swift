package import TrailModel

/// Why an alarm entered a state: CloudWatch's sentence and the document behind it, in its very words.
package struct StateReason: Equatable, Sendable {
    /// At most ``textMax`` characters; of a longer list of datapoints the newest are named and the rest counted.
    package let text: String
    /// `StateReasonData`: JSON text of at most ``dataMax`` characters; the oldest datapoints give way.
    package let data: String

    /// CloudWatch's limits (API reference, SetAlarmState).
    package static let textMax = 1023
    package static let dataMax = 4000

    init(text: String, data: String) {
        self.text = text
        self.data = data
    }

    /// The reason for `alarm` to enter `state` after `window`; `decidedAt` is the document's `queryDate`.
    ///
    /// With `isEarly` open periods took part, and the text ends with what they hold so far.
    package init(
        _ alarm: MetricAlarm, entering state: AlarmState, window: AlarmWindow, verdict: Verdict,
        decidedAt: Timestamp, isEarly: Bool = false
    ) {
        let words = ReasonWords(alarm: alarm, state: state, window: window, verdict: verdict)
        let suffix = isEarly ? words.openText : ""
        let limit = Self.textMax - suffix.count
        var shown = words.decisiveReal.count
        var text = words.text(shown: shown)
        while text.count > limit && shown > 1 {
            shown -= 1
            text = words.text(shown: shown)
        }
        self.text = String(text.prefix(limit)) + suffix
        data = stateReasonData(alarm, window: window, verdict: verdict, decidedAt: decidedAt)
    }
}

/// The parts of a reason's sentence.
private struct ReasonWords {
    let alarm: MetricAlarm
    let state: AlarmState
    let window: AlarmWindow
    let verdict: Verdict
    /// The value of each period, `nil` where there is none.
    let values: [Double?]
    /// The decisive periods that have a value, newest first.
    let decisiveReal: [Int]

    init(alarm: MetricAlarm, state: AlarmState, window: AlarmWindow, verdict: Verdict) {
        self.alarm = alarm
        self.state = state
        self.window = window
        self.verdict = verdict
        let values = window.periods.map { $0?.value }
        self.values = values
        decisiveReal = verdict.decisive.filter { values[$0] != nil }
    }

    /// The sentence, naming the newest `shown` decisive datapoints.
    func text(shown: Int) -> String {
        if verdict.state != state {
            return "Amended: later data changed the datapoints that decided; the alarm is \(state.rawValue)."
        }
        if state == .insufficientData {
            let verb = alarm.evaluationPeriods == 1 ? "was" : "were"
            return "Insufficient Data: \(counted(alarm.evaluationPeriods, "datapoint")) \(verb) unknown."
        }
        if verdict.used.isEmpty && alarm.contributor != nil { return Contributor.absentText }
        if verdict.used.isEmpty {
            let periods = counted(alarm.evaluationPeriods, "period")
            return "Threshold Crossed: no datapoints were received for \(periods) and \(filledText)."
        }
        var parts: [String] = []
        if !decisiveReal.isEmpty { parts.append(datapointsText(shown: shown)) }
        if isFilledDecisive { parts.append(filledText) }
        return "Threshold Crossed: \(parts.joined(separator: " and "))\(minimumText)."
    }

    /// ` (interval open, so far 12.0)`: the newest open period with data, a decisive one first.
    var openText: String {
        let open = window.periods.indices.filter { window.isOpen($0) && values[$0] != nil }
        guard let index = verdict.decisive.first(where: open.contains) ?? open.last, let value = values[index]
        else { return " (interval open, no data so far)" }
        return " (interval open, so far \(javaText(value)))"
    }

    private var isFilledDecisive: Bool {
        decisiveReal.count < verdict.decisive.count && filledLabel != nil
    }

    private var filledLabel: String? {
        switch alarm.rule.treatMissingData {
        case .breaching: "Breaching"
        case .notBreaching: "NonBreaching"
        case .ignore, .missing: nil
        }
    }

    private var filledText: String {
        let verb = verdict.filled == 1 ? "was" : "were"
        return "\(counted(verdict.filled, "missing datapoint")) \(verb) treated as [\(filledLabel ?? "Missing")]"
    }

    private func datapointsText(shown: Int) -> String {
        let count = decisiveReal.count
        var listed = decisiveReal.prefix(shown).map { index in
            let value = values[index].map { javaText($0) } ?? ""
            return "\(value) (\(window.start(of: index).reasonText))"
        }
        if shown < count { listed.append("and \(count - shown) more") }
        let head =
            alarm.datapointsToAlarm == nil
            ? counted(count, "datapoint") : "\(count) out of the last \(alarm.evaluationPeriods) datapoints"
        let verb = (count == 1 ? "was" : "were") + (state == .ok ? " not" : "")
        let list = listed.joined(separator: ", ")
        return "\(head) [\(list)] \(verb) \(alarm.comparison.words) (\(javaText(alarm.threshold)))"
    }

    /// Said only when the alarm sets M; always in terms of OK and ALARM, whatever the state before.
    private var minimumText: String {
        guard alarm.datapointsToAlarm != nil else { return "" }
        let direction = state == .ok ? "ALARM -> OK" : "OK -> ALARM"
        return " (minimum \(counted(alarm.rule.decisiveCount(for: state), "datapoint")) for \(direction) transition)"
    }

    private func counted(_ count: Int, _ noun: String) -> String {
        count == 1 ? "1 \(noun)" : "\(count) \(noun)s"
    }
}

extension ComparisonOperator {
    fileprivate var words: String {
        switch self {
        case .greaterThanOrEqualToThreshold: "greater than or equal to the threshold"
        case .greaterThanThreshold: "greater than the threshold"
        case .lessThanThreshold: "less than the threshold"
        case .lessThanOrEqualToThreshold: "less than or equal to the threshold"
        }
    }
}

/// CloudWatch's `StateReasonData` of a metric alarm, keys in its order.
///
/// Past the limit `evaluatedDatapoints` loses its oldest entries down to `evaluatedKept`, then `recentDatapoints` its
/// oldest, with `startDate` following the first one left, then the evaluated ones again.
private func stateReasonData(
    _ alarm: MetricAlarm, window: AlarmWindow, verdict: Verdict, decidedAt: Timestamp
) -> String {
    let values = window.periods.map { $0.map { JSONValue.double($0.value) } }
    func sampleCount(_ index: Int) -> JSONValue? {
        window.periods[index]?.sampleCount.map { .double(Double($0)) }
    }
    var watched: WatchedMetric?
    if case .metric(let metric) = alarm.input { watched = metric }
    var recent = verdict.used
    var evaluated = verdict.decisive
    func document() -> String {
        JSONValue.members([
            ("version", .string("1.0")), ("queryDate", .string(decidedAt.cloudWatchText)),
            ("startDate", recent.isEmpty ? nil : .string(window.start(of: recent.lowerBound).cloudWatchText)),
            ("unit", watched?.unit.map { .string($0) }), ("statistic", watched.map { .string($0.statistic.name) }),
            ("period", .integer(alarm.periodSeconds)), ("recentDatapoints", .array(recent.map { values[$0] ?? .null })),
            ("threshold", .double(alarm.threshold)),
            (
                "evaluatedDatapoints",
                .array(
                    evaluated.map { index in
                        .members([
                            ("timestamp", .string(window.start(of: index).cloudWatchText)),
                            ("sampleCount", sampleCount(index)),
                            ("value", values[index]),
                        ])
                    })
            ),
        ]).text
    }
    var text = document()
    while text.count > StateReason.dataMax {
        // Cuts at least an eighth at a time, so that the longest window needs few rounds.
        if evaluated.count > evaluatedKept {
            evaluated.removeLast(min(evaluated.count - evaluatedKept, max(1, evaluated.count / 8)))
        } else if recent.count > 1 {
            let cut = recent.lowerBound + max(1, recent.count / 8)
            recent = (values[cut..<recent.upperBound].firstIndex { $0 != nil } ?? cut)..<recent.upperBound
        } else if !evaluated.isEmpty {
            evaluated.removeLast()
        } else {
            break
        }
        text = document()
    }
    return text
}

private let evaluatedKept = 20
