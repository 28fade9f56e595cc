import TrailModel

/// The JSON text of an event pattern that was written as a mapping, with the place of each part.
///
/// Scalars without quotes are what JSON has: numbers, `true`, `false` and `null`. What only some readers of YAML take for
/// something else than a text is a text, with a warning, as is what CloudFormation refuses.
struct PatternText {
    private(set) var text = ""
    private(set) var warnings: [(message: String, place: SourceLocation)] = []
    private var places: [(offset: Int, place: SourceLocation)] = []

    private let key: String

    /// - Parameters:
    ///   - value: The mapping.
    ///   - key: The property's name, for warnings.
    init(_ value: ResolvedValue, of key: String) {
        self.key = key
        write(value)
    }

    /// Where the part of the text at `offset` stands in the file.
    func place(of offset: Int) -> SourceLocation? { places.last { $0.offset <= offset }?.place }

    private mutating func write(_ value: ResolvedValue) {
        places.append((text.utf8.count, value.location))
        switch value.content {
        case .text(let scalar): text += value.isPlain ? plain(scalar, at: value.location) : quoted(scalar)
        case .list(let values):
            text += "["
            for (index, value) in values.enumerated() {
                if index > 0 { text += "," }
                write(value)
            }
            text += "]"
        case .mapping(let members):
            text += "{"
            for (index, member) in members.enumerated() {
                if index > 0 { text += "," }
                places.append((text.utf8.count, member.keyLocation))
                text += quoted(member.key) + ":"
                write(member.value)
            }
            text += "}"
        case .absent, .unknown: text += "null"
        }
    }

    private func quoted(_ scalar: String) -> String { JSONValue.string(scalar).text }

    private mutating func plain(_ scalar: String, at place: SourceLocation) -> String {
        switch scalar {
        case "true", "True", "TRUE": return "true"
        case "false", "False", "FALSE": return "false"
        case "", "~", "null", "Null", "NULL":
            warnings.append(
                ("CloudFormation takes no null in a template; write the \(key) as JSON text to deploy it", place))
            return "null"
        default: break
        }
        if ["yes", "no", "on", "off", "y", "n"].contains(scalar.lowercased()) {
            warnings.append(("'\(scalar)' may be read as true or false; want it in quotes", place))
            return quoted(scalar)
        }
        guard isNumber(scalar) else {
            if scalar.utf8.count > 1, scalar.utf8.allSatisfy({ UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 }) {
                warnings.append(("'\(scalar)' may be read as an octal number; want it in quotes", place))
            }
            return quoted(scalar)
        }
        if scalar.utf8.count == 12, scalar.utf8.allSatisfy({ UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 }) {
            warnings.append(
                ("'\(scalar)' matches a number only; want it in quotes: in events the ids of accounts are texts", place)
            )
        }
        return scalar
    }
}

/// True for a number as JSON writes it.
private func isNumber(_ text: String) -> Bool {
    var rest = Array(text.utf8)[...]
    func digits(_ rest: inout ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        let digits = rest.prefix { UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 }
        rest = rest.dropFirst(digits.count)
        return digits
    }
    if rest.first == UInt8(ascii: "-") { rest.removeFirst() }
    let whole = digits(&rest)
    guard !whole.isEmpty, whole.count == 1 || whole.first != UInt8(ascii: "0") else { return false }
    if rest.first == UInt8(ascii: ".") {
        rest.removeFirst()
        guard !digits(&rest).isEmpty else { return false }
    }
    if let mark = rest.first, mark | 0x20 == UInt8(ascii: "e") {
        rest.removeFirst()
        if rest.first == UInt8(ascii: "+") || rest.first == UInt8(ascii: "-") { rest.removeFirst() }
        guard !digits(&rest).isEmpty else { return false }
    }
    return rest.isEmpty
}
