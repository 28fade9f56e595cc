import TrailModel

/// Reads the properties of one resource, or the members of one mapping within it, and reports what is wrong with them.
struct PropertyReader {
    /// What becomes of a resource when a property is written but its value cannot be known.
    enum Use {
        /// The resource makes no sense without it; it must be written.
        case required
        /// May be left out; when it is written and not known, the resource is not used.
        case optional
        /// When it is not known, the resource is used without it.
        case droppable
    }

    let evaluation: Evaluation
    /// What the properties belong to, for messages, such as `RootUsageAlarm`.
    let owner: String
    let location: SourceLocation
    private let members: [ResolvedValue.Member]
    /// False once something is wrong or not known without which the resource cannot be used.
    private(set) var isUsable = true

    init(_ resource: Evaluation.Resource, in evaluation: Evaluation) {
        self.evaluation = evaluation
        owner = resource.logicalID
        location = resource.location
        let empty = ResolvedValue(content: .mapping([]), location: resource.location)
        let properties = resource.properties.map { $0.isNull ? empty : evaluation.value(of: $0) } ?? empty
        if case .mapping(let members) = properties.content {
            self.members = members
        } else {
            members = []
            if let reason = properties.reason { disable("Properties", reason, at: properties.location) }
        }
        checkNames(among: ResourceType.known[resource.type]?.properties ?? [])
    }

    /// Reads the members of a mapping; what is unusable there must be carried over with ``merge(_:)``.
    init(_ members: [ResolvedValue.Member], of owner: String, at location: SourceLocation, in evaluation: Evaluation) {
        self.evaluation = evaluation
        self.owner = owner
        self.location = location
        self.members = members
    }

    func checkNames(among allowed: [String]) {
        for member in members where !allowed.contains(member.key) {
            evaluation.report(
                .warning, "unknown property '\(member.key)' of \(owner)" + suggestion(for: member.key, among: allowed),
                at: member.keyLocation)
        }
    }

    mutating func merge(_ inner: PropertyReader) {
        isUsable = isUsable && inner.isUsable
    }

    /// The member as it was resolved, known or not.
    func member(_ key: String) -> ResolvedValue.Member? {
        members.first { $0.key == key }
    }

    func has(_ key: String) -> Bool { member(key) != nil }

    /// Where the property stands, or the resource when it is not written.
    func place(of key: String) -> SourceLocation { member(key)?.value.location ?? location }

    mutating func fail(_ message: String, at place: SourceLocation) {
        isUsable = false
        evaluation.report(.error, message, at: place)
    }

    mutating func reject(_ key: String, got: String, want: String, at place: SourceLocation? = nil) {
        fail("cannot read \(key) of \(owner): got \(got); want \(want)", at: place ?? self.place(of: key))
    }

    /// Refuses a property that this build does not read, whatever its value.
    mutating func refuse(_ key: String, _ what: String) {
        guard let member = member(key) else { return }
        fail("cannot use \(owner): \(what) is not supported yet", at: member.keyLocation)
    }

    /// A NoEcho value appears nowhere, and all properties but the address of a receiver are shown somewhere.
    mutating func refuseSecret(_ key: String, at place: SourceLocation) {
        fail(
            "cannot use a NoEcho parameter in \(key) of \(owner): the value would be shown; want it in Endpoint",
            at: place)
    }

    private mutating func disable(_ key: String, _ reason: ResolvedValue.Reason, at place: SourceLocation) {
        isUsable = false
        switch reason {
        case .faulty: break
        case .parameter(let name): evaluation.reportMissing(parameter: name)
        case .outside(let text):
            evaluation.report(
                .warning, "\(owner) is not used: \(key) is \(text), which cannot be known here", at: place)
        }
    }

    private func drop(_ key: String, _ reason: ResolvedValue.Reason, at place: SourceLocation) {
        switch reason {
        case .faulty: break
        case .parameter(let name): evaluation.reportMissing(parameter: name)
        case .outside(let text):
            evaluation.report(
                .warning, "\(key) of \(owner) is left out: it is \(text), which cannot be known here", at: place)
        }
    }

    /// The value of a property when it is written and known in full; reports when it should be and is not.
    mutating func known(_ key: String, _ use: Use, allowsSecret: Bool = false) -> ResolvedValue? {
        guard let member = member(key) else {
            if use == .required { fail("cannot read \(owner): got no \(key); want one", at: location) }
            return nil
        }
        guard let reason = member.value.reason else {
            guard !member.value.isSecret || allowsSecret || key == "Endpoint" else {
                refuseSecret(key, at: member.value.location)
                return nil
            }
            return member.value
        }
        if use == .droppable {
            drop(key, reason, at: member.value.location)
        } else {
            disable(key, reason, at: member.value.location)
        }
        return nil
    }

    // MARK: Scalars

