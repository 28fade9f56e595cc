import Testing
import TrailEvents
import TrailModel
import TrailNotify

@testable import TrailServer

@Suite struct EventFactsTests {
    @Test(
        arguments: [
            (#""type":"Root","accountId":"1""#, "root", "root"),
            (#""type":"IAMUser","userName":"ann","arn":"arn:aws:iam::1:user/ann""#, "ann", "ann"),
            (#""type":"IAMUser","arn":"arn:aws:iam::1:user/path/ann""#, "ann", "ann"),
            (
                #""type":"AssumedRole","principalId":"AROA:i-1","sessionContext":{"sessionIssuer":{"userName":"Web"}}"#,
                "Web", "Web/i-1"
            ),
            (#""type":"AssumedRole","arn":"arn:aws:sts::1:assumed-role/Web/i-1""#, "Web", "Web/i-1"),
            (
                """
                "type":"AssumedRole","principalId":"AROA:ann@x.test","sessionContext":{"sessionIssuer":{\
                "userName":"AWSReservedSSO_Power_User_0123456789abcdef"}}
                """, "ann@x.test (Power_User)", "ann@x.test (Power_User)"
            ),
            (
                #""type":"AWSService","invokedBy":"config.amazonaws.com""#, "config.amazonaws.com",
                "config.amazonaws.com"
            ),
            (#""type":"AWSAccount","accountId":"1","principalId":"AIDA1""#, "AIDA1", "AIDA1"),
            (#""type":"Unknown""#, "Unknown", "Unknown"), ("", "unknown", "unknown"),
        ])
    func `who acted is named as people know them`(identity: String, name: String, shown: String) throws {
        let facts = try facts(#"{"eventTime":"2023-07-10T11:45:00Z","userIdentity":{\#(identity)}}"#)
        #expect(facts.principal.name == name)
        #expect(facts.example.principal == shown)
    }

    @Test(
        arguments: [
            (#""additionalEventData":{"MFAUsed":"Yes"}"#, true), (#""additionalEventData":{"MFAUsed":"No"}"#, false),
            (#""userIdentity":{"sessionContext":{"attributes":{"mfaAuthenticated":"true"}}}"#, true),
            (#""userIdentity":{"sessionContext":{"attributes":{"mfaAuthenticated":false}}}"#, false),
            (#""eventName":"X""#, nil),
        ] as [(String, Bool?)])
    func `whether a second factor was used is read where CloudTrail writes it`(member: String, want: Bool?) throws {
        #expect(try facts("{\"eventTime\":\"2023-07-10T11:45:00Z\",\(member)}").example.isMFA == want)
    }

    private func facts(_ record: String) throws -> EventFacts {
        var table = FieldTable()
        let reader = EventFactsReader(into: &table)
        var scanner = RecordScanner(table)
        var found: EventFacts?
        try scanner.scan(LogText(Array("{\"Records\":[\(record)]}".utf8))) { record in
            found = reader.facts(record, time: Timestamp(seconds: 0))
        }
        return try #require(found)
    }
}
