import Testing
import TrailEvents

struct RecordScannerTests {
    @Test(arguments: [
        ("a", #"{"a":"x"}"#, "a string: x"),
        ("a", #"{"a":"","b":1}"#, "a string: "),
        ("a", #"{"b":{"a":1},"a":-1.5E+3}"#, "a number: -1.5E+3"),
        ("a", #"{"a":true}"#, "true: true"),
        ("a", #"{"a":false}"#, "false: false"),
        ("a", #"{"a":null}"#, "null: null"),
        ("a", #"{"a":{"b":[]}}"#, "an object: "),
        ("a", #"{"a":[{}]}"#, "an array: "),
        ("a.b", #"{"a":"b"}"#, ""),
        ("a.b", #"{"a":[{"b":1}]}"#, ""),
        ("a.b", #"{"a":{"omitted":true}}"#, ""),
        ("a.1.b", #"{"a":[{"b":1},{"b":2},{"b":3}]}"#, "a number: 2"),
        ("a.0.0", #"{"a":[[7,8],9]}"#, "a number: 7"),
        ("a.#.b", #"{"a":[{"b":1},5,{"c":2},{"b":"3"}]}"#, "a number: 1; a string: 3"),
        ("a.*", #"{"a":{"x":1,"y":null}}"#, "a number: 1; null: null"),
        ("*", #"{"x":1,"y":{"z":2}}"#, "a number: 1; an object: "),
        ("a", #"{"a":"\ud83d\ude00"}"#, "a string: 😀"),
        ("a", #"{"a":"\ud83dx\ude00"}"#, "a string: \u{FFFD}x\u{FFFD}"),
        ("a", #"{"a":"\"\\\/\b\f\n\r\t\u00e9"}"#, "a string: \"\\/\u{8}\u{C}\n\r\t\u{E9}"),
        ("a", #"{"\u0061":"escaped key"}"#, "a string: escaped key"),
        ("a", "\u{FEFF} \r\n\t{ \"a\" : 1 } \n", "a number: 1"),
        ("longer-than-eight-bytes", #"{"longer-than-eight-bytez":1,"longer-than-eight-bytes":2}"#, "a number: 2"),
        ("longer-than-eight-bytes", #"{"longer-tXan-eight-bytes":1}"#, ""),
    ])
    func `a path finds its values`(_ selector: String, _ record: String, _ want: String) throws {
        let found = try scanRecord(record, [path(selector)])
        #expect(found[0].map(\.description).joined(separator: "; ") == want)
    }

    @Test(arguments: [
        ("a", #"{"a":1,"a":2}"#, "a number: 2"),
        ("a.b", #"{"a":{"b":1},"a":{"b":2}}"#, "a number: 2"),
        ("a.b", #"{"a":{"b":1},"a":{}}"#, ""),
        ("a.b", #"{"a":{"b":1},"a":5}"#, ""),
        ("a.b.c", #"{"a":{"b":{"c":1},"b":null}}"#, ""),
        ("a.#", #"{"a":[1,2],"a":[3]}"#, "a number: 3"),
        ("a.1", #"{"a":[1,2],"\u0061":[3]}"#, ""),
    ])
    func `the last of repeated keys counts`(_ selector: String, _ record: String, _ want: String) throws {
        let found = try scanRecord(record, [path(selector)])
        #expect(found[0].map(\.description).joined(separator: "; ") == want)
    }

    @Test func `nothing of a record remains in the next one`() throws {
        var table = FieldTable()
        let many = table.add(path("m.#"))
        var scanner = RecordScanner(table)
        var seen: [String] = []
        let text = LogText(#"{"Records":[{"eventName":"A","m":[1,2]},{},{"errorCode":"E","m":[3]}]}"#)
        for _ in 1...2 {
            try scanner.scan(
                text,
                onRecord: { record in
                    let values = [record.string(.eventName) ?? "-", record.string(.errorCode) ?? "-"]
                    seen.append((values + record.scanned(many).map(\.text)).joined(separator: " "))
                })
        }
        #expect(seen == ["A - 1 2", "- -", "- E 3", "A - 1 2", "- -", "- E 3"])
    }

    @Test func `a record knows its number and its bytes`() throws {
        let text = #" {"x":[1], "Records": [ {"a":"}"} , 7, {"b" : 2 }],"y":{}}"#
        var scanner = RecordScanner(FieldTable())
        var records: [String] = []
        var bad: [BadRecord] = []
        let count = try scanner.scan(
            LogText(text),
            onRecord: { records.append("\($0.index) \(String(decoding: $0.recordBytes, as: UTF8.self))") },
            onBadRecord: { bad.append($0) })
        #expect(count == 3)
        #expect(records == [#"0 {"a":"}"}"#, #"2 {"b" : 2 }"#])
        #expect(bad.map(\.index) == [1])
        #expect(bad.map(\.reason) == [.notAnObject(.number)])
        #expect(bad.map { String(text.utf8.dropFirst($0.range.lowerBound).prefix($0.range.count)) ?? "" } == ["7"])
    }

    @Test func `well-known fields have their ids in every table`() throws {
        var table = FieldTable()
        let count = table.count
        #expect(table.add(path("eventTime")) == .eventTime)
        #expect(table.add(path("userIdentity.sessionContext.sessionIssuer.arn")) == .sessionIssuerARN)
        #expect(table.add(path("resources.#.ARN")) == .resourceARNs)
        #expect(table.add(path("resources.#.type")) == .resourceTypes)
        #expect(table.count == count)
        let mine = table.add(path("mine"))
        #expect(mine.index == count)
        #expect(table.add(path("mine")) == mine)
    }

    @Test func `a field of a later table is absent`() throws {
        var table = FieldTable()
        var scanner = RecordScanner(table)
        let later = table.add(path("later"))
        var found: [FieldValue?] = []
        try scanner.scan(record: LogText(#"{"later":1}"#)) { found.append($0.value(later)) }
        #expect(found == [nil])
    }

    @Test func `a thousand fields are told apart`() throws {
        let names = (0..<1000).map { "field-with-a-common-start-\($0)" }
        let record = "{" + names.map { "\"\($0)\":\"value of \($0)\"" }.joined(separator: ",") + "}"
        let found = try scanRecord(record, names.map { [.member($0)] })
        #expect(found.map { $0.map(\.text) } == names.map { ["value of \($0)"] })
    }

    @Test func `comparison builds no string and sees through escapes`() throws {
        var scanner = RecordScanner(FieldTable())
        var answers: [Bool] = []
        try scanner.scan(record: LogText(#"{"eventName":"Get\u004fbject","readOnly":true}"#)) { record in
            answers = [
                record.has(.eventName, "GetObject"), record.has(.eventName, "GetObjec"), record.has(.readOnly, "true"),
            ]
        }
        #expect(answers == [true, false, false])
    }
}
