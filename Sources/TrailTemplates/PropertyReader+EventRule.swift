import TrailModel
import TrailPatterns

/// `AWS::Events::Rule`, checked as `PutRule` and `PutTargets` check it.
extension PropertyReader {
    private static let targetProperties = [
        "AppSyncParameters", "Arn", "BatchParameters", "DeadLetterConfig", "EcsParameters", "HttpParameters", "Id",
        "Input", "InputPath", "InputTransformer", "KinesisParameters", "RedshiftDataParameters", "RetryPolicy",
        "RoleArn", "RunCommandParameters", "SageMakerPipelineParameters", "SqsParameters",
    ]
    private static let targetsMax = 5

    /// False, with a note, for a rule on another bus than the one that CloudTrail's events reach.
    func isOnDefaultBus() -> Bool {
        guard let bus = member("EventBusName") else { return true }
        switch bus.value.content {
        case .text(let text) where text == "default" || isARN(text) && text.hasSuffix(":event-bus/default"): return true
        case .text, .unknown(.outside):
            evaluation.report(
                .note, "rule \(owner) is not run: CloudTrail's events reach only the default event bus",
                at: bus.keyLocation)
            return false
        default: return true
        }
    }

    mutating func readEventRule(named name: ResolvedValue) -> Declarations.Rule? {
        let ruleName = readEventsName(name)
        let description = text("Description", .droppable, length: 0...512)
        _ = text("EventBusName")
        let states = EventRule.State.allCases.map(\.rawValue)
        let state = choice("State", among: states).flatMap(EventRule.State.init) ?? .enabled
        let tags = readTags()
        let pattern = readPattern(
            "EventPattern", refusedAs: "InvalidEventPatternException: Event pattern is not valid. Reason: ")
        let arn = evaluation.settings.arn("events", "rule/\(ruleName ?? "")")
        let (targets, hasOtherTargets) = readTargets(ruleName: ruleName ?? "", ruleARN: arn)
        guard has("EventPattern") else {
            guard let schedule = member("ScheduleExpression") else {
                fail("cannot read \(owner): got no EventPattern; want one", at: location)
                return nil
            }
            evaluation.report(
                .note, "rule \(owner) is not run: it has no EventPattern, and this build runs no schedules",
                at: schedule.keyLocation)
            return nil
        }
        if let schedule = member("ScheduleExpression") {
            evaluation.report(
                .note, "ScheduleExpression of \(owner) has no effect: this build runs no schedules",
                at: schedule.keyLocation)
        }
        guard isUsable, let ruleName, let pattern else { return nil }
        let rule = EventRule(
            name: ruleName, description: description, pattern: pattern, state: state, targets: targets.map(\.0),
            tags: tags, location: location)
        return Declarations.Rule(
            definition: rule,
            targets: targets.map { Declarations.Rule.Target(id: $0.id, arn: $0.arn, location: $1) },
            hasOtherTargets: hasOtherTargets, stateLocation: place(of: "State"))
    }

    /// A name of EventBridge's; one that was made of the file's name may be of any form.
    mutating func readEventsName(_ name: ResolvedValue) -> String? {
        guard let text = self.name(name, "Name", length: 1...(has("Name") ? 64 : 512)) else { return nil }
        guard !has("Name") || text.utf8.allSatisfy(isNameByte) else {
            reject("Name", got: name.shown, want: "letters, digits, '.', '-' and '_'", at: name.location)
            return nil
        }
        return text
    }

    // MARK: Targets

