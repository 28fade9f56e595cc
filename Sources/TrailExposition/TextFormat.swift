/// A page of metrics in Prometheus's text format 0.0.4.
///
/// Families stand in the order they are added, the samples of a family by their label values, so that the same metrics
/// always make the same bytes. Nothing is built per line but the line's bytes.
package struct TextFormat: Sendable {
    package static let contentType = "text/plain; version=0.0.4; charset=utf-8"

    package private(set) var bytes: [UInt8]

    /// - Parameter capacity: The bytes expected, so that a large page is not copied while it grows.
    package init(reservingCapacity capacity: Int = 4096) {
        bytes = []
        bytes.reserveCapacity(capacity)
    }

    /// Adds a family with one value for each list of label values.
    ///
    /// Each list must have a value for each of the family's labels and must come once; a family without samples is not
    /// written at all.
    package mutating func add(_ family: MetricFamily, _ samples: some Sequence<MetricSample>) {
        var sorted = Array(samples)
        guard !sorted.isEmpty else { return }
        if !zip(sorted, sorted.dropFirst()).allSatisfy({ $0.precedes($1) }) {
            sorted.sort { $0.precedes($1) }
            for (left, right) in zip(sorted, sorted.dropFirst()) {
                precondition(left.precedes(right), "a sample of \(family.name) comes twice: \(right.labelValues)")
            }
        }
        bytes.append(contentsOf: family.header)
        for sample in sorted {
            family.appendOpening(sample.labelValues, to: &bytes)
            append(value: sample.value)
            bytes.append(UInt8(ascii: "\n"))
        }
    }

    /// Adds a family whose series were prepared once; they must come in the order of their label values.
    ///
    /// The way for a family of very many series: a line costs the copy of its bytes and the digits of its value.
    package mutating func add(_ family: MetricFamily, series: some Collection<(MetricSeries, Double)>) {
        guard !series.isEmpty else { return }
        bytes.append(contentsOf: family.header)
        var last: MetricSeries?
        for (one, value) in series {
            precondition(
                last.map { $0 < one } ?? true, "series of \(family.name) must be in order; got \(one.labelValues)")
            precondition(one.familyName == family.name, "a series of \(family.name) is wanted; got \(one.familyName)")
            last = one
            bytes.append(contentsOf: one.opening)
            append(value: value)
            bytes.append(UInt8(ascii: "\n"))
        }
    }

    /// Adds a family without labels.
    package mutating func add(_ family: MetricFamily, _ value: Double) {
        add(family, CollectionOfOne(MetricSample(value)))
    }

    /// Whole numbers without a fraction, others as the shortest text that reads back the same; `+Inf`, `-Inf`, `NaN`.
    private mutating func append(value: Double) {
        if value.magnitude < 0x1p63, let whole = Int64(exactly: value), whole.magnitude <= 1 << 53 {
            append(whole: whole)
        } else if value.isFinite {
            bytes.append(contentsOf: value.description.utf8)
        } else {
            bytes.append(contentsOf: (value.isNaN ? "NaN" : value < 0 ? "-Inf" : "+Inf").utf8)
        }
    }

    private mutating func append(whole: Int64) {
        if whole < 0 { bytes.append(UInt8(ascii: "-")) }
        var rest = whole.magnitude
        guard rest >= 10 else {
            bytes.append(UInt8(ascii: "0") &+ UInt8(truncatingIfNeeded: rest))
            return
        }
        // 20 digits hold every 64-bit number; they come last first.
        var digits = InlineArray<20, UInt8>(repeating: 0)
        var start = 20
        repeat {
            let (quotient, digit) = rest.quotientAndRemainder(dividingBy: 10)
            start &-= 1
            digits[start] = UInt8(ascii: "0") &+ UInt8(truncatingIfNeeded: digit)
            rest = quotient
        } while rest > 0
        while start < 20 {
            bytes.append(digits[start])
            start &+= 1
        }
    }
}

/// One value of a family, with the values of its labels in the order of the family's label names.
package struct MetricSample: Hashable, Sendable {
    package let labelValues: [String]
    package let value: Double

    package init(_ labelValues: [String], _ value: Double) {
        self.labelValues = labelValues
        self.value = value
    }

    package init(_ value: Double) {
        self.init([], value)
    }

    func precedes(_ other: MetricSample) -> Bool {
        labelValues.lexicographicallyPrecedes(other.labelValues)
    }
}
