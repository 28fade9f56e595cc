/// A statistic of CloudWatch that needs the distribution of the samples: `p99`, `tm90`, `TC(0.5:10)`, `IQM` and so on.
///
/// The grammar is that of the API (AnomalyDetectorMetricStat) and of the user guide's statistics definitions.
package struct ExtendedStatistic: Hashable, Sendable, CustomStringConvertible {
    /// What is made of the samples.
    package enum Kind: Hashable, Sendable {
        /// The value that this percentage of the samples, 0 to 100, do not exceed.
        case percentile(Double)
        case trimmedMean(Bounds)
        case winsorizedMean(Bounds)
        case trimmedCount(Bounds)
        case trimmedSum(Bounds)
        /// The percentage of the samples between two values; the bounds are values.
        case percentileRank(Bounds)
    }

    /// Which samples are inside; `nil` leaves a side open.
    package enum Bounds: Hashable, Sendable {
        /// Percentages of the samples, sorted by value.
        case percent(Double?, Double?)
        /// Values, the lower one exclusive and the upper one inclusive.
        case values(Double?, Double?)
    }

    /// CloudWatch's limit for the name of a statistic.
    package static let lengthMax = 50

    /// The text that it was read from, which answers repeat.
    package let name: String
    package let kind: Kind

    package var description: String { name }

    /// How many samples make a percentile significant: 10/(1-p) from p50 on, 10/p below.
    ///
    /// That is CloudWatch's number (user guide, percentile-based alarms and low data samples), the next whole one; `nil`
    /// for p0, p100 and what is no percentile.
    package var significantSamples: Int64? {
        guard case .percentile(let percent) = kind, percent > 0, percent < 100 else { return nil }
        // Ten decimals are all that a name has, and binary fractions would miss 10000 for p99.9 by a bit.
        let part = Int64((percent * 1e10).rounded())
        let rest = part >= 500_000_000_000 ? 1_000_000_000_000 - part : part
        guard rest > 0 else { return nil }
        return (10_000_000_000_000 + rest - 1) / rest
    }

    /// Reads `p99`, `TM(10%:90%)` and the like.
    package init(_ text: String) throws(StatisticError) {
        guard text.utf8.count <= Self.lengthMax else { throw .tooLong(got: text.utf8.count) }
        name = text
        kind = try Self.kind(of: text)
    }

    private static func kind(of text: String) throws(StatisticError) -> Kind {
        if text == "IQM" { return .trimmedMean(.percent(25, 75)) }
        if let opening = text.firstIndex(of: "("), text.hasSuffix(")") {
            let inner = text[text.index(after: opening)...].dropLast()
            return try rangeKind(text, prefix: text[..<opening], inner)
        }
        let prefix = text.prefix { $0.isLetter }
        guard ["p", "tm", "wm", "tc", "ts"].contains(prefix), prefix.count < text.count else {
            throw .unknown(got: text)
        }
        guard let percent = percentage(text.dropFirst(prefix.count), isHundredPlain: true) else {
            throw .badPercentage(got: String(text.dropFirst(prefix.count)), in: text)
        }
        let bounds = Bounds.percent(nil, percent)
        return switch prefix {
        case "p": .percentile(percent)
        case "tm": .trimmedMean(bounds)
        case "wm": .winsorizedMean(bounds)
        case "tc": .trimmedCount(bounds)
        default: .trimmedSum(bounds)
        }
    }

    private static func rangeKind(
        _ text: String, prefix: Substring, _ inner: Substring
    ) throws(StatisticError) -> Kind {
        switch prefix {
        case "TM": return .trimmedMean(try bounds(inner, in: text))
        case "WM": return .winsorizedMean(try bounds(inner, in: text))
        case "TC": return .trimmedCount(try bounds(inner, in: text))
        case "TS": return .trimmedSum(try bounds(inner, in: text))
        case "PR":
            let bounds = try bounds(inner, in: text)
            guard case .values = bounds else { throw .percentRank(got: text) }
            return .percentileRank(bounds)
        default: throw .unknown(got: text)
        }
    }

    private static func bounds(_ inner: Substring, in text: String) throws(StatisticError) -> Bounds {
        let sides = inner.split(separator: ":", omittingEmptySubsequences: false)
        guard sides.count == 2, !(sides[0].isEmpty && sides[1].isEmpty) else { throw .badRange(got: text) }
        let isPercent = sides.map { $0.isEmpty ? nil : $0.hasSuffix("%") }
        if let left = isPercent[0], let right = isPercent[1], left != right { throw .mixedBounds(got: text) }
        var values: [Double?] = []
        for side in sides {
            if side.isEmpty {
                values.append(nil)
            } else if side.hasSuffix("%") {
                guard let value = percentage(side.dropLast(), isHundredPlain: false) else {
                    throw .badPercentage(got: String(side), in: text)
                }
                values.append(value)
            } else {
                guard let value = bound(side) else { throw .badBound(got: String(side), in: text) }
                values.append(value)
            }
        }
        if let low = values[0], let high = values[1], low > high { throw .reversed(got: text) }
        return isPercent.contains(true) ? .percent(values[0], values[1]) : .values(values[0], values[1])
    }

    /// `\d{1,2}(\.\d{0,10})?` or 100; in a range also with a point and zeros behind it.
    private static func percentage(_ text: Substring, isHundredPlain: Bool) -> Double? {
        if isHundredPlain, text == "100" { return 100 }
        guard let (whole, fraction) = decimal(text), whole.count <= 3 else { return nil }
        if whole.count == 3 {
            guard !isHundredPlain, whole == "100", fraction.allSatisfy({ $0 == "0" }) else { return nil }
        }
        return Double("\(whole).\(fraction)0")
    }

    /// `\d+(\.\d{0,10})?`, with an exponent or without; CloudWatch's limit of a value holds.
    private static func bound(_ text: Substring) -> Double? {
        let parts = text.split(maxSplits: 1, omittingEmptySubsequences: false) { $0 == "e" || $0 == "E" }
        guard let mantissa = parts.first, let (whole, fraction) = decimal(mantissa) else { return nil }
        var exponent = ""
        if parts.count == 2 {
            let digits = parts[1].first.map { "+-".contains($0) } == true ? parts[1].dropFirst() : parts[1]
            guard !digits.isEmpty, digits.allSatisfy(isDigit) else { return nil }
            exponent = "e\(parts[1])"
        }
        guard let value = Double("\(whole).\(fraction)0\(exponent)"), value <= ExactSum.magnitudeMax else { return nil }
        return value
    }

    /// Digits, and up to ten more behind a point.
    private static func decimal(_ text: Substring) -> (whole: Substring, fraction: Substring)? {
        let parts = text.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        let fraction = parts.count == 2 ? parts[1] : ""
        guard let whole = parts.first, !whole.isEmpty, whole.allSatisfy(isDigit), fraction.count <= 10,
            fraction.allSatisfy(isDigit)
        else { return nil }
        return (whole, fraction)
    }

    private static func isDigit(_ character: Character) -> Bool {
        ("0"..."9").contains(character) && character.isASCII
    }
}
