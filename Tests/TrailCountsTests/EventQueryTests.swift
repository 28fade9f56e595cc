import Testing
import TrailCounts
import TrailEvents
import TrailModel
import TrailPatterns

/// What the event index keeps of `records`, and the numbers of those that `query` finds.
private func search(_ records: [String], _ query: EventQuery) throws -> (days: [IndexedDay], found: [Int]) {
    var table = FieldTable()
    let terms = EventTerms(into: &table)
    let matcher = EventMatcher(query, into: &table)
    var collector = IndexCollector(terms)
    var scanner = RecordScanner(table)
    var found: [Int] = []
    try scanner.scan(
        file(records),
        onRecord: { record in
            if let seconds = record.eventSeconds { collector.add(record, seconds: seconds) }
            if matcher.matches(record) { found.append(record.index) }
        })
    return (collector.finish(), found)
}

private func admits(_ days: [IndexedDay], _ query: EventQuery) -> Bool {
    days.contains { day in query.termGroups.allSatisfy { group in group.contains { day.terms.contains($0) } } }
}

private func query(_ set: (inout EventQuery) -> Void) -> EventQuery {
    var query = EventQuery(range: Timestamp(seconds: 0)..<Timestamp(seconds: 4_000_000_000))
    set(&query)
    return query
}

private let callMembers = [
    "eventName", "eventSource", "awsRegion", "sourceIPAddress", "recipientAccountId", "readOnly", "errorCode",
    "errorMessage",
]
private let userMembers = ["arn", "userName", "principalId", "accessKeyId", "accountId", "type", "invokedBy"]

/// One record of everything that can be looked for.
private let rich = """
    {"eventID":"a","eventTime":"2026-01-02T03:00:00Z","eventSource":"iam.amazonaws.com","eventName":"PutRolePolicy",\
    "awsRegion":"us-east-1","sourceIPAddress":"192.0.2.1","recipientAccountId":"111122223333","readOnly":false,\
    "errorCode":"AccessDenied","userIdentity":{"type":"AssumedRole","principalId":"AROAEXAMPLE:alice@example.com",\
    "arn":"arn:aws:sts::111122223333:assumed-role/Admin/alice@example.com","accessKeyId":"ASIAEXAMPLE",\
    "accountId":"444455556666","invokedBy":"config.amazonaws.com","sessionContext":{"sessionIssuer":\
    {"type":"Role","arn":"arn:aws:iam::111122223333:role/Admin","userName":"Admin"}}},\
    "requestParameters":{"roleName":"de\\u0070loy","name":"arn:aws:cloudtrail:us-east-1:111122223333:trail/main",\
    "instancesSet":{"items":[{"instanceId":"i-1"},{"instanceId":"i-2"}]}},\
    "resources":[{"ARN":"arn:aws:s3:::logs/AWSLogs/x.gz"},{"ARN":"arn:aws:kms:us-east-1:111122223333:key/k-1"}]}
    """

