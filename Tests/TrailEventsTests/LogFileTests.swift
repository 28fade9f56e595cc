import Testing
import TrailEvents

struct LogFileTests {
    @Test(arguments: [
        #"{"Records":[]}"#, #"{"Records":[{}]}"#, "\u{FEFF}{\"Records\" : [ ] }\r\n",
        #"{"before":{"Records":5},"Records":[{"a":1}],"after":["]"]}"#, #"{"\u0052ecords":[{}]}"#,
    ])
    func `a log file is an object with a Records array`(_ text: String) {
        #expect(fileError(text.utf8) == nil)
    }

    @Test(arguments: [
        ("", "empty"), (" \r\n", "empty"), ("\u{FEFF}", "empty"), ("[]", "not_cloudtrail"), ("\"x\"", "not_cloudtrail"),
        ("{}", "not_cloudtrail"), (#"{"a":1}"#, "not_cloudtrail"), (#"{"Records":{}}"#, "not_cloudtrail"),
        (#"{"Records":null}"#, "not_cloudtrail"), ("\u{1F}x", "not_cloudtrail"), ("hello", "not_cloudtrail"),
        (#"{"digestS3Bucket":"b","logFiles":[]}"#, "digest"), (#"{"digestS3Bucket":"b"}"#, "not_cloudtrail"),
        (#"{"logFiles":[],"digestS3Bucket":"b","Records":[1]}"#, "none"),
        (#"{"Records":[]} x"#, "malformed"), (#"{"Records":[]}{"#, "malformed"), (#"{"Records":[],}"#, "malformed"),
        (#"{"Records":[{}],"Records":[{}]}"#, "malformed"), (#"{"Records":[{},]}"#, "malformed"),
        (#"{"Records":[{"a" 1}]}"#, "malformed"), (#"{"Records":[{"a":}]}"#, "malformed"),
        (#"{"Records":[{"a":01}]}"#, "malformed"), (#"{"Records":[{"a":1.}]}"#, "malformed"),
        (#"{"Records":[{"a":+1}]}"#, "malformed"), (#"{"Records":[{"a":truth}]}"#, "malformed"),
        (#"{"Records":[{"a":"\x"}]}"#, "malformed"), (#"{"Records":[{"a":"\u12g4"}]}"#, "malformed"),
        (#"{"Records":[{a:1}]}"#, "malformed"), (#"{"Records":[{"a":1]}"#, "malformed"), ("{'a':1}", "malformed"),
        (#"{"Records":[{"eventName":"x"#, "malformed"), (#"{"Records":[{"eventName":"x\"#, "malformed"),
    ])
    func `anything else is refused for its own reason`(_ text: String, _ want: String) {
        #expect(fileError(text.utf8).map { "\($0.code)" } ?? "none" == want)
    }

    @Test(arguments: [
        (#"{"Records":[{"a" 1}]}"#, #"got "1"; want a colon at byte 17"#),
        ("{\"Records\":[{\"a\":\"\\u00", "got the end of the text; want four hexadecimal digits after \\u at byte 22"),
        ("{\"Records\":[\u{1}]}", "got byte 0x1; want a value at byte 12"),
        ("{\"Records\":[]}", ""),
        ("{\"Records\":7}", #"got a number as "Records"; want an object with a "Records" array"#),
    ])
    func `errors say what stands where and what is wanted`(_ text: String, _ want: String) {
        let error = fileError(text.utf8)
        #expect(error.map { "\($0)" } ?? "" == (want.isEmpty ? "" : "cannot read the log file: \(want)"))
    }

    @Test func `gzip data is named`() {
        #expect(fileError([0x1F, 0x8B, 8, 0]) == .notCloudTrail(found: "gzip data that was not unpacked"))
    }

    @Test(arguments: [("[", "]"), (#"{"a":"#, "}"), (#"{"eventName":"#, "}"), (#"{"resources":["#, "]}")])
    func `nesting has a limit and both of its sides`(_ open: String, _ close: String) throws {
        func file(levels: Int) -> String {
            let pairs = open.hasSuffix("[") && open.count > 1 ? 2 : 1
            let rest = levels - 3
            let inner = String(repeating: "[", count: rest % pairs) + String(repeating: "]", count: rest % pairs)
            return #"{"Records":[{"userIdentity":"# + String(repeating: open, count: rest / pairs)
                + (inner.isEmpty ? "1" : inner) + String(repeating: close, count: rest / pairs) + "},{}]}"
        }
        func bad(levels: Int) throws -> [BadRecord.Reason] {
            var scanner = RecordScanner(FieldTable())
            var reasons: [BadRecord.Reason] = []
            let count = try scanner.scan(
                LogText(file(levels: levels)), onRecord: { _ in }, onBadRecord: { reasons.append($0.reason) })
            #expect(count == 2)
            return reasons
        }
        #expect(try bad(levels: RecordScanner.nestingMax).isEmpty)
        #expect(try bad(levels: RecordScanner.nestingMax + 1) == [.tooDeep])
        #expect(try bad(levels: 100_000) == [.tooDeep])
    }

    @Test func `a file nested too deeply outside its records is refused`() {
        func file(levels: Int) -> String {
            let (open, close) = (String(repeating: "[", count: levels - 1), String(repeating: "]", count: levels - 1))
            return #"{"a":\#(open)\#(close),"Records":[]}"#
        }
        #expect(fileError(file(levels: RecordScanner.nestingMax).utf8) == nil)
        #expect(fileError(file(levels: RecordScanner.nestingMax + 1).utf8)?.code.description == "too_deep")
    }

    @Test func `a wanted path has the same nesting limit`() throws {
        func error(levels: Int) -> LogFileError? {
            var table = FieldTable()
            _ = table.add([PathStep](repeating: .element(0), count: 600))
            _ = table.add([.member("a")] + [PathStep](repeating: .element(0), count: 600))
            var scanner = RecordScanner(table)
            let text =
                #"{"a":"# + String(repeating: "[", count: levels - 1) + String(repeating: "]", count: levels - 1) + "}"
            do throws(LogFileError) {
                try scanner.scan(record: LogText(text), onRecord: { _ in })
                return nil
            } catch {
                return error
            }
        }
        #expect(error(levels: RecordScanner.nestingMax) == nil)
        let length = 2 * RecordScanner.nestingMax + "{'a':}".utf8.count
        #expect(
            error(levels: RecordScanner.nestingMax + 1)
                == .badRecord(BadRecord(index: 0, range: 0..<length, reason: .tooDeep)))
    }

    @Test func `a record past the size limit is bad and the others count`() throws {
        let frame = #"{"x":""}"#.utf8.count
        func records(_ extra: Int) throws -> (good: [Int], bad: [BadRecord]) {
            let filler = String(repeating: "y", count: RecordScanner.recordBytesMax - frame + extra)
            var scanner = RecordScanner(FieldTable())
            var good: [Int] = []
            var bad: [BadRecord] = []
            try scanner.scan(
                LogText(#"{"Records":[{},{"x":"\#(filler)"},{}]}"#), onRecord: { good.append($0.index) },
                onBadRecord: { bad.append($0) })
            return (good, bad)
        }
        #expect(try records(0).good == [0, 1, 2])
        let past = try records(1)
        #expect(past.good == [0, 2])
        #expect(past.bad.map(\.reason) == [.tooLarge(bytes: RecordScanner.recordBytesMax + 1)])
    }

    @Test func `a record with too many wildcard values is bad and the others count`() throws {
        func bad(_ count: Int) throws -> [BadRecord.Reason] {
            var table = FieldTable()
            _ = table.add(path("a.#"))
            var scanner = RecordScanner(table)
            let list = [String](repeating: "1", count: count).joined(separator: ",")
            var reasons: [BadRecord.Reason] = []
            try scanner.scan(
                LogText(#"{"Records":[{"a":[\#(list)]},{"a":[1]}]}"#), onRecord: { _ in },
                onBadRecord: { reasons.append($0.reason) })
            return reasons
        }
        #expect(try bad(RecordScanner.wildcardValuesMax).isEmpty)
        #expect(try bad(RecordScanner.wildcardValuesMax + 1) == [.tooManyValues])
    }

    @Test(arguments: [
        ("", "empty"), ("7", "bad_record"), ("[{}]", "bad_record"), ("{} {}", "malformed"), ("{}\n", "none"),
        ("x", "malformed"), ("{", "malformed"), ("\"", "malformed"), (#"{"a":1}}"#, "malformed"),
    ])
    func `a record alone is one object`(_ text: String, _ want: String) {
        var scanner = RecordScanner(FieldTable())
        var count = 0
        var code = "none"
        do throws(LogFileError) {
            try scanner.scan(record: LogText(text)) { _ in count += 1 }
        } catch {
            code = "\(error.code)"
        }
        #expect(code == want)
        #expect(count == (want == "none" ? 1 : 0))
    }

    @Test func `a bad record says which it is`() {
        let bad = BadRecord(index: 3, range: 20..<24, reason: .notAnObject(.null))
        #expect("\(LogFileError.badRecord(bad))" == "cannot read record 3 at byte 20: got null; want an object")
    }

    @Test func `a filled text is scanned like a given one`() throws {
        var text = LogText()
        var scanner = RecordScanner(FieldTable())
        for content in [#"{"Records":[{},{},{}]}"#, #"{"Records":[{}]}"#, #"{"Records":[{}"#] {
            text.fill(upTo: 64) { buffer in
                for (index, byte) in content.utf8.enumerated() { buffer[index] = byte }
                return content.utf8.count
            }
            let isWhole = content.hasSuffix("}]}")
            let count = try? scanner.scan(text, onRecord: { _ in })
            #expect(count == (isWhole ? content.split(separator: "{}").count - 1 : nil))
        }
    }

    @Test func `a text whose filling failed is empty`() {
        struct Broken: Error {}
        var text = LogText("x")
        #expect(throws: Broken.self) {
            try text.fill(upTo: 10) { _ throws(Broken) -> Int in throw Broken() }
        }
        #expect(text.count == 0)
        #expect(text.withBytes { $0.count } == 0)
    }
}
