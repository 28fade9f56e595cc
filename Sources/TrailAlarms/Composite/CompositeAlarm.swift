package import TrailModel

/// One `AWS::CloudWatch::CompositeAlarm`: its state follows from the states of other alarms.
package struct CompositeAlarm: Equatable, Sendable {
    package var name: String
    package var alarmDescription: String?
    package var actionsEnabled: Bool
    /// Target ARNs in file order, at most five each.
    package var okActions: [String]
    package var alarmActions: [String]
    package var insufficientDataActions: [String]
    /// `AlarmRule` as written.
    package let ruleText: String
    package let rule: AlarmRule
    package var suppressor: ActionsSuppressor?
    package var tags: [String: String]
    package var location: SourceLocation

    /// A composite alarm.
    ///
    /// - Throws: What is wrong with the rule.
    package init(
        name: String, alarmDescription: String? = nil, actionsEnabled: Bool = true, okActions: [String] = [],
        alarmActions: [String] = [], insufficientDataActions: [String] = [], ruleText: String,
        suppressor: ActionsSuppressor? = nil, tags: [String: String] = [:], location: SourceLocation
    ) throws(AlarmRuleError) {
        self.name = name
        self.alarmDescription = alarmDescription
        self.actionsEnabled = actionsEnabled
        self.okActions = okActions
        self.alarmActions = alarmActions
        self.insufficientDataActions = insufficientDataActions
        self.ruleText = ruleText
        rule = try AlarmRule(ruleText)
        self.suppressor = suppressor
        self.tags = tags
        self.location = location
    }

    /// The tag `severity`: critical, high, medium or low; empty when not tagged.
    package var severity: String { tags["severity"] ?? "" }

    /// The target ARNs for an alarm that enters `state`.
    package func actions(for state: AlarmState) -> [String] {
        switch state {
        case .ok: okActions
        case .alarm: alarmActions
        case .insufficientData: insufficientDataActions
        }
    }

    /// Whether nothing but the place in the file differs.
    func isConfigured(as other: CompositeAlarm) -> Bool {
        var moved = other
        moved.location = location
        return self == moved
    }
}

extension CompositeAlarm: Codable {
    private enum Key: String, CodingKey {
        case name, alarmDescription, actionsEnabled, okActions, alarmActions, insufficientDataActions, rule, suppressor,
            waitPeriodSeconds, extensionPeriodSeconds, tags, location
    }

    package init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: Key.self)
        var suppressor: ActionsSuppressor?
        if let alarm = try values.decodeIfPresent(String.self, forKey: .suppressor) {
            suppressor = ActionsSuppressor(
                alarm: AlarmReference(alarm),
                waitPeriodSeconds: try values.decode(Int.self, forKey: .waitPeriodSeconds),
                extensionPeriodSeconds: try values.decode(Int.self, forKey: .extensionPeriodSeconds))
        }
        try self.init(
            name: values.decode(String.self, forKey: .name),
            alarmDescription: values.decodeIfPresent(String.self, forKey: .alarmDescription),
            actionsEnabled: values.decode(Bool.self, forKey: .actionsEnabled),
            okActions: values.decode([String].self, forKey: .okActions),
            alarmActions: values.decode([String].self, forKey: .alarmActions),
            insufficientDataActions: values.decode([String].self, forKey: .insufficientDataActions),
            ruleText: values.decode(String.self, forKey: .rule), suppressor: suppressor,
            tags: values.decode([String: String].self, forKey: .tags),
            location: values.decode(SourceLocation.self, forKey: .location))
    }

    package func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: Key.self)
        try values.encode(name, forKey: .name)
        try values.encodeIfPresent(alarmDescription, forKey: .alarmDescription)
        try values.encode(actionsEnabled, forKey: .actionsEnabled)
        try values.encode(okActions, forKey: .okActions)
        try values.encode(alarmActions, forKey: .alarmActions)
        try values.encode(insufficientDataActions, forKey: .insufficientDataActions)
        try values.encode(ruleText, forKey: .rule)
        try values.encodeIfPresent(suppressor?.alarm.text, forKey: .suppressor)
        try values.encodeIfPresent(suppressor?.waitPeriodSeconds, forKey: .waitPeriodSeconds)
        try values.encodeIfPresent(suppressor?.extensionPeriodSeconds, forKey: .extensionPeriodSeconds)
        try values.encode(tags, forKey: .tags)
        try values.encode(location, forKey: .location)
    }
}