    /// The targets with their places, and whether there are others whose ARNs only AWS knows.
    private mutating func readTargets(
        ruleName: String, ruleARN: String
    ) -> (targets: [(EventRule.Target, SourceLocation)], hasOthers: Bool) {
        let readers = readers("Targets", .droppable)
        guard readers.count <= Self.targetsMax else {
            reject("Targets", got: "\(readers.count) targets", want: "at most \(Self.targetsMax) for each rule")
            return ([], true)
        }
        var targets: [(EventRule.Target, SourceLocation)] = []
        var ids: Set<String> = []
        var hasOthers = false
        for var reader in readers {
            reader.checkNames(among: Self.targetProperties)
            let id = reader.text("Id", .required, length: 1...64)
            if let id, !id.utf8.allSatisfy(isNameByte) {
                reader.reject("Id", got: "'\(id)'", want: "letters, digits, '.', '-' and '_'")
            }
            if let id, !ids.insert(id).inserted {
                reader.reject("Id", got: "'\(id)' twice", want: "each Id once")
            }
            if case .outside(let text)? = reader.member("Arn")?.value.reason {
                evaluation.report(
                    .note, "the target '\(id ?? "")' of \(owner) is not run: its Arn is \(text)",
                    at: reader.place(of: "Arn"))
                hasOthers = true
                merge(reader)
                continue
            }
            let target = reader.readTarget(id: id ?? "", ruleName: ruleName, ruleARN: ruleARN)
            merge(reader)
            guard let target else {
                hasOthers = true
                continue
            }
            targets.append((target, reader.place(of: "Arn")))
        }
        return (targets, hasOthers)
    }

    private mutating func readTarget(id: String, ruleName: String, ruleARN: String) -> EventRule.Target? {
        let arn = text("Arn", .required, length: 1...1600)
        if let arn, !isARN(arn) {
            reject("Arn", got: "'\(arn.prefix(100))'", want: "an ARN such as arn:aws:sns:us-east-1:000000000000:name")
        }
        let input = readInput(id: id, ruleName: ruleName, ruleARN: ruleARN)
        let retryPolicy = readRetryPolicy()
        let parameters = readHTTPParameters()
        if let dead = member("DeadLetterConfig") {
            evaluation.report(
                .note, "DeadLetterConfig of \(owner) has no effect: what cannot be delivered is kept here",
                at: dead.keyLocation)
        }
        guard isUsable, let arn, let input else { return nil }
        return EventRule.Target(
            id: id, arn: arn, input: input, retryPolicy: retryPolicy, httpParameters: parameters)
    }

    private mutating func readRetryPolicy() -> EventRule.RetryPolicy? {
        guard var reader = reader("RetryPolicy") else { return nil }
        defer { merge(reader) }
        reader.checkNames(among: ["MaximumEventAgeInSeconds", "MaximumRetryAttempts"])
        var policy = EventRule.RetryPolicy()
        if let age = reader.integer("MaximumEventAgeInSeconds", in: EventRule.RetryPolicy.ageSeconds) {
            policy.maximumEventAgeInSeconds = Int(age)
        }
        if let attempts = reader.integer("MaximumRetryAttempts", in: EventRule.RetryPolicy.attempts) {
            policy.maximumRetryAttempts = Int(attempts)
        }
        return policy
    }

    private mutating func readHTTPParameters() -> EventRule.HTTPParameters? {
        guard var reader = reader("HttpParameters", .droppable) else { return nil }
        defer { merge(reader) }
        reader.checkNames(among: ["HeaderParameters", "PathParameterValues", "QueryStringParameters"])
        var parameters = EventRule.HTTPParameters()
        parameters.headers = reader.texts("HeaderParameters")
        parameters.query = reader.texts("QueryStringParameters")
        for value in reader.elements("PathParameterValues") {
            guard case .text(let text) = value.content else {
                reader.reject("PathParameterValues", got: value.shown, want: "a text", at: value.location)
                continue
            }
            parameters.pathValues.append(SecretText(text))
        }
        return parameters
    }

    /// A mapping of names to texts that are shown nowhere.
    private mutating func texts(_ key: String) -> [String: SecretText] {
        guard case .mapping(let members)? = known(key, .optional)?.content else {
            if let value = member(key)?.value, value.reason == nil { reject(key, got: value.shown, want: "a mapping") }
            return [:]
        }
        var inner = PropertyReader(members, of: "\(key) of \(owner)", at: place(of: key), in: evaluation)
        defer { merge(inner) }
        var texts: [String: SecretText] = [:]
        for member in members { texts[member.key] = inner.secret(member.key, length: 0...512) }
        return texts
    }
}

private func isNameByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "_"):
        true
    default: false
    }
}
