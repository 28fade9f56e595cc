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
        package var retryPolicy: RetryPolicy?
        /// What a request to an API destination gets besides.
        package var httpParameters: HTTPParameters?

        package init(
            id: String, arn: String, input: RuleInput = .event, retryPolicy: RetryPolicy? = nil,
            httpParameters: HTTPParameters? = nil
        ) {
            self.id = id
            self.arn = arn
            self.input = input
            self.retryPolicy = retryPolicy
            self.httpParameters = httpParameters
        }
    }

    /// How long a target is tried.
    package struct RetryPolicy: Equatable, Sendable {
        package static let attempts: ClosedRange<Int64> = 0...185
        package static let ageSeconds: ClosedRange<Int64> = 60...86_400

        package var maximumRetryAttempts = Int(attempts.upperBound)
        package var maximumEventAgeInSeconds = Int(ageSeconds.upperBound)

        package init() {}
    }

    /// `HttpParameters` of a target; values may hold secrets.
    package struct HTTPParameters: Equatable, Sendable {
        package var headers: [String: SecretText]
        package var query: [String: SecretText]
        /// For each `*` in the path of the address, in their order.
        package var pathValues: [SecretText]

        package init(
            headers: [String: SecretText] = [:], query: [String: SecretText] = [:], pathValues: [SecretText] = []
        ) {
            self.headers = headers
            self.query = query
            self.pathValues = pathValues
        }
    }

    package var name: String
    package var description: String?
    package var pattern: EventPattern
    package var state: State
    package var targets: [Target]
    package var tags: [String: String]
    package var location: SourceLocation

    package init(
        name: String, description: String? = nil, pattern: EventPattern, state: State = .enabled,
        targets: [Target] = [], tags: [String: String] = [:], location: SourceLocation
    ) {
        self.name = name
        self.description = description
        self.pattern = pattern
        self.state = state
        self.targets = targets
        self.tags = tags
        self.location = location
    }

    /// The tag `severity`.
    package var severity: String? { tags["severity"] }
}

/// What a target gets of an event.
package enum RuleInput: Equatable, Sendable {
    /// Longest text that is made of an event; EventBridge takes no longer events.
    package static let bytesMax = 262_144
    /// Levels of objects and arrays of an event that paths are followed in; a limit of ours.
    package static let nestingMax = 200

    /// The event as it is.
    case event
    /// A text in its place.
    case constant(String)
    /// The JSON at a place in it; an empty string where there is nothing, as in a template.
    case path(EventPath)
    /// A template with parts of it.
    case transformer(InputTransformer)

    /// A text that is JSON, as `Input` must be.
    package init(constant text: String) throws(RuleInputError) {
        do throws(JSONTape.Fault) {
            _ = try JSONTape.whole(text)
        } catch {
            throw .notJSON(got: error.got, want: error.want)
        }
        self = .constant(text)
    }

    /// What the target gets of an event.
    ///
    /// - Parameters:
    ///   - event: The event in its envelope, JSON text.
    ///   - ingestionTime: When it came in (RFC 3339), for templates; without one the event's own `time`.
    /// - Returns: The text; `nil` when nothing is delivered.
    package func text(of event: String, ingestionTime: String? = nil) -> String? {
        switch self {
        case .event: return event
        case .constant(let text): return text
        case .path(let path):
            guard let tape = try? JSONTape.whole(event) else { return nil }
            var text = InputText()
            switch path.find(in: tape) {
            case .nothing: text.append("", .json)
            case .value(let index): text.append(index, of: tape, .json)
            case .values(let indices): text.append(indices, of: tape, .json)
            }
            return text.text
        case .transformer(let transformer): return transformer.text(of: event, ingestionTime: ingestionTime)
        }
    }
}
