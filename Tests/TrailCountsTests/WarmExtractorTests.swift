import Testing
import TrailCounts
import TrailEvents
import TrailModel

/// What an extractor remembers of earlier files makes it quicker, and changes nothing.
struct WarmExtractorTests {
    private func record(_ number: Int, _ random: inout SeededGenerator) -> String {
        func one(_ values: [String]) -> String { values.randomElement(using: &random) ?? "" }
        let day = start.adding(seconds: Int64.random(in: 0..<3, using: &random) * 86_400)
        let caller = one([
            #"{"type":"IAMUser","principalId":"AIDA1","arn":"arn:aws:iam::111122223333:user/ann","accountId":"1","userName":"ann"}"#,
            #"{"type":"AssumedRole","principalId":"AROA1:s","arn":"arn:aws:sts::111122223333:assumed-role/r/s","accountId":"111122223333","accessKeyId":"ASIA\#(number % 7)"}"#,
            #"{"type":"Root"}"#, "null",
        ])
        let error = one([
            "", "", "", #","errorCode":"AccessDenied""#, #","errorMessage":"no""#, #","errorCode":"Success""#,
        ])
        let account = one([#""111122223333""#, #""444455556666""#, "null", #""""#])
        return #"{"eventVersion":"1.08","userIdentity":\#(caller),"eventTime":"\#(day.rfc3339)","eventSource":""#
            + one(["s3.amazonaws.com", "signin.amazonaws.com"]) + #"","eventName":""#
            + one(["GetObject", "PutObject", "ConsoleLogin"]) + #"","awsRegion":"eu-west-1","sourceIPAddress":"10.0.0."#
            + one(["1", "2", "3"]) + #"""# + error + #","requestParameters":{"bucketName":""# + one(["a", "b"])
            + #""},"eventID":"\#(eventID(number))","readOnly":"# + one(["true", "false"])
            + #","eventType":"AwsApiCall","managementEvent":true,"recipientAccountId":\#(account),"eventCategory":"Management","tlsDetails":{"tlsVersion":"TLSv1.3","cipherSuite":"TLS_AES_128_GCM_SHA256"}}"#
    }

    private struct Event: Equatable {
        let key: EventKey
        let seconds: Int64
        let activity: Activity?
        let matches: [UInt32]
    }

    private func events(_ extract: FileExtract) -> [Event] {
        var begin = 0
        return extract.events.map { event in
            let matches = extract.matches[begin..<Int(event.matchEnd)].map(\.filter)
            begin = Int(event.matchEnd)
            return Event(
                key: event.key, seconds: event.seconds, activity: event.activity.map { extract.activities[Int($0)] },
                matches: matches)
        }
    }

    @Test func `a call counts as one however many others lie between its events`() throws {
        // More calls than the extractor remembers, twice over, and one with a name too long to be remembered.
        let long = String(repeating: "x", count: FieldTupleTable.textBytesMax + 1)
        let names = (0..<FieldTupleTable.tuplesMax + 100).map(String.init) + [long]
        let records = (names + names).enumerated().map { number, name in
            #"{"eventID":"\#(number)","eventTime":"2026-01-02T03:04:05Z","eventName":"\#(name)"}"#
        }
        var extractor = FileExtractor(plan: CountingPlan(filters: []))
        let extract = try extractor.extract(file(records))
        #expect(extract.events.count == 2 * names.count)
        #expect(extract.activities.count == names.count)
        #expect(Set(extract.activities).count == names.count)
    }

    @Test(arguments: [1, 2, 3] as [UInt64])
    func `a file gives the same in an extractor that read others`(seed: UInt64) throws {
        var random = SeededGenerator(state: seed)
        let plan = CountingPlan(filters: [
            try filter("denied", "{ $.errorCode = \"AccessDenied*\" && $.sourceIPAddress != \"10.0.0.1\" }", value: 1),
            try filter("login", "{ $.eventName = ConsoleLogin && $.errorMessage = \"no\" }", value: 1),
            try filter("root", "{ $.userIdentity.type = Root && $.userIdentity.invokedBy NOT EXISTS }", value: 1),
            try filter("writes", "{ $.readOnly IS FALSE }", value: 1),
        ])
        var warm = FileExtractor(plan: plan)
        var matches = 0
        for number in 0..<40 {
            let records = (0..<50).map { record(number * 50 + $0, &random) }
            let text = file(records)
            var fresh = FileExtractor(plan: plan)
            let want = try fresh.extract(text)
            let got = try warm.extract(text)
            #expect(events(got) == events(want), "seed \(seed) file \(number)")
            #expect(got.errorCount == want.errorCount)
            #expect(got.indexedDays.map { Set($0.terms) } == want.indexedDays.map { Set($0.terms) })
            // The fresh one, too, read records before each.
            for (record, want) in zip(records, events(want)) where number % 10 == 0 {
                var alone = FileExtractor(plan: plan)
                #expect(events(try alone.extract(file([record]))) == [want], "seed \(seed): \(record)")
            }
            matches += want.matches.count
        }
        #expect(matches > 500)
    }
}
