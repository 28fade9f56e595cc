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
        #expect(made.apart.map(\.event) == [1])
        let metric = try #require(made.apart.first?.metric)
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

    @Test func `an aggregated record adds its values at the start of its window`() throws {
        let record = """
            {"eventVersion":"1.0","accountId":"111122223333","eventId":"a","eventCategory":"Aggregated",
            "eventType":"AwsAggregatedEvent","awsRegion":"us-east-1","eventSource":"s3.amazonaws.com",
            "timeWindow":{"windowStart":"2023-07-10T11:45:00Z","windowEnd":"2023-07-10T11:50:00Z","windowSize":"PT5M"},
            "summary":{"primaryDimension":{"dimension":"eventName","statistics":[{"name":"GetObject","value":5},
            {"name":"PutObject","value":2}],"aggregationType":"Count"},"details":[]}}
            """
        let made = try extract([record])
        #expect(made.badRecords.isEmpty)
        #expect(made.events.map(\.seconds) == [1_688_989_500])
        #expect(made.events.first?.activity == nil)
        let counts = made.apart.map { count in
            "\(count.metric.name) \(count.metric.dimensions.map(\.value)) \(count.count)"
        }
        #expect(
            counts == [
                #"AggregatedEventCount ["GetObject", "s3.amazonaws.com"] 5"#,
                #"AggregatedEventCount ["PutObject", "s3.amazonaws.com"] 2"#, "AggregatedEventCount [] 7",
            ])
    }

    @Test func `an addendum has the key of the event that it corrects`() throws {
        let made = try extract([
            #"{"eventTime":"2023-07-10T11:45:00Z","eventID":"a","recipientAccountId":"111122223333"}"#,
            #"{"eventTime":"2023-07-10T11:45:00Z","eventID":"b","recipientAccountId":"111122223333","addendum":{"#
                + #""reason":"UPDATED_DATA","originalEventID":"a"}}"#,
            #"{"eventTime":"2023-07-10T11:45:00Z","eventID":"c","recipientAccountId":"111122223333","addendum":{"#
                + #""reason":"DELIVERY_DELAY","originalEventID":null}}"#,
        ])
        #expect(made.events[0].key == made.events[1].key)
        #expect(made.events[2].key != made.events[0].key)
    }
}
