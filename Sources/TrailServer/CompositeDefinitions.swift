import Foundation
import TrailAlarms
import TrailModel
import TrailStore

/// The definitions of a composite alarm over time, from its lines of history.
struct CompositeDefinitions {
    /// One, from a time on.
    struct Version {
        let since: Timestamp
        /// `nil` from its removal on.
        let alarm: CompositeAlarm?
        /// As it was before an update, where that line tells.
        let before: CompositeAlarm?
    }

    private struct Fields: Decodable {
        var alarmDescription: String?
        var alarmRule: String?
        var actionsSuppressor: String?
        var actionsSuppressorWaitPeriod: Int?
        var actionsSuppressorExtensionPeriod: Int?
        var actionsEnabled: Bool?
        var alarmActions: [String]?
        var insufficientDataActions: [String]?
        var okactions: [String]?

        /// These, and in place of some their former values.
        func replaced(by old: Fields) -> Fields {
            var fields = self
            fields.alarmDescription = old.alarmDescription ?? alarmDescription
            fields.alarmRule = old.alarmRule ?? alarmRule
            fields.actionsSuppressor = old.actionsSuppressor ?? actionsSuppressor
            fields.actionsSuppressorWaitPeriod = old.actionsSuppressorWaitPeriod ?? actionsSuppressorWaitPeriod
            fields.actionsSuppressorExtensionPeriod =
                old.actionsSuppressorExtensionPeriod ?? actionsSuppressorExtensionPeriod
            fields.actionsEnabled = old.actionsEnabled ?? actionsEnabled
            fields.alarmActions = old.alarmActions ?? alarmActions
            fields.insufficientDataActions = old.insufficientDataActions ?? insufficientDataActions
            fields.okactions = old.okactions ?? okactions
            return fields
        }

        func alarm(_ name: String) -> CompositeAlarm? {
            let suppressor = actionsSuppressor.map { text in
                ActionsSuppressor(
                    alarm: AlarmReference(text), waitPeriodSeconds: actionsSuppressorWaitPeriod ?? 0,
                    extensionPeriodSeconds: actionsSuppressorExtensionPeriod ?? 0)
            }
            return alarmRule.flatMap { rule in
                try? CompositeAlarm(
                    name: name, alarmDescription: alarmDescription, actionsEnabled: actionsEnabled ?? true,
                    okActions: okactions ?? [], alarmActions: alarmActions ?? [],
                    insufficientDataActions: insufficientDataActions ?? [], ruleText: rule, suppressor: suppressor,
                    location: SourceLocation(file: ""))
            }
        }
    }

    private struct Document: Decodable {
        let createdAlarm: Fields?
        let updatedAlarm: Fields?
        let originalUpdatedFields: Fields?
        let deletedAlarm: Fields?
    }

    /// Oldest first.
    let versions: [Version]
    private let current: CompositeAlarm?
    /// As it was when it was removed, by the time of that.
    private let last: (time: Timestamp, alarm: CompositeAlarm)?

    /// Reads the lines of configuration of the alarm `name`; `current` is how it is defined now.
    init(_ name: String, _ lines: [AlarmHistoryItem], current: CompositeAlarm?) {
        self.current = current
        var last: (time: Timestamp, alarm: CompositeAlarm)?
        versions = lines.filter { $0.alarmType == .composite }.compactMap { line in
            guard let document = try? JSONDecoder().decode(Document.self, from: Data(line.data.utf8)) else {
                return nil
            }
            if let gone = document.deletedAlarm {
                last = gone.alarm(name).map { (line.timestamp, $0) } ?? last
                return Version(since: line.timestamp, alarm: nil, before: gone.alarm(name))
            }
            let updated = document.updatedAlarm
            guard let alarm = (updated ?? document.createdAlarm)?.alarm(name) else { return nil }
            let before = document.originalUpdatedFields.flatMap { updated?.replaced(by: $0).alarm(name) }
            return Version(since: line.timestamp, alarm: alarm, before: before)
        }
        self.last = last
    }

    /// When it was removed; `nil` while it is there.
    var removedAt: Timestamp? { current == nil ? last?.time : nil }

    /// The definition that was in force at `time`, and what came after it; the first one for times before all.
    ///
    /// - Returns: Nothing for a time at which it was removed, or when nothing is known.
    func definition(at time: Timestamp) -> (alarm: CompositeAlarm, next: Version?)? {
        let next = versions.first { $0.since > time }
        guard let version = versions.last(where: { $0.since <= time }) else {
            guard let alarm = next?.before ?? next?.alarm ?? current else { return nil }
            return (alarm, next?.before == nil ? nil : next)
        }
        if next == nil, let current { return (current, nil) }
        return version.alarm.map { ($0, next) }
    }
}
