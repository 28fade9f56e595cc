import TrailEvents
import TrailPatterns

/// Event patterns for a benchmark, made of what stands in records: some match, most do not.
struct EventRules {
    /// Different pairs of source and name, the commonest first, with other values of the same records.
    private var calls: [Call] = []

    private struct Call {
        var source: String
        var name: String
        var error: String
        var user: String
        var count: Int
    }

    init(_ files: [LogText]) throws(LogFileError) {
        var scanner = RecordScanner(FieldTable())
        var places: [String: Int] = [:]
        for file in files {
            try scanner.scan(
                file,
                onRecord: { record in
                    guard let source = record.string(.eventSource), let name = record.string(.eventName) else { return }
                    let place = places["\(source) \(name)"] ?? calls.count
                    places["\(source) \(name)"] = place
                    if place == calls.count {
                        calls.append(Call(source: source, name: name, error: "", user: "admin", count: 0))
                    }
                    calls[place].count += 1
                    if let error = record.string(.errorCode) { calls[place].error = error }
                    if let user = record.string(.userIdentityUserName) { calls[place].user = user }
                })
        }
        calls.sort { ($1.count, $0.source, $0.name) < ($0.count, $1.source, $1.name) }
    }

    /// The call of a rule; when all that were seen have one, names that no record has.
    private func call(_ number: Int) -> Call {
        var call =
            calls.isEmpty
            ? Call(source: "s3.amazonaws.com", name: "GetObject", error: "", user: "", count: 0)
            : calls[number % calls.count]
        if number >= calls.count { call.name += String(number / max(calls.count, 1)) }
        return call
    }

    /// Rules on source and name alone.
    func exact(_ count: Int) -> [String] {
        (0..<count).map { number in
            let call = call(number)
            return """
                {"source":["aws.\(label(call.source))"],"detail-type":["AWS API Call via CloudTrail"],\
                "detail":{"eventSource":["\(call.source)"],"eventName":["\(call.name)"]}}
                """
        }
    }

    /// Rules of all operators in turn, about the commonest calls or the rarest.
    func mixed(_ count: Int, ofRarest isOfRarest: Bool = false) -> [String] {
        (0..<count).map { number in
            let call = call(isOfRarest ? max(0, calls.count - 1 - number / 10) : number / 10)
            let source = #""source":["aws.\#(label(call.source))"]"#
            let detail =
                switch number % 10 {
                case 0: #""eventName":["\#(call.name)","\#(call.name)V2"]"#
                case 1: #""eventName":[{"prefix":"\#(call.name.prefix(8))"}],"readOnly":[false]"#
                case 2: #""errorCode":[{"suffix":"\#(call.error.suffix(7))\#(number)"}]"#
                case 3:
                    #""eventName":[{"wildcard":"\#(call.name.prefix(4))*\#(call.name.suffix(3))"}],"errorCode":["x"]"#
                case 4: #""eventName":["\#(call.name)"],"userIdentity":{"type":[{"anything-but":["AWSService"]}]}"#
                case 5: #""eventName":["\#(call.name)"],"sourceIPAddress":[{"cidr":"10.\#(number % 256).0.0/16"}]"#
                case 6: #""additionalEventData":{"bytesTransferredOut":[{"numeric":[">",\#(number * 1000)]}]}"#
                case 7: #""userIdentity":{"userName":[{"equals-ignore-case":"\#(call.user.uppercased())\#(number)"}]}"#
                case 8: #""userIdentity":{"arn":[{"wildcard":"*:role/\#(call.user)\#(number)/*"}]}"#
                default: #""$or":[{"errorCode":["\#(call.error)"]},{"eventName":["\#(call.name)"]}]"#
                }
            return "{\(source),\"detail\":{\(detail)}}"
        }
    }

    /// Rules of all operators in turn that hold for few events, as those do that people are told by: of the rules about
    /// the rarest calls those that hold for one event in 100,000 at most.
    func rare(_ count: Int, in files: [LogText]) throws -> [String] {
        let texts = mixed(count * 4, ofRarest: true)
        var table = FieldTable()
        let compiled = try texts.map { try EventPattern($0).compile(into: &table, for: .cloudTrailRecord) }
        var matcher = PatternMatcher(PatternSet(rules: compiled))
        var scanner = RecordScanner(table)
        var matches = [Int](repeating: 0, count: texts.count)
        var events = 0
        for file in files {
            events += try scanner.scan(file, onRecord: { record in matcher.forEachMatch(record) { matches[$0] += 1 } })
        }
        return Array(texts.indices.filter { matches[$0] <= events / 100_000 + 1 }.prefix(count).map { texts[$0] })
    }

    private func label(_ source: String) -> Substring { source.prefix { $0 != "." } }
}
