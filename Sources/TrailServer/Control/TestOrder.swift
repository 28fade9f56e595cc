import Foundation
import Logging
import TrailAlarms
import TrailModel
import TrailNotify
import TrailStore
import TrailTemplates

/// Whom somebody wants to be sent a test.
package struct TestOrder: Equatable, Sendable, Codable {
    /// A topic or an alarm, by name or ARN.
    package let target: String
    package let who: String

    package init(target: String, who: String) {
        self.target = target
        self.who = who
    }
}

/// The tests that wait in the outbox now.
package struct QueuedTests: Equatable, Sendable, Codable {
    package struct Message: Equatable, Sendable, Codable {
        package let key: String
        package let topicARN: String
        package let subscriptionARN: String
        package let endpointKind: String
    }

    package let messages: [Message]
    /// What the sender should know, one sentence each.
    package let notes: [String]
}

extension Engine {
    /// Puts a test into the outbox for each subscription that would hear of the target.
    ///
    /// Mutes do not withhold it, and no alarm's state or history changes.
    /// - Throws: ``InputError`` for a target that is not there or reaches nobody; what keeps the store from writing.
    func sendTest(_ order: TestOrder) throws -> QueuedTests {
        let tests = try tests(order, at: time.now())
        try send(tests.messages)
        return QueuedTests(
            messages: tests.messages.map {
                QueuedTests.Message(
                    key: $0.messageKey.hex, topicARN: $0.topicARN, subscriptionARN: $0.subscriptionARN,
                    endpointKind: $0.endpointKind.rawValue)
            }, notes: tests.notes)
    }

    /// Sends the tests that were ordered while no server ran.
    ///
    /// - Throws: What keeps the store from reading or writing; then they wait for the next start.
    func sendOrderedTests() throws {
        let orders: [TestOrder] = try noted(IdleOutbox.testsNote) ?? []
        guard !orders.isEmpty else { return }
        var messages: [OutboxMessage] = []
        for order in orders {
            do {
                messages += try tests(order, at: time.now()).messages
            } catch let error as InputError {
                logger.warning("Could not send a test", metadata: ["reason": "\(error)", "who": "\(order.who)"])
            }
        }
        try send(messages, note: (IdleOutbox.testsNote, try encoded([TestOrder]())))
    }

    private func send(_ messages: [OutboxMessage], note: (name: String, content: [UInt8])? = nil) throws {
        var record = EvaluationRecord()
        record.messages = try messages.map(StoredMessage.init)
        if let note { record.notes = [note] }
        try store.save(record)
        for message in messages {
            logger.notice(
                "Sending a test",
                metadata: ["message.key": "\(message.messageKey)", "subscription.arn": "\(message.subscriptionARN)"])
        }
        onMessages()
    }

    private func tests(_ order: TestOrder, at now: Timestamp) throws -> (messages: [OutboxMessage], notes: [String]) {
        let target = try testTarget(order.target)
        var notes: [String] = []
        if let alarm = target.alarm, !alarm.actionsEnabled {
            notes.append("the alarm '\(alarm.name)' itself tells nobody: its ActionsEnabled is false")
        }
        var messages: [OutboxMessage] = []
        for topic in target.topics {
            let hearers = evaluator.set.subscriptions.filter { $0.topicARN == topic }
            messages += try announcer.tests(of: target.alarm, topic: topic, to: hearers, by: order.who, at: now)
            let others = hearers.filter { !$0.isDeliverable }.map(\.protocolName)
            if hearers.isEmpty {
                notes.append("the topic \(topic) has no subscription")
            } else if !others.isEmpty {
                let count = others.count == 1 ? "a subscription" : "\(others.count) subscriptions"
                let protocols = Set(others).sorted().joined(separator: ", ")
                notes.append("the topic \(topic) has \(count) that nothing is delivered to: \(protocols)")
            }
        }
        guard !messages.isEmpty else {
            throw InputError("nobody hears of '\(order.target)': \(notes.joined(separator: "; "))")
        }
        return (messages, notes)
    }

    /// The topics that a test goes to, in the place of which alarm.
    private func testTarget(_ text: String) throws(InputError) -> (alarm: AnnouncedAlarm?, topics: [String]) {
        let alarms =
            evaluator.alarms.map { AnnouncedAlarm.metric($0.alarm.machine.definition) }
            + evaluator.composites.map { AnnouncedAlarm.composite($0.definition, triggering: []) }
        let topics = evaluator.set.topics.map(\.arn)
        let namedTopics = topics.filter { $0 == text || topicName($0) == text }
        let alarm = alarms.first { alarm in
            alarm.name == text
                || AlarmTransition.arn(
                    ofAlarm: alarm.name, accountID: announcer.accountID, region: announcer.region) == text
        }
        guard let alarm else {
            guard let topic = namedTopics.first else {
                let names = Set(alarms.map(\.name) + topics.map(topicName))
                throw InputError("there is no topic or alarm '\(text)'\(suggestion(for: text, among: names))")
            }
            guard namedTopics.count == 1 else {
                throw InputError("more than one topic has the name '\(text)'; want an ARN")
            }
            return (nil, [topic])
        }
        guard namedTopics.isEmpty else {
            throw InputError("'\(text)' is a topic and an alarm; want the ARN of one of them")
        }
        let actions = alarm.actions(for: .alarm)
        let loaded = topics.filter { actions.contains($0) }
        guard !loaded.isEmpty else {
            throw InputError(
                "nobody hears of '\(text)': no action of the alarm for ALARM is a topic of the alarm files")
        }
        return (alarm, loaded)
    }

    private func topicName(_ arn: String) -> String { arn.split(separator: ":").last.map(String.init) ?? arn }
}

extension Announcer {
    /// A test for each of the subscriptions that messages are delivered to.
    fileprivate func tests(
        of alarm: AnnouncedAlarm?, topic: String, to subscriptions: [Subscription], by who: String, at now: Timestamp
    ) throws(SigningError) -> [OutboxMessage] {
        try publish(to: subscriptions, at: now) { subscription in
            Notice(
                TestMessage(
                    topicARN: topic, alarm: alarm.map { TestMessage.Alarm(name: $0.name, severity: $0.severity) },
                    sentAt: now, sentBy: who, accountID: accountID, region: region,
                    messageKey: MessageKey(testOf: topic, sentAt: now, endpoint: subscription.arn),
                    url: alarm.map { publisher.links.page(ofAlarm: $0.name) } ?? consoleURL,
                    accountNames: accountNames.byID))
        }
    }
}

extension IdleOutbox {
    /// Tests that were ordered while no server ran.
    static let testsNote = "ordered tests"
    /// More are not kept.
    static let testsMax = 100

    /// Keeps a test for the next server, which knows who hears of what.
    ///
    /// - Throws: ``InputError`` when too many wait; ``StoreError`` for a store in use.
    package static func order(_ test: TestOrder, directory: String) throws {
        _ = try StoreReader(directory: directory)
        let store = try Store(directory: directory)
        let kept = try store.note(named: testsNote).flatMap { content in
            try? JSONDecoder().decode([TestOrder].self, from: Data(content))
        }
        let orders = kept ?? []
        guard orders.count < testsMax else {
            throw InputError("cannot keep more than \(testsMax) tests for the next server; start it first")
        }
        try store.saveNote(Array(try JSONEncoder().encode(orders + [test])), named: testsNote)
    }
}
