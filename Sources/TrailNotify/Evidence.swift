package import TrailModel

/// The events behind a decision: how many they were, who caused them, and the first of them.
package struct Evidence: Equatable, Sendable {
    /// A name, and how many of the events have it.
    package struct Count: Equatable, Sendable {
        package let name: String
        package let events: Int64

        package init(name: String, events: Int64) {
            self.name = name
            self.events = events
        }
    }

    /// Somebody, or some service, that acted.
    package struct Principal: Equatable, Sendable {
        /// `root`, a user, a role, or `session (permission set)` for a role of single sign-on.
        package let name: String
        /// CloudTrail's `userIdentity.type`; empty when the events have none.
        package let type: String
        package let accountID: String
        package let events: Int64
        /// The commonest session names of a role.
        package let sessions: [Count]

        package init(name: String, type: String, accountID: String, events: Int64, sessions: [Count]) {
            self.name = name
            self.type = type
            self.accountID = accountID
            self.events = events
            self.sessions = sessions
        }
    }

    /// One period that the decision used.
    package struct Datapoint: Equatable, Sendable {
        package let start: Timestamp
        /// Samples found for it.
        package let events: Int64
        /// The sum of their values.
        package let sum: Double

        package init(start: Timestamp, events: Int64, sum: Double) {
            self.start = start
            self.events = events
            self.sum = sum
        }
    }

    /// One of several metrics that an alarm watches.
    package struct MetricTotal: Equatable, Sendable {
        /// Namespace, name and dimensions.
        package let name: String
        package let events: Int64
        package let sum: Double

        package init(name: String, events: Int64, sum: Double) {
            self.name = name
            self.events = events
            self.sum = sum
        }
    }

    /// One event in short; a text that the event lacks is empty.
    package struct Example: Equatable, Sendable {
        package var eventID = ""
        package var time: Timestamp
        package var principal = ""
        package var accountID = ""
        package var region = ""
        package var eventSource = ""
        package var eventName = ""
        package var sourceIPAddress = ""
        package var errorCode = ""
        package var errorMessage = ""
        /// `nil` when the event does not tell.
        package var isMFA: Bool?

        package init(time: Timestamp) {
            self.time = time
        }
    }

    /// The names that are listed of each kind.
    package static let namesMax = 10
    package static let examplesMax = 10
    /// The datapoints and metrics that are listed.
    package static let datapointsMax = 100

    /// Samples of the metric; where an alarm watches several, the events that count in all of them, or, where no event
    /// does, in any.
    package var events: Int64 = 0
    /// The sum of their values.
    package var sum: Double = 0
    /// Times of the first and last of them.
    package var first: Timestamp?
    package var last: Timestamp?
    /// Each list begins with the most frequent.
    package var principals: [Principal] = []
    package var sourceAddresses: [Count] = []
    package var eventNames: [Count] = []
    package var errorCodes: [Count] = []
    package var accounts: [Count] = []
    package var regions: [Count] = []
    /// Oldest first.
    package var datapoints: [Datapoint] = []
    /// Empty for an alarm on one metric.
    package var metrics: [MetricTotal] = []
    /// The earliest events.
    package var examples: [Example] = []
    /// Principals and accounts that no earlier message of the incident named; for a message about these.
    package var newNames: [String] = []
    /// Why not all of the events were found; `nil` when they were.
    package var incompleteReason: String?

    package init() {}
}
