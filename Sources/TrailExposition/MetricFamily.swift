/// Writes metrics in Prometheus's text format 0.0.4.
///
/// A family: all series of one metric name, which share help, type and label names.
///
/// Names are checked when the family is declared (``Lint``); a name that Prometheus would refuse or its linter would
/// complain of is a programmer's error, because families are written in the source.
package struct MetricFamily: Hashable, Sendable {
    /// The types of the format that we write; the raw value is the format's word.
    package enum Kind: String, Sendable {
        case counter
        case gauge
    }

    package let name: String
    package let help: String
    package let kind: Kind
    /// In the order in which they are written.
    package let labelNames: [String]

    /// What precedes the samples: `# HELP` and `# TYPE`.
    let header: [UInt8]
    /// What precedes each label's value: `name{first="`, then `",second="` ….
    let labelOpenings: [[UInt8]]

    package init(_ name: String, _ kind: Kind, help: String, labels: [String] = []) {
        let faults = Lint.faults(name: name, kind: kind, help: help, labels: labels)
        precondition(faults.isEmpty, "a metric family must pass the lint; got \(faults)")
        self.name = name
        self.help = help
        self.kind = kind
        labelNames = labels
        var header = Array("# HELP \(name) ".utf8)
        appendEscaped(help, quote: false, to: &header)
        header.append(contentsOf: "\n# TYPE \(name) \(kind.rawValue)\n".utf8)
        self.header = header
        labelOpenings = labels.enumerated().map { index, label in
            Array((index == 0 ? "\(name){\(label)=\"" : "\",\(label)=\"").utf8)
        }
    }

    /// A series of this family whose text is prepared once and written at every scrape.
    package func series(_ labelValues: [String]) -> MetricSeries {
        var opening: [UInt8] = []
        appendOpening(labelValues, to: &opening)
        return MetricSeries(familyName: name, labelValues: labelValues, opening: opening)
    }

    /// Appends what stands before a sample's value, the space included.
    func appendOpening(_ labelValues: [String], to bytes: inout [UInt8]) {
        precondition(
            labelValues.count == labelNames.count,
            "a sample of \(name) must have \(labelNames.count) label values; got \(labelValues)")
        if labelNames.isEmpty {
            bytes.append(contentsOf: name.utf8)
        } else {
            for (opening, value) in zip(labelOpenings, labelValues) {
                bytes.append(contentsOf: opening)
                appendLabelValue(value, to: &bytes)
            }
            bytes.append(UInt8(ascii: "\""))
            bytes.append(UInt8(ascii: "}"))
        }
        bytes.append(UInt8(ascii: " "))
    }

    package static func == (left: MetricFamily, right: MetricFamily) -> Bool {
        left.header == right.header && left.labelNames == right.labelNames
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(name)
    }
}

/// A series of a ``MetricFamily`` with its text prepared; ordered by its label values.
package struct MetricSeries: Comparable, Hashable, Sendable {
    package let labelValues: [String]
    let familyName: String
    let opening: [UInt8]

    init(familyName: String, labelValues: [String], opening: [UInt8]) {
        self.familyName = familyName
        self.labelValues = labelValues
        self.opening = opening
    }

    package static func == (left: MetricSeries, right: MetricSeries) -> Bool {
        left.opening == right.opening
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(opening)
    }

    package static func < (left: MetricSeries, right: MetricSeries) -> Bool {
        left.labelValues.lexicographicallyPrecedes(right.labelValues)
    }
}

private func appendLabelValue(_ value: String, to bytes: inout [UInt8]) {
    var value = value
    let isPlain = value.withUTF8 { text in
        text.allSatisfy { $0 != UInt8(ascii: "\\") && $0 != UInt8(ascii: "\n") && $0 != UInt8(ascii: "\"") }
    }
    if isPlain {
        bytes.append(contentsOf: value.utf8)
    } else {
        appendEscaped(value, quote: true, to: &bytes)
    }
}

/// Appends `text` with backslash and line feed escaped, and in a label's value the double quote too.
func appendEscaped(_ text: String, quote: Bool, to bytes: inout [UInt8]) {
    for byte in text.utf8 {
        switch byte {
        case UInt8(ascii: "\\"): bytes.append(contentsOf: [UInt8(ascii: "\\"), UInt8(ascii: "\\")])
        case UInt8(ascii: "\n"): bytes.append(contentsOf: [UInt8(ascii: "\\"), UInt8(ascii: "n")])
        case UInt8(ascii: "\"") where quote: bytes.append(contentsOf: [UInt8(ascii: "\\"), UInt8(ascii: "\"")])
        default: bytes.append(byte)
        }
    }
}
