/// Any statistic of CloudWatch, as `Stat` names one in the API's MetricStat.
package enum Stat: Hashable, Sendable, CustomStringConvertible {
    case statistic(Statistic)
    case extended(ExtendedStatistic)

    /// Reads the API's spelling: `Sum`, `p99`, `TM(10%:90%)`.
    package init(_ text: String) throws(StatisticError) {
        if let simple = Statistic(rawValue: text) {
            self = .statistic(simple)
        } else {
            self = .extended(try ExtendedStatistic(text))
        }
    }

    /// The text that it was read from.
    package var name: String {
        switch self {
        case .statistic(let statistic): statistic.rawValue
        case .extended(let statistic): statistic.name
        }
    }

    package var description: String { name }

    /// How many samples make a percentile significant; `nil` for other statistics.
    package var significantSamples: Int64? {
        switch self {
        case .statistic: nil
        case .extended(let statistic): statistic.significantSamples
        }
    }

    // Written as those of Statistic are, since nearly every alarm has one of them.
    package static let sampleCount = Stat.statistic(.sampleCount)
    package static let sum = Stat.statistic(.sum)
    package static let average = Stat.statistic(.average)
    package static let minimum = Stat.statistic(.minimum)
    package static let maximum = Stat.statistic(.maximum)
}

/// Kept as its name alone, so that what was stored when there was only ``Statistic`` reads back.
extension Stat: Codable {
    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        do {
            self = try Stat(text)
        } catch {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: error.description)
        }
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(name)
    }
}

/// A text that names no statistic.
package enum StatisticError: Error, Hashable, Sendable, CustomStringConvertible {
    case tooLong(got: Int)
    case unknown(got: String)
    case badPercentage(got: String, in: String)
    case badBound(got: String, in: String)
    case badRange(got: String)
    case mixedBounds(got: String)
    case reversed(got: String)
    case percentRank(got: String)

    /// A label from a fixed set, for metrics.
    package var code: String {
        switch self {
        case .tooLong: "too_long"
        case .unknown: "unknown"
        case .badPercentage: "bad_percentage"
        case .badBound: "bad_bound"
        case .badRange: "bad_range"
        case .mixedBounds: "mixed_bounds"
        case .reversed: "reversed"
        case .percentRank: "percent_rank"
        }
    }

    package var description: String {
        switch self {
        case .tooLong(let got):
            "cannot use the statistic: got a name of \(got) bytes; want \(ExtendedStatistic.lengthMax) at most"
        case .unknown(let got):
            "cannot use the statistic: got \(got); want one of "
                + Statistic.allCases.map(\.rawValue).joined(separator: ", ")
                + ", IQM, p99, tm99, wm99, tc99, ts99, or TM, WM, TC, TS or PR with a range such as TM(10%:90%)"
        case .badPercentage(let got, let text):
            "cannot use the statistic \(text): got the percentage \(got); want 0 to 100 with 10 decimals at most"
        case .badBound(let got, let text):
            "cannot use the statistic \(text): got the bound \(got); want a number from 0 to 2^360, 10 decimals at most"
        case .badRange(let got):
            "cannot use the statistic \(got): got no range; want a lower and an upper bound with a colon between them, "
                + "one of which may be left out"
        case .mixedBounds(let got):
            "cannot use the statistic \(got): got a percentage and a value; want two of one kind"
        case .reversed(let got):
            "cannot use the statistic \(got): got a lower bound above the upper one; want the lower one first"
        case .percentRank(let got):
            "cannot use the statistic \(got): got percentages; want PR with values, such as PR(:300)"
        }
    }
}
