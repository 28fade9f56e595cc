import Testing
import TrailEvents
import TrailPatterns

struct EventPatternTests {
    @Test(arguments: EventPatternCase.all)
    func `a case that event-ruler decided holds`(_ item: EventPatternCase) {
        #expect(eventVerdict(item.pattern, item.event) == item.expect, "\(item.pattern)")
    }

    @Test func `all cases were read`() {
        #expect(EventPatternCase.all.count == 155)
        #expect(EventPatternCount.all.count == 36)
    }

    @Test(arguments: [
        // An array of objects: what is asked of its fields must hold in one element.
        (#"{"a":{"b":["x"],"c":["y"]}}"#, #"{"a":[{"b":"x"},{"c":"y"}]}"#, "nomatch"),
        (#"{"a":{"b":["x"],"c":["y"]}}"#, #"{"a":[{"b":"x"},{"b":"x","c":["z","y"]}]}"#, "match"),
        (#"{"a":{"b":{"c":["x"]},"d":["y"]}}"#, #"{"a":[[{"b":[{"c":"x"},{"c":"z"}],"d":"n"}],{"d":"y"}]}"#, "nomatch"),
        (#"{"a":{"b":{"c":["x"]},"d":["y"]}}"#, #"{"a":[[{"b":[{"c":"z"},{"c":"x"}],"d":"y"}],{"d":"n"}]}"#, "match"),
        (#"{"a":{"b":["x"]},"d":["y"]}"#, #"{"a":[{"b":"x"}],"d":["n","y"]}"#, "match"),
        (#"{"a":["x"],"a.b":["y"]}"#, #"{"a":["x",{"b":"y"}]}"#, "nomatch"),
        (#"{"a":{"b":["x"],"c":[{"exists":false}]}}"#, #"{"a":[{"b":"x"},{"c":1}]}"#, "nomatch"),
        (#"{"a":{"b":["x"],"c":[{"exists":false},2]}}"#, #"{"a":[{"b":"x","c":2},{"c":1}]}"#, "match"),
        // Names with dots and nested objects are alike, on both sides.
        (#"{"a":{"b":{"c":[1]}}}"#, #"{"a.b":{"c":1}}"#, "match"),
        (#"{"a":{"b":{"c":[1]}}}"#, #"{"a":{"b.c":1}}"#, "match"),
        (#"{"a.b.c":[1]}"#, #"{"a":{"b":{"c":1}}}"#, "match"),
        (#"{"a.b.c":[1]}"#, #"{"a":{"b":{"c":2}},"a.b":{"c":1}}"#, "match"),
        (#"{"a.b.c":[{"exists":false}]}"#, #"{"a.b":{"c":1}}"#, "nomatch"),
        (#"{"a..b":[1]}"#, #"{"a":{"":{"b":1}}}"#, "match"),
        (#"{"a":{"b.c":[1]}}"#, #"{"a\u002eb":{"\u0063":1}}"#, "match"),
        (#"{"a.b.c.d.e.f.g.h.i.j.k.l":[1]}"#, #"{"a":{"b.c.d.e.f.g":{"h.i.j.k":{"l":[1]}}}}"#, "match"),
        // Of names alike the last counts.
        (#"{"a":[1]}"#, #"{"a":2,"a":1}"#, "match"), (#"{"a":{"b":[1]}}"#, #"{"a":{"b":1},"a":{}}"#, "nomatch"),
        (#"{"a":{"b":[1]}}"#, #"{"a":[{"b":1,"b":2}]}"#, "nomatch"),
        // In a pattern a later member adds fields, and replaces what was asked of the same one.
        (#"{"a":{"b":[1]},"a":{"c":[2]}}"#, #"{"a":{"b":1}}"#, "nomatch"),
        (#"{"a":{"b":[1]},"a":{"b":[2]}}"#, #"{"a":{"b":2}}"#, "match"),
        (#"{"a":[1],"$or":[{"a":[2]},{"b":[3]}]}"#, #"{"a":2}"#, "match"),
        (#"{"$or":[{"a":[2]},{"b":[3]}],"a":[1]}"#, #"{"a":2}"#, "nomatch"),
        (#"{"$or":[{"a":[1]},{"b":[1]}],"c":{"$or":[{"d":[1]},{"e":[1]}]}}"#, #"{"b":1,"c":{"d":1}}"#, "match"),
        (#"{"$or":[{"a":[1]},{"b":[1]}],"c":{"$or":[{"d":[1]},{"e":[1]}]}}"#, #"{"b":1,"c":{"f":1}}"#, "nomatch"),
        // Escapes, on both sides.
        (#"{"a":["\u00e9\n\/"]}"#, #"{"a":"é\u000a/"}"#, "match"), (#"{"a":["\ud83d\ude00"]}"#, #"{"a":"😀"}"#, "match"),
        (#"{"\u0061":["x"]}"#, #"{"a":"x"}"#, "match"),
        // Values of other kinds.
        (#"{"a":[1e3]}"#, #"{"a":1000}"#, "match"), (#"{"a":[-0]}"#, #"{"a":0.0}"#, "match"),
        (#"{"a":[{"numeric":["<=",-1.5]}]}"#, #"{"a":-15e-1}"#, "match"),
        (#"{"a":["true"]}"#, #"{"a":true}"#, "nomatch"), (#"{"a":[{"anything-but":[1,2]}]}"#, #"{"a":2.0}"#, "nomatch"),
        (#"{"a":[{"anything-but":{"equals-ignore-case":"É"}}]}"#, #"{"a":"é"}"#, "nomatch"),
        (#"{"a":[{"anything-but":"x"}]}"#, #"{"a":{}}"#, "nomatch"),
        (#"{"a":[{"exactly":"x"}]}"#, #"{"a":"x"}"#, "match"),
        // Wildcards.
        (#"{"a":[{"wildcard":"*ab*ab"}]}"#, #"{"a":"xabab"}"#, "match"),
        (#"{"a":[{"wildcard":"*ab*ab"}]}"#, #"{"a":"xab"}"#, "nomatch"),
        (#"{"a":[{"wildcard":"a*aab*c"}]}"#, #"{"a":"aaaabc"}"#, "match"),
        (#"{"a":[{"wildcard":"ab*ba"}]}"#, #"{"a":"aba"}"#, "nomatch"),
        (#"{"a":[{"wildcard":"\\\\*\\*"}]}"#, #"{"a":"\\x*"}"#, "match"),
        (#"{"a":[{"wildcard":"*\u00e9*"}]}"#, #"{"a":"caf\u00e9s"}"#, "match"),
        // Addresses.
        (#"{"a":["::ffff:a01:203"]}"#, #"{"a":"10.1.2.3"}"#, "match"),
        (#"{"a":["10.1.2.3"]}"#, #"{"a":"10.1.2.03"}"#, "match"),
        (#"{"a":["1.2.3"]}"#, #"{"a":"1.2.3"}"#, "match"), (#"{"a":["::"]}"#, #"{"a":"0:0:0:0:0:0:0:0"}"#, "match"),
        (#"{"a":[{"cidr":"10.1.2.3/23"}]}"#, #"{"a":"10.1.3.255"}"#, "match"),
        (#"{"a":[{"cidr":"10.1.2.0/23"}]}"#, #"{"a":"10.1.4.0"}"#, "nomatch"),
        (#"{"a":[{"cidr":"2001:db8::/33"}]}"#, #"{"a":"2001:db8:8000::"}"#, "nomatch"),
        (#"{"a":[{"cidr":"::/0"}]}"#, #"{"a":"10.0.0.1"}"#, "nomatch"),
        (#"{"a":[{"cidr":"10.0.0.0/8"}]}"#, #"{"a":["x","10.0.0.256","10.0.0.","1:2:3:4:5:6:7:8:9",":1"]}"#, "nomatch"),
    ])
    func `a pattern decides`(_ pattern: String, _ event: String, _ want: String) {
        #expect(eventVerdict(pattern, event) == want)
    }

    @Test(arguments: [
        (#"{"source":["aws.s3"],"detail-type":["AWS API Call via CloudTrail"]}"#, "match"),
        (#"{"source":["aws.S3"]}"#, "nomatch"), (#"{"source":[{"prefix":"aws."}],"version":["0"]}"#, "match"),
        (#"{"account":["111122223333"],"region":["eu-west-1"],"id":["e-1"]}"#, "match"),
        (#"{"time":[{"prefix":"2026-11-"}]}"#, "match"), (#"{"resources":[{"exists":true}]}"#, "nomatch"),
        (#"{"resources":[{"exists":false}],"detail":{"resources":{"ARN":["arn:1"]}}}"#, "match"),
        (#"{"detail":[{"exists":false}],"source.x":[{"exists":false}],"other":[{"exists":false}]}"#, "match"),
        (#"{"other":["x"]}"#, "nomatch"), (#"{"eventName":["GetObject"]}"#, "nomatch"),
        (#"{"detail.eventName":["GetObject"]}"#, "match"),
        (#"{"detail":{"detail":{"eventName":["GetObject"]}}}"#, "nomatch"),
    ])
    func `a record stands in its envelope`(_ pattern: String, _ want: String) {
        let record = """
            {"eventTime":"2026-11-23T10:00:00Z","eventSource":"s3.amazonaws.com","eventName":"GetObject",\
            "awsRegion":"eu-west-1","eventID":"e-1","eventType":"AwsApiCall","recipientAccountId":"111122223333",\
            "resources":[{"ARN":"arn:1"}]}
            """
        #expect(eventVerdict(pattern, record, .cloudTrailRecord) == want)
    }

    @Test(arguments: [
        (#""eventType":"AwsApiCall""#, "AWS API Call via CloudTrail", "aws.iam"),
        (#""eventType":"AwsServiceEvent""#, "AWS Service Event via CloudTrail", "aws.iam"),
        (#""eventType":"AwsConsoleAction""#, "AWS Console Action via CloudTrail", "aws.iam"),
        (#""eventType":"AwsConsoleSignIn""#, "AWS Console Sign In via CloudTrail", "aws.signin"),
        (#""eventType":"AwsConsoleSignIn""#, "AWS Console Signin via CloudTrail", "aws.signin"),
        (#""eventType":"AwsCloudTrailInsight""#, "AWS Insight via CloudTrail", "aws.cloudtrail"),
        (#""eventCategory":"NetworkActivity""#, "AWS Network Activity Event via CloudTrail", "aws.iam"),
    ])
    func `the kind of a record decides the detail type and the source`(_ kind: String, _ type: String, _ source: String)
    {
        let record = #"{"eventSource":"iam.amazonaws.com",\#(kind)}"#
        let pattern = #"{"detail-type":["\#(type)"],"source":["\#(source)"]}"#
        #expect(eventVerdict(pattern, record, .cloudTrailRecord) == "match")
        let other = #"{"detail-type":[{"anything-but":["\#(type)"]}]}"#
        #expect(eventVerdict(other, record, .cloudTrailRecord) == "nomatch")
    }

    @Test func `a record without what decides a member of the envelope lacks that member`() {
        for name in ["source", "account", "region", "time", "id"] {
            #expect(eventVerdict(#"{"\#(name)":[{"exists":false}]}"#, "{}", .cloudTrailRecord) == "match")
            #expect(eventVerdict(#"{"\#(name)":[{"anything-but":"x"}]}"#, "{}", .cloudTrailRecord) == "nomatch")
        }
        let record = #"{"userIdentity":{"accountId":"1"}}"#
        #expect(eventVerdict(#"{"account":["1"]}"#, record, .cloudTrailRecord) == "match")
    }

    /// Time by the product of both lengths would be many minutes.
    @Test(.timeLimit(.minutes(1))) func `text after a long string of a wildcard is looked for`() {
        let pattern = #"{"a":[{"wildcard":"*\#(String(repeating: "a", count: 2000))b*"}]}"#
        let event = #"{"a":"\#(String(repeating: "a", count: 4_000_000))"}"#
        #expect(eventVerdict(pattern, event) == "nomatch")
    }

    @Test func `patterns are equal when their texts are`() throws {
        #expect(try EventPattern(#"{"a":[1]}"#) == EventPattern(#"{"a":[1]}"#))
        #expect(try EventPattern(#"{"a":[1]}"#) != EventPattern(#"{"a":[2]}"#))
    }
}

/// The counts over recorded logs, when `TRAILWATCH_REAL_LOGS` names their folder.
@Suite(
    .enabled(if: Shared.recordedLogs != nil, "set TRAILWATCH_REAL_LOGS to the folder of recorded logs to run this"))
struct RecordedLogEventPatternTests {
    @Test func `rules match as often as event-ruler found`() throws {
        let rows = EventPatternCount.all
        var table = FieldTable()
        let compiled = try rows.map { try EventPattern($0.pattern).compile(into: &table, for: .cloudTrailRecord) }
        var scanner = RecordScanner(table)
        var counts = [Int](repeating: 0, count: rows.count)
        var events = 0
        for file in try recordedLogs(ofLargeSet: true) {
            events += try scanner.scan(
                file,
                onRecord: { record in
                    for (index, pattern) in compiled.enumerated() where pattern.matches(record) { counts[index] += 1 }
                })
        }
        for (row, count) in zip(rows, counts) {
            #expect(count == row.matches && events == row.of, "\(row.id): \(row.pattern)")
        }
    }
}
