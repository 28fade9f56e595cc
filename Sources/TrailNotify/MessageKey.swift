import Crypto
package import TrailModel

/// The identity of one message to one endpoint, the same on every retry and after every restart.
///
/// 64 lower-case hexadecimal digits of a SHA-256; receivers drop repeated deliveries by it.
package struct MessageKey: Hashable, Sendable, Codable, CustomStringConvertible {
    package let hex: String

    /// The key of a message about an alarm's decision.
    ///
    /// - Parameters:
    ///   - alarmName: The alarm's name.
    ///   - contributor: The contributor's id for alarms on several series, else empty.
    ///   - decisionNumber: The alarm's decision; a settled or amended decision has its own.
    ///   - ordinal: The place of the message among those of that decision, from 0.
    ///   - action: The action's ARN, usually a topic.
    ///   - endpoint: The subscription's ARN.
    package init(
        alarmName: String, contributor: String = "", decisionNumber: Int64, ordinal: Int = 0, action: String,
        endpoint: String
    ) {
        hex = hexDigest(
            "trailwatch message 1",
            [alarmName, contributor, String(decisionNumber), String(ordinal), action, endpoint])
    }

    /// The key of a topic's daily summary to one endpoint; `day` is the calendar day in UTC that holds the time.
    package init(summaryOf topicARN: String, day: Timestamp, endpoint: String) {
        hex = hexDigest("trailwatch summary 1", [topicARN, CivilTime(day).dateText, endpoint])
    }

    /// The key of a topic's summary of a time away to one endpoint.
    package init(summaryOf topicARN: String, sentAt: Timestamp, endpoint: String) {
        hex = hexDigest("trailwatch summary of time away 1", [topicARN, String(sentAt.milliseconds), endpoint])
    }

    /// The key of a test message that a person sent to a topic.
    package init(testOf topicARN: String, sentAt: Timestamp, endpoint: String) {
        hex = hexDigest("trailwatch test 1", [topicARN, String(sentAt.milliseconds), endpoint])
    }

    /// The key of what a target of an event rule gets of an event.
    package init(rule: String, target: String, event: String, endpoint: String) {
        hex = hexDigest("trailwatch rule 1", [rule, target, event, endpoint])
    }

    /// The key of a question to confirm a subscription, or of the answer to its end.
    package init(handshake kind: String, of subscriptionARN: String, at time: Timestamp) {
        hex = hexDigest("trailwatch handshake 1", [kind, subscriptionARN, String(time.milliseconds)])
    }

    /// A key read back from a store; `nil` unless it is 64 lower-case hexadecimal digits.
    package init?(hex: String) {
        let digits = UInt8(ascii: "0")...UInt8(ascii: "9")
        let letters = UInt8(ascii: "a")...UInt8(ascii: "f")
        guard hex.utf8.count == 64, hex.utf8.allSatisfy({ digits.contains($0) || letters.contains($0) })
        else { return nil }
        self.hex = hex
    }

    /// A UUID of version 8 (RFC 9562) made of the key's first 16 bytes: SNS's `MessageId`.
    package var uuid: String {
        var characters = Array(hex.prefix(32))
        characters[12] = "8"
        let variant = (characters[16].hexDigitValue ?? 0) & 0x3 | 0x8
        characters[16] = Character(String(variant, radix: 16))
        let bounds = [0..<8, 8..<12, 12..<16, 16..<20, 20..<32]
        return bounds.map { String(characters[$0]) }.joined(separator: "-")
    }

    package var description: String { hex }
}

/// The identity of one stay in ALARM: equal for the ALARM and for what ends it.
///
/// 64 lower-case hexadecimal digits of a SHA-256; incident tools group messages by it.
package struct IncidentKey: Hashable, Sendable, Codable, CustomStringConvertible {
    package let hex: String

    package init(alarmName: String, contributor: String = "", enteredAlarm: Timestamp) {
        hex = hexDigest("trailwatch incident 1", [alarmName, contributor, String(enteredAlarm.milliseconds)])
    }

    package var description: String { hex }
}

/// SHA-256 over the length and bytes of each part, so that no two lists of parts give the same bytes.
private func hexDigest(_ kind: String, _ parts: [String]) -> String {
    var hash = SHA256()
    for part in [kind] + parts {
        let bytes = Array(part.utf8)
        hash.update(data: Array("\(bytes.count):".utf8))
        hash.update(data: bytes)
    }
    return hexText(hash.finalize())
}
