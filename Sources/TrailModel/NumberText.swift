/// A double as Java's `Double.toString` prints it, which is what CloudWatch's texts show.
///
/// Examples are `1.0`, `21.5`, `1.0E10`, `1.0E-5`: plain notation from 10^-3 up to below 10^7, the shortest digits that
/// read back as the same value.
package func javaText(_ value: Double) -> String {
    guard value.isFinite else { return value.isNaN ? "NaN" : value < 0 ? "-Infinity" : "Infinity" }
    let sign = value.sign == .minus ? "-" : ""
    let magnitude = value.magnitude
    if magnitude == 0 { return sign + "0.0" }
    let (digits, exponent) = shortestDigits(magnitude)
    if magnitude >= 1e-3 && magnitude < 1e7 {
        if exponent < 0 {
            return sign + "0." + String(repeating: "0", count: -exponent - 1) + digits
        }
        let whole = digits.prefix(exponent + 1)
        let missing = exponent + 1 - whole.count
        let fraction = digits.dropFirst(exponent + 1)
        return sign + whole + String(repeating: "0", count: missing) + "." + (fraction.isEmpty ? "0" : fraction)
    }
    let fraction = digits.dropFirst()
    return "\(sign)\(digits.prefix(1)).\(fraction.isEmpty ? "0" : fraction)E\(exponent)"
}

/// A double without trailing zeros, as results are printed: `3`, `0.5`, `1e+20`.
///
/// Whole numbers are plain digits below 2^63; infinities and NaN are Prometheus's words.
package func plainText(_ value: Double) -> String {
    if let integer = Int64(exactly: value) { return String(integer) }
    return value.isFinite ? "\(value)" : value.isNaN ? "NaN" : value < 0 ? "-Inf" : "+Inf"
}

/// The shortest decimal digits of a positive finite double and the decimal exponent of the first of them.
private func shortestDigits(_ value: Double) -> (digits: String, exponent: Int) {
    let text = "\(value)"
    let parts = text.split(separator: "e", maxSplits: 1)
    var exponent = parts.count == 2 ? Int(parts[1]) ?? 0 : 0
    let mantissa = parts[0].split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
    let whole = String(mantissa[0])
    let fraction = mantissa.count == 2 ? String(mantissa[1]) : ""
    var digits = whole + fraction
    exponent += whole.count - 1
    while digits.hasPrefix("0") && digits.count > 1 {
        digits.removeFirst()
        exponent -= 1
    }
    while digits.hasSuffix("0") && digits.count > 1 { digits.removeLast() }
    return (digits, exponent)
}
