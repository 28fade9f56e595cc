import Foundation
import Logging
import TrailAlarms
import TrailModel
import TrailNotify
import TrailStore
import TrailTemplates

/// Messages of one decision that wait for their evidence.
struct DraftGroup: Sendable {
    /// The first of them; the others differ in who hears of it.
    let draft: MessageDraft
    fileprivate(set) var members: [(id: Int64, subscription: Subscription)]
}

/// Whom the messages of an incident have named.
private struct NamedNote: Codable {
    /// More names than these are not remembered: then nobody is new any more.
    static let namesMax = 10_000

    var incidentStart: Timestamp
    var names: Set<String>
    /// Counts the messages about newcomers, from 0.
    var messages: Int
    var toldAt: Timestamp

    static func name(of alarm: MetricAlarm) -> String { "named \(alarm.name) \(alarm.contributor?.id ?? "")" }
}

extension Engine {
    /// Between two messages about newcomers to one ALARM.
    private static let newEventsSeconds = 900.0
    /// Apart from the places of other messages of a decision, which are repetitions.
    private static let newEventsOrdinal = 1_000_000

    /// The messages that wait for their evidence, oldest first.
    func drafts(limit: Int) throws -> [DraftGroup] {
        var groups: [DraftGroup] = []
        for message in try store.drafts(limit: limit) {
            // One that cannot be read holds nobody else back.
            guard let draft = try? message.draft else {
                try giveUp(message)
                continue
            }
            if groups.last?.draft.sharesEvidence(with: draft) == true {
                groups[groups.count - 1].members.append((message.id, draft.subscription))
            } else {
                groups.append(DraftGroup(draft: draft, members: [(message.id, draft.subscription)]))
            }
        }
        return groups
    }

    private func giveUp(_ message: StoredMessage) throws {
        let reason = FailureReason.unreadable
        try store.recordAttempt(
            StoredAttempt(
                time: time.now(), state: OutboxMessage.State.dead.rawValue, reason: reason.rawValue, status: nil,
                latencyMilliseconds: 0),
            of: message.id, nextAttempt: nil,
            counters: [(StoreOutbox.failedCounter, "\(EndpointKind.http.rawValue) \(reason.rawValue)")])
        logger.error(
            "Gave a message up that cannot be read",
            metadata: ["message.key": "\(message.key)", "alarm": "\(message.alarmName)"])
    }

    /// Makes messages of drafts, with what was found; from then on they are due.
    ///
    /// A draft of which nothing is to be sent ends: an earlier version may have kept it.
    ///
    /// - Throws: What keeps the store from writing; the drafts stay.
    func finish(_ group: DraftGroup, _ finding: EvidenceFinder.Finding) throws {
        let draft = group.draft
        var finished: [(id: Int64, request: String)] = []
        var dropped: [Int64] = []
        for member in group.members {
            let notice = announcer.notice(
                of: draft.transition, ordinal: draft.ordinal, evidence: finding.evidence, to: member.subscription)
            if let message = try announcer.publisher.message(
                notice, to: member.subscription, createdAt: draft.createdAt)
            {
                finished.append((member.id, try StoredMessage(message).request))
            } else {
                dropped.append(member.id)
            }
        }
        try store.finish(finished, dropping: dropped, dueFrom: draft.createdAt, note: try note(of: draft, finding))
        onMessages()
    }

    /// Whom the message names, where newcomers are to be told of.
    private func note(
        of draft: MessageDraft, _ finding: EvidenceFinder.Finding
    ) throws -> (name: String, content: [UInt8])? {
        guard case .metric(let alarm) = draft.transition.alarm, alarm.notifiesNewEvents,
            draft.transition.to == .alarm, let began = draft.transition.incidentStart
        else { return nil }
        let name = NamedNote.name(of: alarm)
        var named: NamedNote =
            try noted(name) ?? NamedNote(incidentStart: began, names: [], messages: 0, toldAt: draft.createdAt)
        if named.incidentStart != began {
            named = NamedNote(incidentStart: began, names: [], messages: 0, toldAt: draft.createdAt)
        }
        named.names.formUnion(finding.names)
        return (name, try encoded(named))
    }

    /// The ALARMs whose newcomers may be told of now.
    func newEventsWatches(at now: Timestamp) throws -> [Evaluator.NewEventsWatch] {
        try evaluator.newEventsWatches(at: now) { alarm, began in
            guard let named: NamedNote = try noted(NamedNote.name(of: alarm)), named.incidentStart == began else {
                return false
            }
            return named.names.count < NamedNote.namesMax && now.seconds(since: named.toldAt) >= Self.newEventsSeconds
        }
    }

    /// Sends one more message of an ALARM when `finding` names somebody that no message of the incident has named.
    ///
    /// - Throws: What keeps the store from writing; then nothing is sent, and the next look finds the same.
    func tell(_ finding: EvidenceFinder.Finding, of watch: Evaluator.NewEventsWatch, at now: Timestamp) throws {
        let name = NamedNote.name(of: watch.alarm)
        guard var named: NamedNote = try noted(name), named.incidentStart == watch.incidentStart,
            let status = evaluator.status(of: watch)
        else { return }
        let newcomers = finding.names.subtracting(named.names).sorted()
        guard !newcomers.isEmpty else { return }
        var evidence = finding.evidence
        evidence.newNames = newcomers
        // The status is that of the watched incident.
        let transition = announcer.transition(ofLasting: watch.alarm, status, decision: status.decisionNumber)
        let announcement = try announcer.run(
            transition, at: now, mutes: evaluator.mutes.mutes, isPresentState: false,
            ordinal: Self.newEventsOrdinal + named.messages, evidence: evidence,
            subscriptions: evaluator.set.subscriptions, topics: evaluator.set.topics)
        named.names.formUnion(newcomers)
        named.messages += 1
        named.toldAt = now
        var record = EvaluationRecord()
        try record.take(announcement, decisionNumber: transition.decisionNumber)
        record.notes = [(name, try encoded(named))]
        try store.save(record)
        onMessages()
    }
}