/// What is looked for, and whether ``rich`` is found.
private let searches: [(@Sendable (inout EventQuery) -> Void, Bool)] = [
    ({ $0.names = ["PutRolePolicy"] }, true), ({ $0.names = ["putrolepolicy"] }, false),
    ({ $0.names = ["A", "PutRolePolicy"] }, true), ({ $0.names = ["PutRole"] }, false),
    ({ $0.sources = ["iam.amazonaws.com"] }, true), ({ $0.sources = ["PutRolePolicy"] }, false),
    ({ $0.regions = ["us-east-1"] }, true), ({ $0.addresses = ["192.0.2.1"] }, true),
    ({ $0.accounts = ["111122223333"] }, true), ({ $0.accounts = ["444455556666"] }, false),
    ({ $0.errors = ["AccessDenied"] }, true), ({ $0.errors = ["*"] }, true),
    ({ $0.errors = ["Denied", "*"] }, true), ({ $0.errors = ["NoErrorCode"] }, false),
    ({ $0.users = ["alice@example.com"] }, true), ({ $0.users = ["AROAEXAMPLE:alice@example.com"] }, true),
    ({ $0.users = ["arn:aws:sts::111122223333:assumed-role/Admin/alice@example.com"] }, true),
    ({ $0.users = ["ASIAEXAMPLE"] }, true), ({ $0.users = ["Admin"] }, true),
    ({ $0.users = ["arn:aws:iam::111122223333:role/Admin"] }, true), ({ $0.users = ["root"] }, false),
    ({ $0.users = ["config.amazonaws.com"] }, true), ({ $0.users = ["AssumedRole"] }, false),
    ({ $0.resources = ["deploy"] }, true), ({ $0.resources = ["i-2"] }, true),
    ({ $0.resources = ["arn:aws:iam::111122223333:role/deploy"] }, true),
    ({ $0.resources = ["arn:aws:iam::111122223333:role/path/deploy"] }, true),
    ({ $0.resources = ["arn:aws:iam::444455556666:role/deploy"] }, false),
    ({ $0.resources = ["arn:aws:s3:::deploy"] }, true), ({ $0.resources = ["arn:aws:s3:::logs"] }, false),
    ({ $0.resources = ["arn:aws:s3:::logs/AWSLogs/x.gz"] }, true), ({ $0.resources = ["x.gz"] }, false),
    ({ $0.resources = ["k-1"] }, true), ({ $0.resources = ["main"] }, true),
    ({ $0.resources = ["arn:aws:kms:us-east-1:111122223333:key/k-1"] }, true),
    // The name inside another ARN is not what this ARN names.
    ({ $0.resources = ["arn:aws:iam::111122223333:role/k-1"] }, false),
    ({ $0.isChange = true }, true),
    (
        {
            $0.isChange = true
            $0.resources = ["deploy"]
            $0.errors = ["*"]
        }, true
    ),
    (
        {
            $0.names = ["PutRolePolicy"]
            $0.regions = ["eu-west-1"]
        }, false
    ),
    ({ $0.range = Timestamp(seconds: 1_767_322_800)..<Timestamp(seconds: 1_767_322_801) }, true),
    ({ $0.range = Timestamp(seconds: 0)..<Timestamp(seconds: 1_767_322_800) }, false),
]

