import TrailAlarms
import TrailModel
import TrailServer

extension BacktestReport {
    // MARK: JSON

    /// One object; `alarms` has what each did, and with a former set what changed.
    var json: JSONValue {
        let alarms: [JSONValue] =
            comparison.map { $0.alarms.map(json) }
            ?? now.alarms.map { alarm in
                .members([
                    ("name", .string(alarm.name)),
                    ("transitions", .array(alarm.decisions.map { $0.json(isReplay: isReplay) })),
                ])
            }
        return .members([
            ("alarms", .array(alarms)), ("decisions", .string(isReplay ? "arrivals" : "settled")),
            ("from", .optional((from ?? now.firstTraffic)?.rfc3339)), ("to", .string(now.end.rfc3339)),
            ("events", events.map { .integer(Int64($0.events)) }),
            ("files", events.map { .integer(Int64($0.files)) }),
            (
                "changes",
                comparison.map { comparison in
                    .members(
                        BacktestComparison.Change.allCases.map {
                            ($0.rawValue, .integer(Int64(comparison.count($0))))
                        })
                }
            ),
        ])
    }

    private func json(_ alarm: BacktestComparison.Alarm) -> JSONValue {
        func count(_ value: Int) -> JSONValue { .integer(Int64(value)) }
        func transitions(_ side: BacktestResult.Alarm?) -> JSONValue? {
            side.map { .array($0.decisions.map { $0.json(isReplay: isReplay) }) }
        }
        return .members([
            ("name", .string(alarm.name)), ("change", .string(alarm.change.rawValue)),
            ("firesNow", count(alarm.firesNow)), ("firedBefore", count(alarm.firesBefore)),
            ("new", count(alarm.added)), ("lost", count(alarm.lost)), ("earlier", count(alarm.earlier)),
            ("later", count(alarm.later)), ("transitions", transitions(alarm.now) ?? .array([])),
            ("transitionsBefore", transitions(alarm.before) ?? .array([])),
        ])
    }

    // MARK: Markdown

    /// A table of what changed and the time lines below it, as a comment on a pull request shows it.
    var markdown: String {
        var lines = ["### Backtest", ""]
        lines += headLines.filter { !$0.isEmpty }.flatMap { [Self.escaped($0), ""] }
        guard let comparison else {
            lines += ["| alarm | fires | last | transitions |", "| --- | --: | --- | --: |"]
            for alarm in now.alarms {
                let incidents = alarm.incidents(from: from)
                lines.append(
                    "| \(Self.code(alarm.name)) | \(incidents.count) | \(incidents.last?.text ?? "") "
                        + "| \(alarm.decisions.count) |")
            }
            return (lines + fenced(now.alarms.filter { !$0.timeline.isEmpty }.map { ($0.name, $0) }))
                .joined(separator: "\n")
        }
        let changed = comparison.alarms.filter { $0.change != .unchanged }
        guard !changed.isEmpty else { return (lines + ["No alarm does anything else."]).joined(separator: "\n") }
        lines += ["| alarm | change | before | now | first difference |", "| --- | --- | --: | --: | --- |"]
        for alarm in changed {
            lines.append(
                "| \(Self.code(alarm.name)) | \(alarm.change.words) | \(alarm.firesBefore) | \(alarm.firesNow) "
                    + "| \(Self.escaped(differences(of: alarm).first ?? "")) |")
        }
        let rows = changed.flatMap { alarm in
            [("\(alarm.name) before", alarm.before), ("\(alarm.name) now", alarm.now)]
        }
        return (lines + fenced(rows)).joined(separator: "\n")
    }

    private func fenced(_ rows: [(name: String, alarm: BacktestResult.Alarm?)]) -> [String] {
        guard !rows.isEmpty else { return [] }
        let width = rows.map(\.name.count).max() ?? 0
        func padded(_ name: String) -> String { name + String(repeating: " ", count: width - name.count + 2) }
        return ["", "<details><summary>Time lines</summary>", "", "```text", padded("") + line.scale()]
            + rows.map {
                padded($0.name) + ($0.alarm.map { line.line($0.timeline, from: $0.initialState) } ?? "not there")
            }
            + ["\(TimeLine.legend)   one character = \(durationText(seconds: line.cellSeconds)), UTC"]
            + ["```", "", "</details>"]
    }

    /// Text in a table's cell that GitHub shows as it is.
    static func escaped(_ text: String) -> String {
        text.reduce(into: "") { text, character in
            switch character {
            case "|", "*", "_", "`", "[", "]", "\\": text += "\\\(character)"
            case "<": text += "&lt;"
            case ">": text += "&gt;"
            case "&": text += "&amp;"
            case _ where character.isNewline: text += " "
            default: text.append(character)
            }
        }
    }

    /// A name in a table's cell, which may hold any character.
    static func code(_ text: String) -> String {
        text.contains("`") || text.contains("|") ? escaped(text) : "`\(text)`"
    }
}

extension Decision {
    /// A replay says how and when the transition was taken, too.
    fileprivate func json(isReplay: Bool) -> JSONValue {
        .members([
            ("time", .string(windowEnd.rfc3339)), ("from", .string(from.rawValue)), ("to", .string(to.rawValue)),
            ("reason", .string(reason)), ("late", .bool(isLate)),
            ("kind", isReplay ? .string(kind.rawValue) : nil),
            ("decidedAt", isReplay ? .string(decidedAt.rfc3339Milliseconds) : nil),
            ("missed", isReplay && isMissedAlarm ? .bool(true) : nil),
        ])
    }
}
