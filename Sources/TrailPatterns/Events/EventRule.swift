package import TrailModel

/// One `AWS::Events::Rule`: which events are told, and to whom.
package struct EventRule: Equatable, Sendable {
    /// Which events of CloudTrail a rule sees (EventBridge API reference, Rule).
    package enum State: String, CaseIterable, Sendable {
        case disabled = "DISABLED"
        /// Without management events that only read.
        case enabled = "ENABLED"
        case enabledWithAllManagementEvents = "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS"
    }

    /// Who is told.
    package struct Target: Equatable, Sendable {
        package var id: String
        package var arn: String
        package var input: RuleInput

        package init(id: String, arn: String, input: RuleInput = .event) {
            self.id = id
            self.arn = arn
            self.input = input
        }
    }

    package var name: String
    package var description: String?
    package var pattern: EventPattern
    package var state: State
    package var targets: [Target]
    package var location: SourceLocation

    package init(
        name: String, description: String? = nil, pattern: EventPattern, state: State = .enabled,
        targets: [Target] = [], location: SourceLocation
    ) {
        self.name = name
        self.description = description
        self.pattern = pattern
        self.state = state
        self.targets = targets
        self.location = location
    }
}

/// What a target gets of an event.
package enum RuleInput: Equatable, Sendable {
    /// The event as it is.
    case event
    /// A text in its place.
    case constant(String)

    /// What the target gets of the event whose JSON text is `event`; `nil` when nothing is delivered.
    package func text(of event: String) -> String? {
        switch self {
        case .event: event
        case .constant(let text): text
        }
    }
}
