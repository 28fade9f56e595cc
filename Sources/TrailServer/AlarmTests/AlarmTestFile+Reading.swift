import TrailAlarms
import TrailModel
package import TrailTemplates

extension AlarmTestFile {
    static let eventsMax = 200_000
    /// Where time lines begin that do not say it.
    static let standardStart = Timestamp(seconds: 1_767_225_600)

    /// Reads the tree of a test file.
    ///
    /// - Throws: The first thing that is wrong with it, with its place.
    package init(_ document: TemplateDocument) throws(AlarmTestFault) {
        if let fault = document.diagnostics.first(where: { $0.severity == .error }) { throw AlarmTestFault(fault) }
        guard let root = document.root else {
            throw AlarmTestFault("cannot read the file: it is empty", at: SourceLocation(file: document.file))
        }
        let reader = TestReader()
        try reader.check(root, "a file of tests", ["alarm_files", "parameters", "tests"])
        path = document.file
        alarmFiles = try reader.list(root, "alarm_files").map { (node) throws(AlarmTestFault) in try reader.text(node) }
        guard !alarmFiles.isEmpty else {
            throw AlarmTestFault("cannot test nothing: want a list alarm_files", at: root.location)
        }
        let parameters = try reader.parameters(root)
        var cases: [Case] = []
        for node in try reader.list(root, "tests") { cases.append(try reader.testCase(node, parameters)) }
        guard !cases.isEmpty else { throw AlarmTestFault("cannot test nothing: want a list tests", at: root.location) }
        self.cases = cases
    }
}

/// Reads the parts of a test file.
private struct TestReader {
    func testCase(
        _ node: TemplateNode, _ shared: [String: String]
    ) throws(AlarmTestFault) -> AlarmTestFile.Case {
        try check(
            node, "a test", ["name", "interval", "start", "parameters", "input_series", "events", "alarm_tests"])
        let start =
            try node["start"].map { (node) throws(AlarmTestFault) in
                guard let time = Timestamp(rfc3339: try text(node)), time.milliseconds % 60_000 == 0 else {
                    throw AlarmTestFault(
                        "cannot read the start: got '\(try text(node))'; want a whole minute in RFC 3339",
                        at: node.location)
                }
                return time
            } ?? AlarmTestFile.standardStart
        let interval =
            try node["interval"].map { (node) throws(AlarmTestFault) -> Int64 in
                let seconds = try duration(node)
                guard seconds > 0, seconds % 60 == 0 else {
                    throw AlarmTestFault("cannot read the interval: want a multiple of 1m", at: node.location)
                }
                return seconds
            } ?? 60
        var series: [AlarmTestFile.Series] = []
        for entry in try list(node, "input_series") { series.append(try self.series(entry, start, interval)) }
        var events: [AlarmTestFile.Event] = []
        for entry in try list(node, "events") {
            events += try self.events(entry, start, first: events.count)
            guard events.count <= AlarmTestFile.eventsMax else {
                throw AlarmTestFault(
                    "cannot take so many events: got more than \(AlarmTestFile.eventsMax); want fewer",
                    at: entry.location)
            }
        }
        var checks: [AlarmTestFile.Check] = []
        for entry in try list(node, "alarm_tests") { checks.append(try self.check(entry, start)) }
        guard !checks.isEmpty else {
            throw AlarmTestFault("cannot test nothing: want a list alarm_tests in the test", at: node.location)
        }
        return AlarmTestFile.Case(
            name: try node["name"].map { (node) throws(AlarmTestFault) in try text(node) } ?? "",
            location: node.location, parameters: shared.merging(try parameters(node)) { $1 }, start: start,
            series: series, events: events, checks: checks)
    }

    private func series(
        _ node: TemplateNode, _ start: Timestamp, _ interval: Int64
    ) throws(AlarmTestFault) -> AlarmTestFile.Series {
        try check(node, "a series", ["namespace", "metric", "dimensions", "values"])
        var dimensions: [TrailModel.Dimension] = []
        for member in node["dimensions"]?.members ?? [] {
            dimensions.append(TrailModel.Dimension(name: member.key, value: try text(member.value)))
        }
        let metric = Metric(
            namespace: try text(node, "namespace"), name: try text(node, "metric"), dimensions: dimensions)
        let notation = try text(node, "values")
        let values: [Double?]
        do throws(InputValues.Fault) {
            values = try InputValues.read(notation)
        } catch {
            throw AlarmTestFault(error.message, at: node["values"]?.location ?? node.location)
        }
        let points = values.enumerated().compactMap { index, value in
            value.map { (start.adding(seconds: Int64(index) * interval), $0) }
        }
        return AlarmTestFile.Series(metric: metric, location: node.location, points: points)
    }