@Suite struct EventQueryTests {
    @Test(arguments: searches)
    func `a record is found by what it holds, whole and exactly`(
        set: @Sendable (inout EventQuery) -> Void, isFound: Bool
    ) throws {
        let query = query(set)
        let (days, found) = try search([rich], query)
        #expect(!found.isEmpty == isFound, "\(query)")
        if isFound { #expect(admits(days, query), "the index misses \(query)") }
    }

    @Test(
        arguments: [
            (#""readOnly":false"#, "GetX", true), (#""readOnly":true"#, "PutX", false),
            (#""readOnly":"false""#, "GetX", true), (#""readOnly":"true""#, "PutX", false),
            (#""readOnly":null"#, "PutX", true), (#""a":1"#, "DescribeX", false), (#""a":1"#, "ListX", false),
            (#""a":1"#, "GetX", false), (#""a":1"#, "TerminateX", true),
            (#""eventCategory":"Insight""#, "RunX", false),
        ])
    func `a change is a call that is not known to read only`(member: String, name: String, isChange: Bool) throws {
        let record = #"{"eventTime":"2026-01-02T03:00:00Z","eventName":"\#(name)",\#(member)}"#
        let query = query { $0.isChange = true }
        let (days, found) = try search([record], query)
        #expect(found.isEmpty != isChange)
        #expect(admits(days, query) == isChange)
    }

    @Test(
        arguments: [
            (#""errorCode":"X""#, "X", true), (#""errorCode":"Success""#, "*", false),
            (#""errorMessage":"No""#, "NoErrorCode", true), (#""errorMessage":"""#, "*", false),
            (#""errorCode":"","errorMessage":"No""#, "*", true), (#""errorCode":null"#, "*", false),
            (#""errorCode":"Success","errorMessage":"No""#, "*", false),
        ])
    func `an error is what the metric ErrorCount counts`(members: String, code: String, isError: Bool) throws {
        let record = record(1, members)
        let query = query { $0.errors = [code] }
        let (days, found) = try search([record], query)
        #expect(found.isEmpty != isError)
        #expect(admits(days, query) == isError)
        #expect(try extract([record]).errorCount == (isError ? 1 : 0))
    }

    @Test(
        arguments: [
            ("arn:aws:iam::1:role/path/r", "r"), ("arn:aws:s3:::bucket", "bucket"), ("arn:aws:s3:::bucket/key", nil),
            ("arn:aws:lambda:us-east-1:1:function:f", "f"), ("arn:aws:lambda:us-east-1:1:function:f:2", "f"),
            ("arn:aws:logs:us-east-1:1:log-group:/aws/x:*", "/aws/x"), ("arn:aws:sns:us-east-1:1:topic", "topic"),
            ("arn:aws:secretsmanager:us-east-1:1:secret:prod/db-a", "prod/db-a"),
            ("arn:aws:iam::1:root", "root"), ("arn:aws:iam::1:", nil), ("arn:aws:iam::1:role/", nil),
            ("arn:aws:iam", nil), ("arn", nil), ("", nil), ("Arn:aws:iam::1:user/u", nil),
        ])
    func `the name of a resource stands in its ARN`(arn: String, name: String?) throws {
        let record = record(1, #""resources":[{"ARN":"\#(arn)"}]"#)
        if let name { #expect(try search([record], query { $0.resources = [name] }).found == [0]) }
        let tail = arn.split { $0 == "/" || $0 == ":" }.last.map(String.init) ?? "-"
        if name == nil, tail != arn {
            #expect(try search([record], query { $0.resources = [tail] }).found.isEmpty)
        }
    }

    @Test(arguments: UInt64(1)...6)
    func `the index admits every file that a search finds something in`(seed: UInt64) throws {
        var random = SeededGenerator(state: seed)
        let texts = ["a", "b", "c\\u0041", "arn:aws:iam::1:role/a", "arn:aws:s3:::b", "é", "root", "Get"]
        let plain = ["a", "b", "cA", "arn:aws:iam::1:role/a", "arn:aws:s3:::b", "é", "root", "Get", "none", ""]
        func some(_ from: [String]) -> String { from.randomElement(using: &random) ?? "" }
        func member(_ name: String) -> String {
            let value =
                ["null", "1", "true", "false", "[]", "{}"].randomElement(using: &random).flatMap {
                    Int.random(in: 0..<4, using: &random) == 0 ? $0 : nil
                } ?? "\"\(some(texts))\""
            return #""\#(name)":\#(value)"#
        }
        var hits = 0
        for _ in 0..<400 {
            let records = (0..<Int.random(in: 0...3, using: &random)).map { number in
                let day = Int64.random(in: 0...2, using: &random)
                let members = callMembers.filter { _ in Bool.random(using: &random) }.map(member)
                let user = userMembers.map(member)
                let parameters = ["roleName", "name", "bucketName"].map(member)
                return #"{"eventTime":"\#(start.adding(seconds: day * 86_400).rfc3339)","eventID":"\#(number)","#
                    + (members + [#""userIdentity":{\#(user.joined(separator: ","))}"#]).joined(separator: ",")
                    + #","requestParameters":{\#(parameters.joined(separator: ","))},"#
                    + #""resources":[{\#(member("ARN"))},{\#(member("ARN"))}]}"#
            }
            let query = query { query in
                func maybe(_ chance: Int) -> [String] {
                    Int.random(in: 0..<chance, using: &random) == 0
                        ? (0...Int.random(in: 0...2, using: &random)).map { _ in some(plain) } : []
                }
                query.names = maybe(5)
                query.sources = maybe(9)
                query.regions = maybe(9)
                query.addresses = maybe(9)
                query.accounts = maybe(9)
                query.users = maybe(4)
                query.resources = maybe(3)
                query.errors = maybe(6) + (Int.random(in: 0..<6, using: &random) == 0 ? ["*"] : [])
                query.isChange = Int.random(in: 0..<3, using: &random) == 0
            }
            let (days, found) = try search(records, query)
            hits += found.count
            if !found.isEmpty { #expect(admits(days, query), "seed \(seed): \(query) in \(records)") }
        }
        #expect(hits > 50, "seed \(seed)")
    }

    @Test(
        arguments: [
            (#"{ $.eventName = "A" }"#, 1, #""eventName":"A""#),
            (#"{ $.eventName = A && $.errorCode = "*X*" }"#, 1, nil),
            (#"{ ($.eventName = A) || ($.eventName = B) }"#, 1, #""eventName":"B""#),
            (#"{ ($.eventName = A) || ($.eventSource = "b.c") }"#, 1, #""eventSource":"b.c""#),
            (#"{ (($.eventName = A) || ($.x = B)) && $.awsRegion = "r" }"#, 1, #""x":"B","awsRegion":"r""#),
            (#"{ $.eventName = A && $.userIdentity.userName = u && $.x = y }"#, 2, nil),
            (#"{ $.userIdentity.type = "Root" }"#, 1, #""userIdentity":{"type":"Root"}"#),
            (#"{ $.readOnly IS FALSE }"#, 1, #""readOnly":false"#),
            (#"{ $.requestParameters.bucketName = "b" }"#, 1, #""requestParameters":{"bucketName":"b"}"#),
            (#"{ $.resources[*].ARN = "arn:x" }"#, 1, #""resources":[{"ARN":"z"},{"ARN":"arn:x"}]"#),
            (#"{ $.sourceIPAddress = "192.0.2.1" }"#, 1, #""sourceIPAddress":"192.0.2.1""#),
            (#"{ $.errorCode = "AccessDenied" }"#, 1, #""errorCode":"AccessDenied""#),
            // What the index could miss, it is not asked for: numbers, no errors, parts of texts, absence.
            (#"{ $.eventName = "15" }"#, 0, #""eventName":15"#), (#"{ $.eventName = 15 }"#, 0, #""eventName":1.5e1"#),
            (#"{ $.eventName = "1e999" }"#, 0, #""eventName":1e999"#),
            (#"{ $.errorCode = "Success" }"#, 0, #""errorCode":"Success""#),
            (#"{ $.eventName = "A*" }"#, 0, #""eventName":"AB""#), (#"{ $.eventName != "A" }"#, 0, #""eventName":"B""#),
            (#"{ $.eventName NOT EXISTS }"#, 0, #""x":1"#), (#"{ $.eventName = "" }"#, 0, #""eventName":"""#),
            (#"{ ($.eventName = A) || ($.x = B) }"#, 0, #""x":"B""#), ("", 0, #""x":1"#),
        ] as [(String, Int, String?)])
    func `a pattern asks the index for no more than every match has`(
        pattern: String, groups: Int, members: String?
    ) throws {
        var query = query { _ in }
        query.pattern = try FilterPattern(pattern)
        #expect(query.termGroups.count == groups, "\(query.termGroups)")
        if let members {
            let (days, found) = try search([#"{"eventTime":"2026-01-02T03:00:00Z",\#(members)}"#], query)
            #expect(found == [0])
            #expect(admits(days, query))
        }
        let other = try search([record(1)], query).days
        #expect(admits(other, query) == (groups == 0))
    }

    @Test func `each day of a file is kept apart, with its times`() throws {
        let times = [
            start, start.adding(seconds: 86_400), start.adding(seconds: 5), start.adding(seconds: -86_400 * 9),
        ]
        let (days, _) = try search(times.enumerated().map { record($0, at: $1) }, query { _ in })
        #expect(days.map(\.day) == [20_455, 20_456, 20_446])
        #expect(days[0].firstSeconds == start.seconds && days[0].lastSeconds == start.seconds + 5)
        #expect(Set(days[0].terms) == Set(days[1].terms))
    }

    @Test func `the further days of a file with wrong clocks are one that every search looks at`() throws {
        let records = (0..<200).map { record($0, at: start.adding(seconds: Int64($0) * 86_400)) }
        let (days, _) = try search(records, query { _ in })
        #expect(days.count == IndexCollector.daysMax + 1)
        let rest = try #require(days.last)
        #expect(rest.day == IndexedDay.anyDay)
        #expect(rest.firstSeconds == start.seconds + 64 * 86_400 && rest.lastSeconds == start.seconds + 199 * 86_400)
    }

    @Test func `fingerprints are the same for ever, since stores keep them`() {
        func term(_ text: String) -> UInt32? { query { $0.names = [text] }.termGroups.first?.first }
        let texts = ["", "a", "abc", "abcd", "GetUser", "12345678", "DescribeInstance", "DescribeInstances"]
        #expect(
            texts.map(term) == [
                47_766_121, 12_113_815, 12_539_553, 38_112_854, 29_947_733, 63_994_312, 55_660_057, 56_578_796,
            ])
        // Every byte matters at every length.
        for length in 1...80 {
            let base = [UInt8](repeating: 0x61, count: length)
            var seen: Set<UInt32?> = [term(String(decoding: base, as: UTF8.self))]
            for index in 0..<length {
                var changed = base
                changed[index] ^= 1
                seen.insert(term(String(decoding: changed, as: UTF8.self)))
            }
            #expect(seen.count == length + 1, "\(length) bytes")
        }
    }
}
