import TrailModel
import TrailPatterns

/// One entry of a template's `Parameters` with the value it has in this run.
struct TemplateParameter {
    enum Value {
        case text(String)
        case list([String])
        case missing
        /// What was given is not allowed; reported.
        case faulty
    }

    let name: String
    let isSecret: Bool
    let isSystemsManager: Bool
    let location: SourceLocation
    let value: Value

    private static let listTypes = ["CommaDelimitedList", "List<Number>", "List<String>"]
    private static let keys = [
        "AllowedPattern", "AllowedValues", "ConstraintDescription", "Default", "Description", "MaxLength", "MaxValue",
        "MinLength", "MinValue", "NoEcho", "Type",
    ]

    init(_ member: TemplateNode.Member, given: String?, diagnostics: inout [Diagnostic]) {
        let node = member.value
        func report(_ severity: Diagnostic.Severity, _ message: String, at place: SourceLocation? = nil) {
            diagnostics.append(Diagnostic(severity, message, at: place ?? member.keyLocation))
        }
        name = member.key
        location = member.keyLocation
        isSecret = node["NoEcho"]?.text?.lowercased() == "true"
        let type = node["Type"]?.text ?? ""
        isSystemsManager = type.hasPrefix("AWS::SSM::Parameter::Value<")
        for entry in node.members ?? [] where !Self.keys.contains(entry.key) {
            report(
                .warning, "unknown key '\(entry.key)' of a parameter" + suggestion(for: entry.key, among: Self.keys),
                at: entry.keyLocation)
        }
        guard
            type == "String" || type == "Number" || Self.listTypes.contains(type) || type.hasPrefix("AWS::")
                || type.hasPrefix("List<AWS::")
        else {
            report(
                .error,
                "cannot read parameter \(name): got the type '\(type)'; want String, Number, CommaDelimitedList, "
                    + "List<Number> or a type of AWS"
                    + suggestion(for: type, among: ["String", "Number"] + Self.listTypes),
                at: node["Type"]?.location)
            value = .faulty
            return
        }
        // The default of a Systems Manager type names the stored parameter; the value itself is on AWS.
        let fallback = isSystemsManager ? nil : node["Default"]
        if fallback != nil, fallback?.text == nil || fallback?.isNull == true && fallback?.text != "" {
            report(
                .error, "cannot read parameter \(name): got \(fallback?.kindText ?? "nothing") as Default; want a text",
                at: fallback?.location)
            value = .faulty
            return
        }
        guard let text = given ?? fallback?.text else {
            value = .missing
            return
        }
        let pattern = node["AllowedPattern"]?.text
        let wanted = pattern.flatMap(WholeTextPattern.init)
        if given != nil, wanted == nil, node["AllowedPattern"] != nil {
            report(.note, "AllowedPattern of parameter \(name) is not checked here; AWS checks it")
        }
        let isList =
            Self.listTypes.contains(type) || type.hasPrefix("List<") || type.contains("<List<")
            || type.contains("<CommaDelimitedList>")
        let parts = isList ? text.split(separator: ",", omittingEmptySubsequences: false).map(trimmed) : [text]
        let wantsNumbers = type == "Number" || type == "List<Number>"
        if let fault = Self.fault(in: parts, of: node, wantsNumbers: wantsNumbers) {
            let got = isSecret ? "a NoEcho value" : "'\(fault.part)'"
            let hint = node["ConstraintDescription"]?.text.map { " (\($0))" } ?? ""
            report(
                .error, "cannot use the value of parameter \(name): got \(got); want \(fault.want)\(hint)",
                at: given == nil ? fallback?.location : nil)
            value = .faulty
            return
        }
        if let wanted, let part = parts.first(where: { !wanted.matches($0) }) {
            let got = isSecret ? "a NoEcho value" : "'\(part)'"
            let hint = node["ConstraintDescription"]?.text.map { " (\($0))" } ?? ""
            report(
                .error,
                "cannot use the value of parameter \(name): got \(got); want one that matches \(pattern ?? "")\(hint)",
                at: given == nil ? fallback?.location : nil)
            value = .faulty
            return
        }
        value = isList ? .list(parts) : .text(text)
    }

    /// The first part of a value that the parameter's constraints forbid, and what they want.
    private static func fault(
        in parts: [String], of node: TemplateNode, wantsNumbers: Bool
    ) -> (part: String, want: String)? {
        func bound(_ key: String) -> Double? { node[key]?.text.flatMap(decimalNumber) }
        for part in parts {
            if let allowed = node["AllowedValues"]?.elements?.compactMap(\.text), !allowed.contains(part) {
                return (part, "one of \(allowed.joined(separator: ", "))" + suggestion(for: part, among: allowed))
            }
            if wantsNumbers {
                guard let number = decimalNumber(part) else { return (part, "a number") }
                if let least = bound("MinValue"), number < least { return (part, "at least \(plainText(least))") }
                if let most = bound("MaxValue"), number > most { return (part, "at most \(plainText(most))") }
            } else {
                let count = Double(part.count)
                if let least = bound("MinLength"), count < least {
                    return (part, "at least \(plainText(least)) characters")
                }
                if let most = bound("MaxLength"), count > most {
                    return (part, "at most \(plainText(most)) characters")
                }
            }
        }
        return nil
    }
}

/// A number in decimal notation; `nil` for words, hexadecimal digits and what is too large for a double.
func decimalNumber(_ text: String) -> Double? {
    guard text.utf8.allSatisfy({ (48...57).contains($0) || "+-.eE".utf8.contains($0) }), let value = Double(text),
        value.isFinite
    else { return nil }
    return value
}

/// The text without blanks at its ends.
func trimmed(_ text: some StringProtocol) -> String {
    let rest = text.drop { $0 == " " || $0 == "\t" }
    guard let last = rest.lastIndex(where: { $0 != " " && $0 != "\t" }) else { return "" }
    return String(rest[...last])
}
