import Testing
import TrailCounts
import TrailModel

struct FileExtractorTests {
    @Test(
        arguments: [
            ("", nil),
            (#""errorCode":null"#, nil),
            (#""errorCode":"""#, nil),
            (#""errorCode":"Success""#, nil),
            (#""errorCode":"Success","errorMessage":"x""#, nil),
            (#""errorCode":"AccessDenied""#, "AccessDenied"),
            (#""errorMessage":"Failed authentication""#, "NoErrorCode"),
            (#""errorCode":null,"errorMessage":"Failed authentication""#, "NoErrorCode"),
            (#""errorMessage":"""#, nil),
            (#""errorMessage":null"#, nil),
        ] as [(String, String?)])
    func `the error of a record`(members: String, code: String?) throws {
        let made = try extract([record(1, members)])
        #expect(made.activities.map(\.errorCode) == [code])
        #expect(made.errorCount == (code == nil ? 0 : 1))
    }

    @Test func `a field that is missing, null, empty or no string is nil`() throws {
        let time = #""eventTime":"\#(start.rfc3339)""#
        let made = try extract([
            "{\(time)}", #"{\#(time),"eventSource":null,"awsRegion":""}"#,
            #"{\#(time),"eventName":7,"userIdentity":[]}"#,
        ])
        let nothing = Activity(
            eventSource: nil, eventName: nil, awsRegion: nil, recipientAccountID: nil, userIdentityType: nil,
            errorCode: nil)
        #expect(made.activities.allSatisfy { $0 == nothing })
        #expect(made.recordCount == 3 && made.events.count == 3)
        #expect(BuiltInMetrics.metrics(of: nothing) == [Metric(namespace: "CloudTrail", name: "EventCount")])
    }

    @Test func `a record that cannot be an event is set aside and the others count`() throws {
        let made = try extract(["7", record(1), #"{"eventName":"A"}"#, #"{"eventTime":"yesterday"}"#])
        #expect(made.badRecords.map(\.reason) == [.notAnObject, .missingEventTime, .invalidEventTime])
        #expect(made.badRecords.map(\.index) == [0, 2, 3])
        #expect(made.events.count == 1 && made.recordCount == 4)
    }

    @Test func `an Insights record counts apart from the activities`() throws {
        let insight =
            #""eventCategory":"Insight","insightDetails":{"eventSource":"ec2.amazonaws.com","eventName":"RunInstances"}"#
        let made = try extract([record(1), record(2, insight), record(3, #""eventCategory":"Aggregated""#)])
        #expect(made.events.map(\.activity) == [0, nil, nil])
        #expect(made.insights.map(\.event) == [1])
        let metric = try #require(made.insights.first?.metric)
        #expect(
            metric.name == "InsightCount" && metric.dimensions.map(\.value) == ["RunInstances", "ec2.amazonaws.com"])
    }

    @Test func `an activity with all fields is in nine sets, a failed one in twelve more`() throws {
        let made = try extract([record(1), record(2, #""errorCode":"AccessDenied""#)])
        let sets = made.activities.map { BuiltInMetrics.metrics(of: $0) }
        #expect(sets.map(\.count) == [9, 21])
        #expect(Set(sets[1]).count == 21)
        #expect(sets[1].filter { $0.name == "ErrorCount" }.count == 12)
    }
}
