/// Prometheus's rules for names: what its parser refuses and what `promtool check metrics` complains of.
package enum Lint {
    /// What is wrong with a family's declaration, in words; empty when nothing is.
    package static func faults(
        name: String, kind: MetricFamily.Kind, help: String, labels: [String]
    ) -> [String] {
        var faults: [String] = []
        if !isName(name) { faults.append("\(name): want letters, digits and _ only") }
        if name != name.lowercased() { faults.append("\(name): want lower case with _, not camel case") }
        if help.isEmpty { faults.append("\(name): want a help text") }
        if kind == .counter && !name.hasSuffix("_total") { faults.append("\(name): want _total at a counter's end") }
        if kind != .counter && name.hasSuffix("_total") { faults.append("\(name): want _total on counters only") }
        for suffix in ["_count", "_sum", "_bucket"] where name.hasSuffix(suffix) {
            faults.append("\(name): want no \(suffix) outside of histograms and summaries")
        }
        for word in ["counter", "gauge", "histogram", "summary"] where name.split(separator: "_").contains(word[...]) {
            faults.append("\(name): want no type in the name")
        }
        for (unit, base) in abbreviatedUnits where name.split(separator: "_").contains(unit[...]) {
            faults.append("\(name): want the base unit \(base), not \(unit)")
        }
        for label in labels {
            if !isName(label) || label.hasPrefix("__") {
                faults.append("\(name): want a label of letters, digits and _; got \(label)")
            }
            if ["le", "quantile"].contains(label) { faults.append("\(name): want no label \(label)") }
            if label != label.lowercased() { faults.append("\(name): want label \(label) in lower case") }
        }
        if Set(labels).count < labels.count { faults.append("\(name): want each label once; got \(labels)") }
        return faults
    }

    private static func isName(_ name: String) -> Bool {
        guard let first = name.utf8.first, !(UInt8(ascii: "0")...UInt8(ascii: "9")).contains(first) else {
            return false
        }
        return name.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
            case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"): true
            default: false
            }
        }
    }

    private static let abbreviatedUnits = [
        ("ms", "seconds"), ("milliseconds", "seconds"), ("minutes", "seconds"), ("hours", "seconds"),
        ("days", "seconds"), ("kb", "bytes"), ("mb", "bytes"), ("kilobytes", "bytes"), ("megabytes", "bytes"),
        ("percent", "ratio"), ("celcius", "celsius"),
    ]
}
