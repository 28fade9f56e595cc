import TrailEvents

/// Adds up what records say: who did what, how often, per slot of event time, each event once.
///
/// An activity is what the built-in metrics tell of an event; all their dimensions are derived from it.
///
/// A field is `nil` when the record lacks it (missing, null, not a string or empty).
package struct Activity: Hashable, Sendable {
    package var eventSource: String?
    package var eventName: String?
    package var awsRegion: String?
    package var recipientAccountID: String?
    package var userIdentityType: String?
    /// `nil` for a call that succeeded; ``noErrorCode`` for an error that has no code.
    package var errorCode: String?

    /// The ErrorCode dimension of a record with `errorMessage` but no `errorCode`, as a failed sign-in has it.
    package static let noErrorCode = "NoErrorCode"

    package init(
        eventSource: String?, eventName: String?, awsRegion: String?, recipientAccountID: String?,
        userIdentityType: String?, errorCode: String?
    ) {
        self.eventSource = eventSource
        self.eventName = eventName
        self.awsRegion = awsRegion
        self.recipientAccountID = recipientAccountID
        self.userIdentityType = userIdentityType
        self.errorCode = errorCode
    }

    package var isError: Bool { errorCode != nil }

    /// A hash of the values, the same in every process; made once for an activity that is looked up again and again.
    var contentHash: UInt64 {
        var bytes: [UInt8] = []
        for value in [eventSource, eventName, awsRegion, recipientAccountID, userIdentityType, errorCode] {
            bytes += (value ?? "").utf8
            // No byte of UTF-8, so that it cannot be part of a value.
            bytes.append(0xFF)
        }
        return ContentHash(bytes).low
    }

    func value(of dimension: ActivityDimension) -> String? {
        switch dimension {
        case .eventSource: eventSource
        case .eventName: eventName
        case .awsRegion: awsRegion
        case .recipientAccountID: recipientAccountID
        case .userIdentityType: userIdentityType
        case .errorCode: errorCode
        }
    }
}

/// A dimension of the built-in metrics; the raw value is its name.
package enum ActivityDimension: String, CaseIterable, Sendable {
    case eventSource = "EventSource"
    case eventName = "EventName"
    case awsRegion = "AwsRegion"
    case recipientAccountID = "RecipientAccountId"
    case userIdentityType = "UserIdentityType"
    case errorCode = "ErrorCode"
}
