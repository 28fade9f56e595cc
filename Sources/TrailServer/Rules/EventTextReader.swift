import TrailCounts
import TrailEvents
import TrailModel
import TrailNotify
import TrailPatterns
import TrailTemplates

/// Reads what people are told of an event, of what a target of a rule gets.
///
/// Of nothing else: whoever writes an `InputTransformer` decides what of an event is told.
struct EventTextReader {
    /// The most lines that are made of JSON of another kind, or of a text.
    static let plainLinesMax = 8
    private static let descriptionLinesMax = 2
    /// A longer text is no title.
    private static let titleMax = 150

    let rule: EventRule
    let accountNames: AccountNames

    func read(_ document: String) -> Notice.EventText {
        guard let json = JSONText(document) else { return plain(document, .text, texts(of: document)) }
        switch json.kind {
        case .string: return plain(document, .value, lines(json.text))
        case .object: break
        default: return flattened(document, .value, json)
        }
        if let type = json.text("detail-type"), let detail = json.text("detail") {
            if let call = CallFacts(record: detail) { return told(document, call) }
            if let name = json.text("detail", "alarmName") { return told(document, alarm: name, type, json) }
            return told(document, type, json, JSONText(detail))
        }
        if let call = CallFacts(record: document) { return told(document, call) }
        return flattened(document, .object, json)
    }

    // MARK: Events

    private func told(_ document: String, _ call: CallFacts) -> Notice.EventText {
        let event = call.facts.example
        var who = event.principal
        if !call.arn.isEmpty, call.arn != who { who += ", \(call.arn)" }
        // A role's session seldom has it, and its name says more.
        if let isMFA = event.isMFA, call.facts.principal.type != "AssumedRole" {
            who += isMFA ? ", with MFA" : ", without MFA"
        }
        let isCoded = !event.errorCode.isEmpty && event.errorCode != Activity.noErrorCode
        let error = [isCoded ? event.errorCode : "", event.errorMessage].filter { !$0.isEmpty }
            .joined(separator: ": ")
        var title = "EVENT: \(event.eventName) by \(event.principal)"
        if !event.region.isEmpty { title += " in \(event.region)" }
        if !event.errorCode.isEmpty { title += isCoded ? " failed (\(event.errorCode))" : " failed" }
        let what = "\(event.eventName) at \(event.eventSource)" + (error.isEmpty ? "" : "; error: \(error)")
        return text(
            document, .object, title: title, account: event.accountID, region: event.region,
            head + [
                ("Who", who), ("From", event.sourceIPAddress), ("What", what),
                ("On", call.resources.prefix(3).joined(separator: ", ")), ("When", call.time),
            ], id: event.eventID)
    }

    /// An event about an alarm.
    private func told(_ document: String, alarm name: String, _ type: String, _ json: JSONText) -> Notice.EventText {
        let state = json.text("detail", "state", "value") ?? ""
        let former = json.text("detail", "previousState", "value")
        let change = former.map { "\($0) -> \(state)" } ?? state
        var title = "EVENT: \"\(name)\""
        if let operation = json.text("detail", "operation") {
            title += " \(["create": "created", "update": "updated", "delete": "deleted"][operation] ?? operation)"
        } else {
            title += " \(former == nil ? "is " : "")\(change)"
        }
        let region = json.text("region") ?? ""
        if !region.isEmpty { title += " in \(region)" }
        return text(
            document, .object, title: title, account: json.text("account") ?? "", region: region,
            head + [
                ("State", change), ("Contributor", json.text("detail", "alarmContributor", "attributes") ?? ""),
                ("Reason", json.text("detail", "state", "reason") ?? ""), ("What", type),
                ("When", json.text("time") ?? ""),
            ], id: json.text("id") ?? "")
    }

    /// Any other event in its envelope.
    private func told(_ document: String, _ type: String, _ json: JSONText, _ detail: JSONText?) -> Notice.EventText {
        let region = json.text("region") ?? ""
        let leaves = detail?.leaves(max: Self.plainLinesMax - 2) ?? []
        return text(
            document, .object, title: "EVENT: \(type)" + (region.isEmpty ? "" : " in \(region)"),
            account: json.text("account") ?? "", region: region,
            head + leaves.map { ("", "\($0.path): \($0.text)") } + [("When", json.text("time") ?? "")],
            id: json.text("id") ?? "")
    }

