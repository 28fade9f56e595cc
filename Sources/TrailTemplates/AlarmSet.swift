package import TrailAlarms
import TrailModel
package import TrailPatterns

/// What a set of alarm files declares, in the order of the files and of the resources within them.
package struct AlarmSet: Equatable, Sendable {
    package var alarms: [MetricAlarm]
    package var composites: [CompositeAlarm]
    package var muteRules: [MuteRule]
    /// Only filters that count: those on log groups that no loaded trail writes to are left out with a note.
    package var filters: [MetricFilter]
    package var topics: [Topic]
    package var subscriptions: [Subscription]
    /// Only rules with a pattern that see CloudTrail's events, be they disabled; the others are left out with a note.
    package var rules: [EventRule]
    package var apiDestinations: [ApiDestination]
    package var connections: [Connection]
    /// Log groups that loaded trails write to, sorted, each once.
    package var trailLogGroupNames: [String]

    package init(
        alarms: [MetricAlarm] = [], composites: [CompositeAlarm] = [], muteRules: [MuteRule] = [],
        filters: [MetricFilter] = [], topics: [Topic] = [], subscriptions: [Subscription] = [],
        rules: [EventRule] = [], apiDestinations: [ApiDestination] = [], connections: [Connection] = [],
        trailLogGroupNames: [String] = []
    ) {
        self.alarms = alarms
        self.composites = composites
        self.muteRules = muteRules
        self.filters = filters
        self.topics = topics
        self.subscriptions = subscriptions
        self.rules = rules
        self.apiDestinations = apiDestinations
        self.connections = connections
        self.trailLogGroupNames = trailLogGroupNames
    }
}

/// What alarm files are read with.
package struct TemplateSettings: Equatable, Sendable {
    /// `AWS::AccountId`, and the account in our own ARNs.
    package var accountID: String
    /// `AWS::Region`, and the region in our own ARNs.
    package var region: String
    /// Values by parameter name, for every file that declares the parameter.
    package var parameters: [String: String]
    /// The same, of lower rank; names that no file declares are passed over, since the environment holds others' too.
    package var optionalParameters: [String: String] = [:]
    /// The log group that holds the trail's events, whatever the loaded trails say.
    package var logGroup: String?
    /// True makes a parameter without value an error (`serve`); false a note (`check`).
    package var requiresParameterValues: Bool
    /// True also warns of what loads but can hardly be meant (`check`).
    package var hasLints = false
    /// What the time zones of mute rules are looked up in.
    package var zones = ZoneSource.utcOnly

    package init(
        accountID: String = "000000000000", region: String = "us-east-1", parameters: [String: String] = [:],
        logGroup: String? = nil, requiresParameterValues: Bool = false
    ) {
        self.accountID = accountID
        self.region = region
        self.parameters = parameters
        self.logGroup = logGroup
        self.requiresParameterValues = requiresParameterValues
    }

    /// The partition that the region lies in.
    var partition: String {
        if region.hasPrefix("cn-") { return "aws-cn" }
        return region.hasPrefix("us-gov-") ? "aws-us-gov" : "aws"
    }

    /// An ARN in our account and region.
    func arn(_ service: String, _ resource: String) -> String {
        "arn:\(partition):\(service):\(region):\(accountID):\(resource)"
    }

    /// The ARN of an API destination or connection, which ends by an identifier.
    func eventsARN(_ kind: String, _ name: String) -> String {
        arn("events", "\(kind)/\(name)/\(stableIdentifier([accountID, region, kind, name]))")
    }
}

/// One alarm file as read: its tree, or why there is none.
package struct TemplateDocument: Equatable, Sendable {
    /// The path as messages show it; its last part without extension is the stack name.
    package let file: String
    package let root: TemplateNode?
    package let diagnostics: [Diagnostic]

    package init(file: String, root: TemplateNode?, diagnostics: [Diagnostic] = []) {
        self.file = file
        self.root = root
        self.diagnostics = diagnostics
    }
}