    /// The records of one entry, which may stand for many.
    private func events(
        _ node: TemplateNode, _ start: Timestamp, first: Int
    ) throws(AlarmTestFault) -> [AlarmTestFile.Event] {
        guard let members = node.members else {
            throw AlarmTestFault("cannot read an event: got \(node.kindText); want a mapping", at: node.location)
        }
        let own = ["time", "repeat", "every"]
        let at: Timestamp
        if let node = node["time"] {
            at = try time(node, start)
        } else if let node = node["eventTime"] {
            at = try time(node, start)
        } else {
            throw AlarmTestFault(
                "cannot place an event: want time, from the start of the test, such as 5m", at: node.location)
        }
        var count = 1
        if let node = node["repeat"] {
            guard let number = Int(try text(node)), (1...AlarmTestFile.eventsMax).contains(number) else {
                throw AlarmTestFault(
                    "cannot repeat an event: want a number from 1 to \(AlarmTestFile.eventsMax)", at: node.location)
            }
            count = number
        }
        let every = try node["every"].map { (node) throws(AlarmTestFault) in try duration(node) } ?? 0
        var fields: [JSONValue.Member] = []
        for member in members where !own.contains(member.key) && member.key != "eventTime" {
            fields.append(.init(member.key, try json(member.value, key: member.key)))
        }
        let hasID = node["eventID"] != nil
        return (0..<count).map { number in
            var all = [JSONValue.Member("eventTime", .string(at.adding(seconds: Int64(number) * every).rfc3339))]
            if !hasID { all.append(.init("eventID", .string("test-\(first + number)"))) }
            return AlarmTestFile.Event(location: node.location, json: JSONValue.object(all + fields).text)
        }
    }

    private func check(_ node: TemplateNode, _ start: Timestamp) throws(AlarmTestFault) -> AlarmTestFile.Check {
        try check(node, "a check", ["alarm", "at", "eval_time", "state", "reason"])
        guard let place = node["at"] ?? node["eval_time"] else {
            throw AlarmTestFault("cannot check at no time: want at, such as 10m", at: node.location)
        }
        let name = try text(node, "state")
        guard let state = AlarmState(rawValue: name) else {
            throw AlarmTestFault(
                "cannot expect the state '\(name)': want OK, ALARM or INSUFFICIENT_DATA",
                at: node["state"]?.location ?? node.location)
        }
        return AlarmTestFile.Check(
            location: node.location, alarm: try text(node, "alarm"), time: try time(place, start), state: state,
            reason: try node["reason"].map { (node) throws(AlarmTestFault) in try text(node) })
    }

    // MARK: Values

    func parameters(_ node: TemplateNode) throws(AlarmTestFault) -> [String: String] {
        var values: [String: String] = [:]
        for member in node["parameters"]?.members ?? [] { values[member.key] = try text(member.value) }
        return values
    }

    func check(_ node: TemplateNode, _ what: String, _ keys: [String]) throws(AlarmTestFault) {
        guard let members = node.members else {
            throw AlarmTestFault("cannot read \(what): got \(node.kindText); want a mapping", at: node.location)
        }
        for member in members where !keys.contains(member.key) {
            throw AlarmTestFault(
                "cannot read \(what): got the key '\(member.key)'; want one of \(keys.joined(separator: ", "))",
                at: member.keyLocation)
        }
    }

    func list(_ node: TemplateNode, _ key: String) throws(AlarmTestFault) -> [TemplateNode] {
        guard let value = node[key] else { return [] }
        guard let elements = value.elements else {
            throw AlarmTestFault("cannot read \(key): got \(value.kindText); want a list", at: value.location)
        }
        return elements
    }

    func text(_ node: TemplateNode) throws(AlarmTestFault) -> String {
        guard let text = node.text else {
            throw AlarmTestFault("cannot read a value: got \(node.kindText); want a text", at: node.location)
        }
        return text
    }

    private func text(_ node: TemplateNode, _ key: String) throws(AlarmTestFault) -> String {
        guard let value = node[key] else {
            throw AlarmTestFault("cannot read the entry: want \(key)", at: node.location)
        }
        return try text(value)
    }

    /// A time in RFC 3339, or since the start: `90s`, `5m`, `1h30m`.
    private func time(_ node: TemplateNode, _ start: Timestamp) throws(AlarmTestFault) -> Timestamp {
        if let time = Timestamp(rfc3339: try text(node)) { return time }
        return start.adding(seconds: try duration(node))
    }

    private func duration(_ node: TemplateNode) throws(AlarmTestFault) -> Int64 {
        let text = try text(node)
        var seconds: Int64 = 0
        var part = ""
        for character in text {
            part.append(character)
            guard character.isLetter else { continue }
            guard let more = durationSeconds(part), more <= Timestamp.offsetSecondsMax else { part = "?"; break }
            seconds += more
            part = ""
        }
        guard !text.isEmpty, part.isEmpty || seconds == 0, let rest = part.isEmpty ? 0 : durationSeconds(part),
            seconds + rest <= Timestamp.offsetSecondsMax
        else {
            throw AlarmTestFault(
                "cannot read the time: got '\(text)'; want a duration such as 90s, 5m or 1h30m, or RFC 3339",
                at: node.location)
        }
        return seconds + rest
    }

    /// A field of a record; accounts are texts, however they are written.
    private func json(_ node: TemplateNode, key: String) throws(AlarmTestFault) -> JSONValue {
        guard node.tag == nil else {
            throw AlarmTestFault("cannot read an event: got a tag; want a plain value", at: node.location)
        }
        switch node.content {
        case .mapping(let members):
            var fields: [JSONValue.Member] = []
            for member in members { fields.append(.init(member.key, try json(member.value, key: member.key))) }
            return .object(fields)
        case .list(let elements):
            var values: [JSONValue] = []
            for element in elements { values.append(try json(element, key: key)) }
            return .array(values)
        case .scalar(let text, let isPlain):
            if node.isNull { return .null }
            guard isPlain, !key.lowercased().hasSuffix("accountid") else { return .string(text) }
            if text == "true" || text == "false" { return .bool(text == "true") }
            if let number = Int64(text), "\(number)" == text { return .integer(number) }
            if text.contains("."), let number = Double(text), number.isFinite { return .double(number) }
            return .string(text)
        }
    }
}
