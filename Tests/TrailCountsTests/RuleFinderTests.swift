import Testing
import TrailCounts
import TrailEvents
import TrailModel
import TrailPatterns

private let mark = Timestamp(seconds: 1_700_000_000)

private func rule(
    _ name: String = "r", _ pattern: String = #"{"detail":{"eventName":["StopLogging","DescribeTrails"]}}"#,
    state: EventRule.State = .enabled
) throws -> EventRule {
    EventRule(
        name: name, pattern: try EventPattern(pattern), state: state, targets: [],
        location: SourceLocation(file: "r.yaml"))
}

private func record(
    _ id: String, name: String = "StopLogging", seconds: Int64 = 60, more: String = ""
) -> String {
    """
    {"eventTime":"\(mark.adding(seconds: seconds).rfc3339)","eventID":"\(id)","eventName":"\(name)",
     "eventSource":"cloudtrail.amazonaws.com","awsRegion":"eu-west-1","recipientAccountId":"111122223333"\(more)}
    """
}

private func matches(_ rules: [EventRule], _ records: [String]) throws -> [RuleMatch] {
    let plan = CountingPlan(filters: [], rules: RulePlan(rules.map { RulePlan.Entry(rule: $0, mark: mark) }))
    var extractor = FileExtractor(plan: plan)
    let extract = try extractor.extract(LogText(Array("{\"Records\":[\(records.joined(separator: ","))]}".utf8)))
    return extract.ruleMatches.map(\.match)
}

@Suite struct RuleFinderTests {
    @Test func `a match holds the event as EventBridge has it`() throws {
        let match = try #require(try matches([try rule()], [record("a"), record("b", name: "Other")]).first)
        #expect(match.rule == "r")
        #expect(match.time == mark.adding(seconds: 60))
        let head = """
            {"version":"0","id":"a","detail-type":"AWS API Call via CloudTrail","source":"aws.cloudtrail",\
            "account":"111122223333","time":"2023-11-14T22:14:20Z","region":"eu-west-1","resources":[],"detail":{
            """
        #expect(match.event.hasPrefix(head))
        #expect(match.event.contains(#""eventName":"StopLogging","#))
        #expect(!match.event.contains("\n"), "one line")
    }

    @Test func `events at the mark and before it are not told`() throws {
        let found = try matches(
            [try rule()], [record("a", seconds: 0), record("b", seconds: -5), record("c", seconds: 1)])
        #expect(found.map(\.time) == [mark.adding(seconds: 1)])
    }

    @Test(
        arguments: [
            (EventRule.State.enabled, #","readOnly":true,"eventCategory":"Management""#, 0),
            (.enabledWithAllManagementEvents, #","readOnly":true,"eventCategory":"Management""#, 1),
            (.disabled, #","readOnly":false"#, 0), (.enabled, #","readOnly":false"#, 1), (.enabled, "", 1),
            (.enabled, #","readOnly":true,"eventCategory":"Data","managementEvent":false"#, 1),
        ])
    func `a rule sees what its state says`(state: EventRule.State, more: String, count: Int) throws {
        #expect(try matches([try rule(state: state)], [record("a", name: "DescribeTrails", more: more)]).count == count)
    }

    @Test func `each rule that matches tells, and only of the first copy of an event`() throws {
        let rules = [
            try rule("one"), try rule("two", #"{"source":["aws.cloudtrail"]}"#), try rule("no", #"{"source":["x"]}"#),
        ]
        let plan = CountingPlan(filters: [], rules: RulePlan(rules.map { RulePlan.Entry(rule: $0, mark: mark) }))
        var extractor = FileExtractor(plan: plan)
        var batch = CountBatch()
        var seen = SeenEvents()
        var activities = ActivityTable()
        for copies in [["a", "a", "b"], ["b", "c"]] {
            let text = "{\"Records\":[\(copies.map { record($0) }.joined(separator: ","))]}"
            let extract = try extractor.extract(LogText(Array(text.utf8)))
            for slot in CountBatch.neededSlots(of: extract) where !seen.isResident(slot) { seen.load(slot, groups: []) }
            _ = batch.add(extract, plan: plan, arrivedAt: mark, seen: &seen, activities: &activities)
        }
        #expect(batch.ruleMatches.map(\.rule) == ["one", "two", "one", "two", "one", "two"])
        #expect(Set(batch.ruleMatches.map(\.eventKey)).count == 3)
    }

    @Test func `of too many matches in a file some are left out, and all of its events count`() throws {
        var limits = FileLimits()
        limits.ruleMatchesMax = 2
        let plan = CountingPlan(filters: [], rules: RulePlan([RulePlan.Entry(rule: try rule(), mark: mark)]))
        var extractor = FileExtractor(plan: plan, limits: limits)
        let text = "{\"Records\":[\((0..<5).map { record("\($0)") }.joined(separator: ","))]}"
        let extract = try extractor.extract(LogText(Array(text.utf8)))
        #expect(extract.ruleMatches.map(\.event) == [0, 1])
        #expect(extract.ruleMatchesLeftOut == 3)
        #expect(extract.events.count == 5)
    }

    /// Fields that tell activities apart are looked at once per activity; others, and other types, every time.
    @Test(arguments: [UInt64](1...8))
    func `what is known of activities rules no match out`(seed: UInt64) throws {
        var random = SeededGenerator(state: seed)
        let values = [#""a""#, #""b""#, #""ab""#, "null", "5", #"["a","b"]"#]
        let names = ["eventName", "eventSource", "errorCode", "awsRegion", "x"]
        func pick(_ texts: [String]) -> String { texts[Int.random(in: 0..<texts.count, using: &random)] }
        let tests = [
            #""a""#, #""b""#, #"{"prefix":"a"}"#, #"{"anything-but":"a"}"#, #"{"exists":false}"#, #"{"exists":true}"#,
            "null", "5", #"{"wildcard":"*b"}"#,
        ]
        let rules = try (0..<12).map { number in
            let fields = Set([pick(names), pick(names)]).map { "\"\($0)\":[\(pick(tests)),\(pick(tests))]" }
            return try rule(
                "\(number)", "{\"detail\":{\(fields.joined(separator: ","))}}", state: .enabledWithAllManagementEvents)
        }
        let plan = CountingPlan(filters: [], rules: RulePlan(rules.map { RulePlan.Entry(rule: $0, mark: mark) }))
        var extractor = FileExtractor(plan: plan)
        var table = FieldTable()
        let patterns = rules.map { $0.pattern.compile(into: &table, for: .cloudTrailRecord) }
        var scanner = RecordScanner(table)
        var count = 0
        for _ in 0..<20 {
            let records = (0..<30).map { number in
                let members = names.filter { _ in Bool.random(using: &random) }.map { ",\"\($0)\":\(pick(values))" }
                return """
                    {"eventTime":"\(mark.adding(seconds: 60).rfc3339)","eventID":"\(number)"\(members.joined())}
                    """
            }
            let text = Array("{\"Records\":[\(records.joined(separator: ","))]}".utf8)
            var want: [String] = []
            try scanner.scan(LogText(text)) { record in
                for (rule, pattern) in zip(rules, patterns) where pattern.matches(record) { want.append(rule.name) }
            }
            let found = try extractor.extract(LogText(text)).ruleMatches.map(\.match.rule)
            #expect(found == want, "seed \(seed)")
            count += found.count
        }
        #expect(count > 50)
    }
}
