import TrailModel

/// The evaluation of one template: parameters, mappings, conditions and intrinsics, each worked out when asked for.
///
/// A class because references lead from anywhere to anywhere and every answer is kept.
final class Evaluation {
    /// Limits for what intrinsics make of a template.
    enum Limits {
        /// Values and conditions within each other, references followed.
        static let depthMax = 300
        /// Bytes of one text; CloudFormation's own limit for a template.
        static let textBytesMax = 1_048_576
        /// Bytes that all intrinsics of one template may make together.
        static let madeBytesMax = 16_777_216
    }

    struct Resource {
        let logicalID: String
        let type: String
        let node: TemplateNode
        let location: SourceLocation

        var properties: TemplateNode? { node["Properties"] }
    }

    let file: String
    /// `AWS::StackName`: the file's name without folder and extension.
    let stem: String
    let settings: TemplateSettings
    let parameters: [String: TemplateParameter]
    let mappings: TemplateNode?
    let conditions: [String: TemplateNode]
    /// In file order.
    let resources: [Resource]
    let resourcesByID: [String: Resource]
    let outputs: TemplateNode?
    let rules: TemplateNode?
    /// What the loaded files export; set once all are there.
    ///
    /// Weak because it holds the evaluations of all files: the loader keeps it while they are asked.
    weak var exports: TemplateExports?
    private(set) var diagnostics: [Diagnostic] = []

    private var conditionValues: [String: Truth] = [:]
    private var conditionsUnderWay: Set<String> = []
    private var names: [String: ResolvedValue] = [:]
    private var namesUnderWay: Set<String> = []
    private var reportedParameters: Set<String> = []
    private var madeBytes = 0
    /// How many values and conditions are being worked out within each other.
    var level = 0
    /// True while the functions of `Rules` may be used.
    var isInRules = false
    /// Above 0 within event patterns, which may hold null.
    private var patternLevel = 0

    init(_ root: TemplateNode, file: String, settings: TemplateSettings) {
        self.file = file
        self.settings = settings
        let name = file.split(separator: "/").last.map(String.init) ?? file
        let dot = name.lastIndex(of: ".")
        stem = dot.map { $0 == name.startIndex ? name : String(name[..<$0]) } ?? name
        var found: [Diagnostic] = []
        var parameters: [String: TemplateParameter] = [:]
        for member in root["Parameters"]?.members ?? [] {
            parameters[member.key] = TemplateParameter(
                member, given: settings.parameters[member.key] ?? settings.optionalParameters[member.key],
                diagnostics: &found)
        }
        self.parameters = parameters
        var loops = TemplateLoops(parameters: parameters)
        let root = loops.expanded(root)
        found += loops.diagnostics + TemplateShape(root).diagnostics
        mappings = root["Mappings"]
        outputs = root["Outputs"]
        rules = root["Rules"]
        conditions = Dictionary((root["Conditions"]?.members ?? []).map { ($0.key, $0.value) }) { first, _ in first }
        resources = (root["Resources"]?.members ?? []).compactMap { member in
            guard let type = member.value["Type"]?.text else { return nil }
            return Resource(
                logicalID: member.key, type: type, node: member.value, location: member.keyLocation)
        }
        resourcesByID = Dictionary(resources.map { ($0.logicalID, $0) }) { first, _ in first }
        diagnostics = found
    }

    func report(_ severity: Diagnostic.Severity, _ message: String, at location: SourceLocation) {
        diagnostics.append(Diagnostic(severity, message, at: location))
    }

    /// Says once that a parameter has no value: a note in `check`, an error in `serve`.
    func reportMissing(parameter name: String) {
        guard let parameter = parameters[name], reportedParameters.insert(name).inserted else { return }
        let why = parameter.isSystemsManager ? "is kept in Systems Manager on AWS and " : ""
        report(
            settings.requiresParameterValues ? .error : .note,
            "parameter \(name) \(why)has no value: give it with --parameter \(name)=…", at: parameter.location)
    }

    /// Works out every condition once, so that a fault in one is reported whether or not it is used.
    func checkConditions() {
        for (name, node) in conditions.sorted(by: { $0.key < $1.key }) {
            _ = truth(ofCondition: name, at: node.location)
        }
    }

    // MARK: Values