    /// A text of `length` characters.
    mutating func text(_ key: String, _ use: Use = .optional, length: ClosedRange<Int> = 0...1_048_576) -> String? {
        guard let value = known(key, use) else { return nil }
        guard case .text(let text) = value.content else {
            reject(key, got: value.shown, want: "a text")
            return nil
        }
        guard length.contains(text.count) else {
            reject(
                key, got: text.isEmpty ? "an empty text" : "\(text.count) characters",
                want: "\(length.lowerBound) to \(length.upperBound) characters")
            return nil
        }
        return text
    }

    /// A text of `length` characters that is shown nowhere.
    mutating func secret(_ key: String, _ use: Use = .optional, length: ClosedRange<Int>) -> SecretText? {
        guard let value = known(key, use, allowsSecret: true) else { return nil }
        guard case .text(let text) = value.content, length.contains(text.count) else {
            reject(
                key, got: "something else", want: "a text of \(length.lowerBound) to \(length.upperBound) characters")
            return nil
        }
        guard !text.contains("{{resolve:") else {
            disable(key, .outside("kept by AWS; give it by a parameter with NoEcho"), at: value.location)
            return nil
        }
        return SecretText(text)
    }

    mutating func number(_ key: String, _ use: Use = .optional) -> Double? {
        guard let value = known(key, use) else { return nil }
        guard case .text(let text) = value.content, let number = decimalNumber(trimmed(text)) else {
            reject(key, got: value.shown, want: "a number")
            return nil
        }
        return number
    }

    /// A whole number within `range`.
    mutating func integer(_ key: String, _ use: Use = .optional, in range: ClosedRange<Int64>) -> Int64? {
        guard let value = known(key, use) else { return nil }
        let want =
            range.upperBound == .max ? "at least \(range.lowerBound)" : "\(range.lowerBound) to \(range.upperBound)"
        guard case .text(let text) = value.content, let number = decimalNumber(trimmed(text)),
            let integer = Int64(exactly: number), range.contains(integer)
        else {
            reject(key, got: value.shown, want: "a whole number, \(want)")
            return nil
        }
        return integer
    }

    mutating func bool(_ key: String, _ use: Use = .optional) -> Bool? {
        guard let value = known(key, use) else { return nil }
        if case .text(let text) = value.content {
            switch text.lowercased() {
            case "true": return true
            case "false": return false
            default: break
            }
        }
        reject(key, got: value.shown, want: "true or false")
        return nil
    }

    /// One of a closed set of texts.
    mutating func choice(_ key: String, _ use: Use = .optional, among allowed: [String]) -> String? {
        guard let value = known(key, use) else { return nil }
        if case .text(let text) = value.content, allowed.contains(text) { return text }
        var hint = ""
        if case .text(let text) = value.content, !value.isSecret { hint = suggestion(for: text, among: allowed) }
        reject(key, got: value.shown, want: "one of \(allowed.joined(separator: ", "))\(hint)")
        return nil
    }

    // MARK: Lists

    /// The elements of a list property, one scalar counting as a list of itself; elements that are not known are left
    /// out and reported.
    mutating func elements(_ key: String) -> [ResolvedValue] {
        guard let member = member(key) else { return [] }
        switch member.value.content {
        case .list(let values):
            return values.filter { value in
                guard case .unknown(let reason) = value.content else { return true }
                drop(key, reason, at: value.location)
                return false
            }
        case .text: return [member.value]
        case .unknown(let reason):
            drop(key, reason, at: member.value.location)
            return []
        case .mapping, .absent:
            reject(key, got: member.value.shown, want: "a list")
            return []
        }
    }

    /// A mapping as a reader of its own, to be merged when it was read.
    mutating func reader(_ key: String, _ use: Use = .optional) -> PropertyReader? {
        guard let value = known(key, use) else { return nil }
        guard case .mapping(let members) = value.content else {
            reject(key, got: value.shown, want: "a mapping")
            return nil
        }
        return PropertyReader(members, of: "\(key) of \(owner)", at: value.location, in: evaluation)
    }

    /// A list of mappings, each as a reader of its own; `use` says what an unknown element does.
    mutating func readers(_ key: String, _ use: Use = .optional) -> [PropertyReader] {
        guard let value = use == .droppable ? member(key)?.value : known(key, use) else { return [] }
        guard case .list(let values) = value.content else {
            if let reason = value.reason {
                drop(key, reason, at: value.location)
            } else {
                reject(key, got: value.shown, want: "a list of mappings")
            }
            return []
        }
        var readers: [PropertyReader] = []
        for element in values {
            if case .mapping(let members) = element.content {
                readers.append(PropertyReader(members, of: "\(key) of \(owner)", at: element.location, in: evaluation))
            } else if let reason = element.reason {
                drop(key, reason, at: element.location)
            } else {
                reject(key, got: element.shown, want: "a mapping", at: element.location)
            }
        }
        return readers
    }
}
