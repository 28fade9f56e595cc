import Testing
import TrailModel
import TrailNotify
import TrailStore

@testable import TrailServer

/// Event rules whose targets are API destinations.
@Suite struct DestinationTests {
    private static let template =
        EngineScene.template + "\n"
            + """
              Login:
                Type: AWS::Events::Connection
                Properties:
                  AuthorizationType: API_KEY
                  AuthParameters:
                    ApiKeyAuthParameters: {ApiKeyName: x-key, ApiKeyValue: hush}
                    InvocationHttpParameters: {BodyParameters: [{Key: room, Value: ops}]}
              Chat:
                Type: AWS::Events::ApiDestination
                Properties:
                  ConnectionArn: !GetAtt Login.Arn
                  HttpMethod: PUT
                  InvocationEndpoint: https://chat.example/events/*
                  InvocationRateLimitPerSecond: 5
              Stopped:
                Type: AWS::Events::Rule
                Properties:
                  Name: stopped
                  EventPattern: {detail: {eventName: [StopLogging]}}
                  Targets:
                    - {Id: sns, Arn: !Ref Topic}
                    - Id: chat
                      Arn: !GetAtt Chat.Arn
                      RetryPolicy: {MaximumRetryAttempts: 3, MaximumEventAgeInSeconds: 600}
                      HttpParameters:
                        PathParameterValues: [$.detail.eventName]
                        HeaderParameters: {X-Fixed: plain, X-Source: $.detail.eventSource, X-None: $.detail.none}
                      InputTransformer:
                        InputPathsMap: {id: $.id}
                        InputTemplate: '{"event": <id>}'
            """

    @Test func `a match is sent to the destination as its connection and target say, once`() async throws {
        let scene = try EngineScene(lateness: 5, template: Self.template)
        let (engine, store) = try await scene.open()
        try await scene.settle(engine)
        let event = TrailEvent(time: scene.clock.now().adding(seconds: -10), name: "StopLogging", id: "one")
        try scene.write("a", [event])
        try await scene.settle(engine)
        try scene.write("b", [event])
        try await scene.settle(engine)
        let due = try await StoreOutbox(store).dueMessages(at: scene.clock.now(), limit: 9)
        #expect(due.map(\.endpointKind) == [.http, .apiDestination])
        let sent = try #require(due.last)
        #expect(sent.url == "https://chat.example/events/StopLogging")
        #expect(sent.body == #"{"event": "one","room":"ops"}"#)
        let headers = Dictionary(sent.headers.map { ($0.name, $0.value) }) { first, _ in first }
        #expect(headers["x-key"] == "hush" && headers["X-Fixed"] == "plain" && headers["X-None"] == "")
        #expect(headers["X-Source"] == "iam.amazonaws.com" && headers["Idempotency-Key"] == sent.messageKey.hex)
        var terms = DeliveryTerms(perSecondMax: 5)
        terms.limited = sent.topicARN
        terms.method = "PUT"
        terms.retriesMax = 3
        terms.ageMaxSeconds = 600
        #expect(sent.terms == terms)
        #expect(sent.topicARN.contains(":api-destination/alarms-Chat/"))
        #expect(sent.subscriptionARN == "arn:aws:events:us-east-1:000000000000:rule/stopped/chat")
        #expect(sent.alarmName == "rule stopped")
    }
}
