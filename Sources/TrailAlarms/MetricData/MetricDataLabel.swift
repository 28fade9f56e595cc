import TrailModel

/// A label with what CloudWatch calls dynamic values, `errors, at most ${MAX}`.
///
/// Numbers are written without trailing zeros, times in RFC 3339 (CloudWatch's guide shows the form of neither); a
/// value of a series without datapoints, and of a metric that there is none of, is `--`.
struct MetricDataLabel: Equatable, Sendable {
    enum Part: Equatable, Sendable {
        case text(String)
        case value(Value)
        /// A dimension of the metric.
        case dimension(String)
    }

    /// The raw value is CloudWatch's name.
    enum Value: String, CaseIterable, Sendable {
        case label = "LABEL"
        case average = "AVG"
        case datapointCount = "DATAPOINT_COUNT"
        case first = "FIRST"
        case last = "LAST"
        case maximum = "MAX"
        case minimum = "MIN"
        case sum = "SUM"
        case firstLastRange = "FIRST_LAST_RANGE"
        case minMaxRange = "MIN_MAX_RANGE"
        case firstTime = "FIRST_TIME"
        case lastTime = "LAST_TIME"
        case maximumTime = "MAX_TIME"
        case minimumTime = "MIN_TIME"
        case metricName = "PROP('MetricName')"
        case namespace = "PROP('Namespace')"
        case period = "PROP('Period')"
        case statistic = "PROP('Stat')"
    }

    /// CloudWatch's limit of dynamic values in one label.
    static let valuesMax = 5

    let parts: [Part]

    /// Reads a label.
    ///
    /// - Throws: What is wrong with it, in the words "got …; want …".
    init(_ text: String) throws(MetricDataLabelFault) {
        var parts: [Part] = []
        var rest = text[...]
        while let start = rest.firstRange(of: "${") {
            if start.lowerBound > rest.startIndex { parts.append(.text(String(rest[..<start.lowerBound]))) }
            let behind = rest[start.upperBound...]
            guard let end = behind.firstIndex(of: "}") else { throw .unclosed }
            parts.append(try Self.part(String(behind[..<end])))
            rest = behind[behind.index(after: end)...]
        }
        if !rest.isEmpty { parts.append(.text(String(rest))) }
        let values = parts.count { if case .text = $0 { false } else { true } }
        guard values <= Self.valuesMax else { throw .tooMany(values) }
        guard parts.count(where: { $0 == .value(.label) }) <= 1 else { throw .labelTwice }
        self.parts = parts
    }

    private static func part(_ name: String) throws(MetricDataLabelFault) -> Part {
        if let value = Value(rawValue: name) { return .value(value) }
        let (start, end) = ("PROP('Dim.", "')")
        guard name.hasPrefix(start), name.hasSuffix(end), name.count > start.count + end.count else {
            throw .unknown(name)
        }
        return .dimension(String(name.dropFirst(start.count).dropLast(end.count)))
    }

    var isDynamic: Bool { parts.contains { if case .text = $0 { false } else { true } } }

    var namesDefault: Bool { parts.contains(.value(.label)) }

    /// The text for one series, whose points stand in time order.
    func text(
        of points: [MathDatapoint], default label: String, stat: MetricDataQuery.MetricStat?, period: Int64?
    ) -> String {
        parts.map { part in
            switch part {
            case .text(let text): text
            case .dimension(let name): stat?.metric.dimensions.first { $0.name == name }?.value ?? "--"
            case .value(.label): label
            case .value(.metricName): stat?.metric.name ?? "--"
            case .value(.namespace): stat?.metric.namespace ?? "--"
            case .value(.statistic): stat?.stat ?? "--"
            case .value(.period): period.map { "\($0)" } ?? "--"
            case .value(let value): Self.text(of: value, points)
            }
        }.joined()
    }

    private static func text(of value: Value, _ points: [MathDatapoint]) -> String {
        if value == .datapointCount { return "\(points.count)" }
        // Of equal values the earliest, whichever way.
        guard let first = points.first, let last = points.last,
            let least = points.min(by: { $0.value < $1.value }),
            let most = points.min(by: { $0.value > $1.value })
        else { return "--" }
        let sum = points.reduce(0) { $0 + $1.value }
        return switch value {
        case .average: plainText(sum / Double(points.count))
        case .first: plainText(first.value)
        case .last: plainText(last.value)
        case .maximum: plainText(most.value)
        case .minimum: plainText(least.value)
        case .sum: plainText(sum)
        case .firstLastRange: plainText(last.value - first.value)
        case .minMaxRange: plainText(most.value - least.value)
        case .firstTime: first.time.rfc3339
        case .lastTime: last.time.rfc3339
        case .maximumTime: most.time.rfc3339
        case .minimumTime: least.time.rfc3339
        default: "--"
        }
    }
}

/// What is wrong with the dynamic values of a label.
package enum MetricDataLabelFault: Error, Equatable, Sendable {
    case unclosed
    case unknown(String)
    case tooMany(Int)
    case labelTwice

    var message: String {
        switch self {
        case .unclosed: "got ${ without its }; want ${NAME}"
        case .unknown(let name):
            "got ${\(name)}, which is not supported; want one of "
                + (MetricDataLabel.Value.allCases.map(\.rawValue) + ["PROP('Dim.name')"]).joined(separator: " ")
        case .tooMany(let count): "got \(count) dynamic values; want at most \(MetricDataLabel.valuesMax)"
        case .labelTwice: "got ${LABEL} twice; want it once"
        }
    }
}
