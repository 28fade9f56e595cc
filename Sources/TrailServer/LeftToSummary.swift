import Foundation
package import TrailAlarms
import TrailModel
import TrailNotify
package import TrailStore

/// An action that was left to a summary, and what became of that.
package struct LeftToSummary: Sendable {
    package let topicARN: String
    package let place: SummaryPlace
    /// True until the summary is made.
    package let isWaiting: Bool
    /// Those of the summary that are still kept.
    package let messages: [SentMessage]

    /// Lines for people.
    var lines: [String] {
        if isWaiting {
            let when =
                switch place {
                case .day: "that day is over in UTC"
                case .timeAway: "all is caught up"
                }
            return ["sent      not yet: left to \(place.text) to \(topicName(topicARN)), which is made when \(when)"]
        }
        guard !messages.isEmpty else {
            return ["sent      left to \(place.text) to \(topicName(topicARN)), of which no message is kept"]
        }
        return messages.map { "sent      in \(place.text) \($0.line)" }
    }

    var json: JSONValue {
        var day: Timestamp?
        if case .day(let start) = place { day = start }
        return .members([
            ("topicArn", .string(topicARN)), ("day", .optional(day.map { CivilTime($0).dateText })),
            ("sent", .bool(!isWaiting)), ("messages", .array(messages.map(\.json))),
        ])
    }
}

/// The last part of a topic's ARN.
func topicName(_ arn: String) -> String { arn.split(separator: ":").last.map(String.init) ?? arn }

extension Explainer {
    private struct ActionDocument: Decodable {
        let notificationResource: String
        /// In milliseconds.
        let stateUpdateTimestamp: Int64
    }

    /// What became of those actions of an alarm that were left to summaries.
    func summaries(of actions: [AlarmHistoryItem]) throws -> [LeftToSummary] {
        try actions.compactMap { item in
            guard let place = item.summaryPlace,
                let action = try? JSONDecoder().decode(ActionDocument.self, from: Data(item.data.utf8))
            else { return nil }
            let topic = action.notificationResource
            let isWaiting = try reader.summarised(of: item.alarmName).contains { key, transition in
                key.topicARN == topic && transition.contributor == item.contributor
                    && transition.decidedAt.milliseconds == action.stateUpdateTimestamp
            }
            let messages = try isWaiting ? [] : self.messages(of: place, topic, after: item.timestamp)
            return LeftToSummary(topicARN: topic, place: place, isWaiting: isWaiting, messages: messages)
        }
    }

    /// The messages of a summary, as their keys tell.
    private func messages(
        of place: SummaryPlace, _ topic: String, after time: Timestamp
    ) throws -> [SentMessage] {
        let all = try reader.messages(
            of: Notice.summaryName, created: time..<StoredMessage.draftTime
        ).filter { $0.topicARN == topic }
        switch place {
        case .day(let day):
            return all.filter { $0.key == MessageKey(summaryOf: topic, day: day, endpoint: $0.subscriptionARN).hex }
        case .timeAway:
            let own = all.filter {
                $0.key == MessageKey(summaryOf: topic, sentAt: $0.createdAt, endpoint: $0.subscriptionARN).hex
            }
            return own.filter { $0.createdAt == own.first?.createdAt }
        }
    }
}
