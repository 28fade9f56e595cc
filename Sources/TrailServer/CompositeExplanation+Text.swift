import TrailAlarms
package import TrailModel

extension CompositeExplanation {
    private var shownState: AlarmState { recordedState ?? stateNow }

    /// Lines for people.
    package var text: String {
        let head =
            recordedState.map { state in
                state == stateNow
                    ? state.rawValue
                    : "\(state.rawValue), as recorded; \(stateNow.rawValue) by its children's windows as known now"
            } ?? "not recorded yet; \(stateNow.rawValue) by its children's windows as known now"
        var lines = [
            "\(alarm.name) at \(time.rfc3339): \(head)",
            alarm.location.file.isEmpty
                ? alarm.ruleText : "\(alarm.ruleText); \(alarm.location.file):\(alarm.location.line)", "",
        ]
        let width = children.map(\.name.count).max() ?? 0
        for child in children {
            var words = [recordedState == nil ? child.now.rawValue : child.recorded.rawValue]
            if recordedState != nil {
                if let since = child.since { words[0] += " since \(since.rfc3339)" }
                if child.now != child.recorded { words.append("by its windows, as known now, \(child.now.rawValue)") }
            }
            if child.isDecisive { words.append("decided") }
            let gap = String(repeating: " ", count: width - child.name.count)
            lines.append("  \(child.name)\(gap)  \(words.joined(separator: ", "))")
        }
        lines += ["", "rule"] + terms.map(\.line)
        lines += ["", "verdict   \(shownState.rawValue): the rule is \(shownState == .alarm ? "true" : "false")"]
        lines.append("nearest   \(flipText)")
        lines.append("")
        if let since { lines.append("decided   \(since.rfc3339): \(recordedState?.rawValue ?? "")") }
        if let reason { lines.append("          \(reason)") }
        if let suppressor = alarm.suppressor {
            lines.append("suppress  \(suppressionText(suppressor))")
        }
        if silence == nil { lines += mutes.map { "muted     by \($0.text)" } }
        lines += messages.map { "sent      \($0.line)" } + summaries.flatMap(\.lines)
        if messages.isEmpty {
            lines += actions.map { "action    \($0)" }
            if !actions.isEmpty { lines.append("          no message about it is kept") }
        }
        if let silence { lines.append("sent      nothing: \(silence)") }
        if !notes.isEmpty { lines += ["", "notes"] + notes.map { "  \($0)" } }
        return lines.joined(separator: "\n")
    }

    private var flipText: String {
        guard let flip = flips.first else { return "No change of one child's state would have led to another state." }
        let end = shownState == .alarm ? AlarmState.ok : .alarm
        let others =
            flips.count > 1
            ? " So would another state of \(flips.dropFirst().map(\.name).joined(separator: ", "))." : ""
        return
            "\(flip.name) in \(flip.to.rawValue) instead of \(flip.from.rawValue) would have made it \(end.rawValue).\(others)"
    }

    private func suppressionText(_ suppressor: ActionsSuppressor) -> String {
        let state = "\(suppressor.alarm.name) is \(suppressorState?.rawValue ?? "unknown")"
        guard let phase, let phaseSince else { return "nothing is held back; \(state)" }
        let end = phaseEnd.map { ", until \($0.rfc3339) at the latest" } ?? ""
        return "actions are held back by \(phase) since \(phaseSince.rfc3339)\(end); \(state)"
    }

    /// All of it for programs; times are RFC 3339.
    package var json: JSONValue {
        .members([
            ("alarm", .string(alarm.name)), ("time", .string(time.rfc3339)), ("rule", .string(alarm.ruleText)),
            ("state", .optional(recordedState?.rawValue)), ("stateNow", .string(stateNow.rawValue)),
            ("since", .optional(since?.rfc3339Milliseconds)), ("reason", .optional(reason)),
            (
                "children",
                .array(
                    children.map { child in
                        .members([
                            ("name", .string(child.name)), ("state", .string(child.recorded.rawValue)),
                            ("since", .optional(child.since?.rfc3339Milliseconds)),
                            ("stateNow", .string(child.now.rawValue)), ("decisive", .bool(child.isDecisive)),
                        ])
                    })
            ),
            ("terms", .array(terms.map(\.json))),
            (
                "nearestChanges",
                .array(
                    flips.map { flip in
                        .members([
                            ("name", .string(flip.name)), ("from", .string(flip.from.rawValue)),
                            ("to", .string(flip.to.rawValue)),
                        ])
                    })
            ),
            ("suppressor", .optional(alarm.suppressor?.alarm.name)),
            ("suppressorState", .optional(suppressorState?.rawValue)), ("actionsSuppressedBy", .optional(phase)),
            ("suppressedSince", .optional(phaseSince?.rfc3339Milliseconds)),
            ("suppressedUntil", .optional(phaseEnd?.rfc3339Milliseconds)),
            ("actions", .array(actions.map { .string($0) })), ("messages", .array(messages.map(\.json))),
            ("summaries", .array(summaries.map(\.json))), ("mutes", .array(mutes.map(\.json))),
            ("silence", .optional(silence)),
            ("notes", .array(notes.map { .string($0) })),
        ])
    }
}

extension AlarmRule.Term {
    fileprivate var line: String {
        let indent = String(repeating: "  ", count: depth + 1)
        let count = met.map { " (\($0) are, \(required ?? 0) wanted)" } ?? ""
        return "\(indent)\(value ? "true " : "false")  \(text)\(count)"
    }

    fileprivate var json: JSONValue {
        .members([
            ("depth", .integer(Int64(depth))), ("term", .string(text)), ("value", .bool(value)),
            ("met", met.map { .integer(Int64($0)) } ?? .null),
            ("required", required.map { .integer(Int64($0)) } ?? .null),
        ])
    }
}
