import TrailEvents
import TrailPatterns

/// A filter pattern and, after a zero byte, a message: what is read can be tried, in time that the text bounds, and both
/// ways to try it agree.
enum FilterPatterns {
    static let samples = [
        #"{ ($.errorCode = "*Denied*") && ($.a[*].b != 3 || $.['x:y'] NOT EXISTS) || $.c IS NULL }"# + "\0"
            + #"{"errorCode":"x"}"#,
        #"{ $.eventName = %^(?:a)|[a-z\d]{2,5}b*$% && $.n >= 1e3 }"# + "\0" + #"{"eventName":"ab","n":1000}"#,
        #"{ $.* = %x{0,300}y?[^z]+$% }"# + "\0" + #"{"a":"xxxyyy"}"#,
        #"ERROR -"a b" ?c %\x28\w% "# + "\0" + "an ERROR (x",
        #"[ip, user, ..., status = 4* || status = %5\d\d%, bytes > 1000]"# + "\0" + #"1.2.3.4 "a b" [c d] 404 1534"#,
    ]

    static func difference(_ bytes: [UInt8]) -> String? {
        let parts = bytes.split(separator: 0, maxSplits: 1, omittingEmptySubsequences: false)
        let text = String(decoding: parts[0], as: UTF8.self)
        guard let pattern = try? FilterPattern(text) else { return nil }
        let message = parts.count > 1 ? Array(parts[1]) : []
        let holds = pattern.matches(message: message)
        _ = pattern.fields(of: message)
        // White space around a pattern says nothing.
        if let spaced = try? FilterPattern(" \(text)\n"), spaced.matches(message: message) != holds {
            return "the pattern with white space around it says otherwise"
        }
        var table = FieldTable()
        let set = PatternSet(filters: [pattern.compile(into: &table), pattern.compile(into: &table)])
        var matcher = PatternMatcher(set)
        var scanner = RecordScanner(table)
        var found: [Int]?
        try? scanner.scan(record: LogText(message)) { record in
            var matches: [Int] = []
            matcher.forEachMatch(record) { matches.append($0) }
            found = matches
        }
        guard let found else { return nil }
        // What stands around a record is part of the message, and not of the record.
        let isBare = message.first == UInt8(ascii: "{") && message.last == UInt8(ascii: "}")
        return isBare && found != (holds ? [0, 1] : []) ? "a set finds \(found), the pattern alone \(holds)" : nil
    }
}
