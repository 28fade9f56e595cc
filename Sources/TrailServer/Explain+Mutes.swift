import TrailAlarms
package import TrailModel
import TrailStore
import TrailTemplates

/// What withheld the actions of an alarm at some time.
package struct MuteExplanation: Equatable, Sendable {
    /// The name of a user, or `rule NAME`.
    package let who: String
    package let since: Timestamp?
    package let until: Timestamp?
    /// When somebody ended it before that.
    package let ended: Timestamp?
    package let reason: String

    package var text: String {
        let from = since.map { " from \($0.rfc3339)" } ?? ""
        let end = until.map { " until \($0.rfc3339)" } ?? ""
        let stop =
            ended.flatMap { ended in until.map { ended < $0 } ?? false ? ", ended at \(ended.rfc3339)" : nil } ?? ""
        return "\(who)\(from)\(end)\(stop)\(reason.isEmpty ? "" : " (\(reason))")"
    }

    var json: JSONValue {
        .members([
            ("who", .string(who)), ("since", .optional(since?.rfc3339)), ("until", .optional(until?.rfc3339)),
            ("ended", .optional(ended?.rfc3339)), ("reason", .string(reason)),
        ])
    }
}

extension Explainer {
    /// What muted an alarm at `time`: people, then the rules of the alarm files as they were loaded last.
    func mutes(of alarm: String, at time: Timestamp) throws -> [MuteExplanation] {
        let people = try reader.mutes(of: alarm, at: time).map { mute, ended in
            MuteExplanation(
                who: mute.who, since: mute.since, until: mute.until, ended: ended, reason: mute.reason)
        }
        return try people
            + muteRules().filter { $0.alarmNames.contains(alarm) && $0.isMuted(at: time) }.map { rule in
                MuteExplanation(
                    who: "rule \(rule.name)", since: nil, until: rule.nextChange(after: time), ended: nil,
                    reason: rule.muteDescription ?? "")
            }
    }

    private func muteRules() throws -> [MuteRule] {
        let files = try reader.alarmFiles()
        guard !files.isEmpty else { return [] }
        return TemplateLoader(settings: TemplateSettings()).load(AlarmFiles.documents(files)).0.muteRules
    }
}