    /// The rule's description, and how much its events matter.
    private var head: [(String, String)] {
        lines(rule.description ?? "").prefix(Self.descriptionLinesMax).map { ("", $0) }
            + [("Severity", rule.severity ?? "")]
    }

    private func text(
        _ document: String, _ kind: Notice.DocumentKind, title: String, account: String, region: String,
        _ lines: [(String, String)], id: String
    ) -> Notice.EventText {
        let place = [account.isEmpty ? "" : accountNames.text(account), region].filter { !$0.isEmpty }
            .joined(separator: ", ")
        let all = lines + [("Account", place), ("Rule", rule.name), ("Event", id)]
        return Notice.EventText(
            document: document, kind: kind, source: [account, region].filter { !$0.isEmpty }.joined(separator: " "),
            title: oneLine(title), lines: all.filter { !$0.1.isEmpty }.map { .init($0.0, oneLine($0.1)) })
    }

    // MARK: Texts

    /// A text that is made for people: its first line is the title, if it is short.
    private func plain(
        _ document: String, _ kind: Notice.DocumentKind, _ texts: [String]
    ) -> Notice.EventText {
        var rest = texts.prefix(Self.plainLinesMax)
        var title = "rule \"\(rule.name)\""
        if let first = rest.first, first.unicodeScalars.count <= Self.titleMax {
            title = first
            rest = rest.dropFirst()
        }
        return text(
            document, kind, title: "EVENT: \(title)", account: "", region: "",
            rest.map { ("", $0) } + [("Severity", rule.severity ?? "")], id: "")
    }

    private func flattened(
        _ document: String, _ kind: Notice.DocumentKind, _ json: JSONText
    ) -> Notice.EventText {
        text(
            document, kind, title: "EVENT: rule \"\(rule.name)\"", account: "", region: "",
            json.leaves(max: Self.plainLinesMax).map { ("", $0.path.isEmpty ? $0.text : "\($0.path): \($0.text)") }
                + [("Severity", rule.severity ?? "")], id: "")
    }

    /// The texts in quotes, one a line, that a template may be; the lines themselves if they are something else.
    private func texts(of document: String) -> [String] {
        let written = lines(document)
        let quoted = written.prefix(Self.plainLinesMax).map { line in
            JSONText(line).flatMap { $0.kind == .string ? $0.text : nil }
        }
        let texts = quoted.compactMap(\.self)
        return texts.count == quoted.count ? texts.flatMap(lines) : written
    }

    /// The lines of a text that have something in them, as many as are shown at most.
    private func lines(_ text: String) -> [String] {
        text.split(maxSplits: 4 * Self.plainLinesMax, whereSeparator: \.isNewline)
            .filter { !$0.allSatisfy(\.isWhitespace) }.prefix(Self.plainLinesMax).map { oneLine($0) }
    }
}

/// What is told of a CloudTrail record.
private struct CallFacts {
    let facts: EventFacts
    /// Of who acted.
    let arn: String
    /// `eventTime`.
    let time: String
    /// What the call acts on.
    let resources: [String]

    /// `nil` for what is no record of CloudTrail.
    init?(record text: String) {
        let fields = RecordFields.all
        var scanner = RecordScanner(fields.table)
        var found: CallFacts?
        try? scanner.scan(record: LogText(text)) { record in
            guard record.string(.eventName)?.isEmpty == false, record.string(.eventSource)?.isEmpty == false,
                let time = record.string(.eventTime)
            else { return }
            found = CallFacts(
                facts: fields.facts.facts(record, time: Timestamp(seconds: 0)),
                arn: record.string(.userIdentityARN) ?? "", time: time, resources: fields.terms.resources(of: record))
        }
        guard let found else { return nil }
        self = found
    }

    private init(facts: EventFacts, arn: String, time: String, resources: [String]) {
        self.facts = facts
        self.arn = arn
        self.time = time
        self.resources = resources
    }
}

/// The fields of a record that are told.
private struct RecordFields: Sendable {
    static let all = RecordFields()

    let table: FieldTable
    let facts: EventFactsReader
    let terms: EventTerms

    private init() {
        var table = FieldTable()
        facts = EventFactsReader(into: &table)
        terms = EventTerms(into: &table)
        self.table = table
    }
}