    func value(of node: TemplateNode) -> ResolvedValue {
        level += 1
        defer { level -= 1 }
        guard level <= Limits.depthMax else {
            return faulty("cannot work out a value: got more than \(Limits.depthMax) levels; want fewer", node.location)
        }
        if let intrinsic = Intrinsic(node) {
            guard intrinsic.isKnown else { return .unknown(.faulty, at: intrinsic.location) }
            return value(of: intrinsic)
        }
        switch node.content {
        case .scalar(let text, let isPlain):
            guard !node.isNull || text == "" || patternLevel > 0 else {
                return faulty("cannot use null: want a value, or AWS::NoValue to leave the property out", node.location)
            }
            return ResolvedValue(content: .text(text), location: node.location, isPlain: isPlain)
        case .list(let elements):
            let values = elements.map { value(of: $0) }.filter { !$0.isAbsent }
            return ResolvedValue(content: .list(values), location: node.location)
        case .mapping(let members):
            if let transform = members.first(where: { $0.key == "Fn::Transform" }) {
                return .unknown(.outside("made by Fn::Transform"), at: transform.keyLocation)
            }
            let values = members.map { member in
                let isPattern = member.key == "EventPattern"
                if isPattern { patternLevel += 1 }
                defer { if isPattern { patternLevel -= 1 } }
                return ResolvedValue.Member(
                    key: member.key, keyLocation: member.keyLocation, value: value(of: member.value))
            }
            return ResolvedValue(content: .mapping(values.filter { !$0.value.isAbsent }), location: node.location)
        }
    }

    /// An error that is reported here and makes the value unknown.
    func faulty(_ message: String, _ location: SourceLocation) -> ResolvedValue {
        report(.error, message, at: location)
        return .unknown(.faulty, at: location)
    }

    /// A text that intrinsics made, within the limits.
    func made(_ text: String, at location: SourceLocation, isSecret: Bool) -> ResolvedValue {
        madeBytes += text.utf8.count
        guard text.utf8.count <= Limits.textBytesMax, madeBytes <= Limits.madeBytesMax else {
            return faulty(
                "cannot work out a value: got more than \(Limits.textBytesMax) bytes, or \(Limits.madeBytesMax) in all; "
                    + "want shorter texts", location)
        }
        return .text(text, at: location, isSecret: isSecret)
    }

    // MARK: Answers that are kept

    /// True when the resource is made: it has no condition, or one that holds; `nil` when that is not known.
    func isMade(_ resource: Resource) -> Truth { isMade(resource.node) }

    /// The same for an entry of `Resources` or `Outputs`.
    func isMade(_ entry: TemplateNode) -> Truth {
        guard let condition = entry["Condition"] else { return .true }
        guard let name = condition.text else {
            report(.error, "cannot read Condition: got \(condition.kindText); want a name", at: condition.location)
            return .unknown(.faulty)
        }
        return truth(ofCondition: name, at: condition.location)
    }

    func truth(ofCondition name: String, at location: SourceLocation) -> Truth {
        if let known = conditionValues[name] { return known }
        guard let node = conditions[name] else {
            report(
                .error,
                "cannot find condition '\(name)': want a name under Conditions"
                    + suggestion(for: name, among: conditions.keys),
                at: location)
            return .unknown(.faulty)
        }
        guard conditionsUnderWay.insert(name).inserted else {
            report(.error, "cannot work out condition '\(name)': it leads back to itself", at: location)
            return .unknown(.faulty)
        }
        let answer = truth(of: node)
        conditionsUnderWay.remove(name)
        conditionValues[name] = answer
        return answer
    }

    /// The name of a resource of a known type: as its property says, else `Stem-LogicalId`.
    func name(of resource: Resource) -> ResolvedValue {
        if let known = names[resource.logicalID] { return known }
        let fallback = ResolvedValue.text("\(stem)-\(resource.logicalID)", at: resource.location)
        guard let property = ResourceType.known[resource.type]?.nameProperty,
            let node = resource.properties?[property]
        else { return fallback }
        guard namesUnderWay.insert(resource.logicalID).inserted else {
            return faulty("cannot work out the name of \(resource.logicalID): it leads back to itself", node.location)
        }
        var name = value(of: node)
        namesUnderWay.remove(resource.logicalID)
        if name.isAbsent { name = fallback }
        if name.reason == nil, case .text = name.content {
        } else if name.reason == nil {
            name = faulty(
                "cannot read \(property) of \(resource.logicalID): got \(name.shown); want a text", name.location)
        }
        names[resource.logicalID] = name
        return name
    }
}
