import Foundation
import Testing
import TrailAlarms
import TrailModel
import TrailNotify

/// Requests to API destinations, as EventBridge makes them.
struct DestinationRequestTests {
    private static let key = MessageKey(rule: "r", target: "t", event: "e", endpoint: "x")

    private func request(
        _ input: String = #"{"a":1}"#, isObject: Bool = true, method: String = "POST",
        endpoint: String = "https://chat.example/hook",
        authorization: Connection.Authorization = .apiKey(name: "x-key", value: SecretText("k")),
        own: Connection.Parameters = .init(), target parameters: DestinationRequest.Parameters = .init()
    ) -> DestinationRequest? {
        let place = SourceLocation(file: "a.yaml")
        return DestinationRequest(
            input, isObject: isObject,
            to: ApiDestination(
                name: "d", arn: "d", connectionARN: "c", method: method, endpoint: SecretText(endpoint),
                location: place),
            by: Connection(name: "c", arn: "c", authorization: authorization, parameters: own, location: place),
            parameters, key: Self.key)
    }

    private func headers(_ request: DestinationRequest?) -> [String: String] {
        Dictionary((request?.headers ?? []).map { ($0.name, $0.value) }) { $0 + ", " + $1 }
    }

    @Test func `a request has EventBridge's headers, the key, and the input as its body`() {
        let made = request()
        #expect(made?.url == "https://chat.example/hook" && made?.body == #"{"a":1}"#)
        #expect(
            headers(made) == [
                "User-Agent": "Amazon/EventBridge/ApiDestinations", "Range": "bytes=0-1048575",
                "Accept-Encoding": "gzip,deflate", "Content-Type": "application/json; charset=utf-8",
                "Idempotency-Key": Self.key.hex, "x-key": "k",
            ])
    }

    @Test func `Basic names and passwords are encoded, OAuth is not done`() {
        let basic = request(authorization: .basic(username: SecretText("a"), password: SecretText("b:c")))
        #expect(headers(basic)["Authorization"] == "Basic YTpiOmM=")
        let oauth = Connection.ClientCredentials(
            endpoint: SecretText("https://a/"), method: "POST", clientID: SecretText("i"), clientSecret: SecretText("s")
        )
        #expect(request(authorization: .clientCredentials(oauth)) == nil)
    }

    @Test func `what the connection says wins over the target, and nobody sets EventBridge's own headers`() {
        let made = request(
            endpoint: "https://chat.example/hook?a=0",
            own: Connection.Parameters(
                headers: [.init("X-Room", SecretText("ops")), .init("Host", SecretText("evil"))],
                query: [.init("b", SecretText("1"))]),
            target: .init(
                headers: [("x-room", "mine"), ("X-More", "m"), ("bad name", "v"), ("content-type", "text/x")],
                query: [("b", "2"), ("c", "x&y=z")]))
        #expect(headers(made)["X-Room"] == "ops" && headers(made)["x-room"] == nil && headers(made)["X-More"] == "m")
        #expect(headers(made)["Host"] == nil && headers(made)["bad name"] == nil)
        #expect(headers(made)["content-type"] == "text/x" && headers(made)["Content-Type"] == nil)
        #expect(made?.url == "https://chat.example/hook?a=0&c=x%26y%3Dz&b=1")
    }

    @Test(arguments: [
        (["a/../b?x", "ü"], "https://chat.example/a%2F..%2Fb%3Fx/%C3%BC?q=*"),
        (["one"], "https://chat.example/one/*?q=*"), ([], "https://chat.example/*/*?q=*"),
    ]) func `each wildcard of the path takes a value that stays in its place`(values: [String], url: String) {
        #expect(request(endpoint: "https://chat.example/*/*?q=*", target: .init(pathValues: values))?.url == url)
    }

    @Test func `a value cannot end its header`() {
        let made = request(target: .init(headers: [("X-A", "a\r\nX-B: b\u{7F}")]))
        #expect(headers(made)["X-A"] == "aX-B: b")
    }

    @Test(arguments: [
        (#"{"a":1}"#, #"{"a":1,"room":"o\"ps"}"#), ("{ }", #"{ "room":"o\"ps"}"#),
        (#"{"a":{"b":"}"}} "#, #"{"a":{"b":"}"},"room":"o\"ps"}"#),
    ]) func `body parameters are added to an object`(input: String, body: String) throws {
        let own = Connection.Parameters(body: [.init("room", SecretText("o\"ps"))])
        let made = try #require(request(input, own: own))
        #expect(made.body == body)
        #expect(try JSONSerialization.jsonObject(with: Data(made.body.utf8)) is [String: Any])
        #expect(request(#""text""#, isObject: false, own: own) == nil)
    }

    @Test(arguments: ["GET", "HEAD", "OPTIONS"]) func `methods without a body send none`(method: String) {
        #expect(request(method: method)?.body == "")
    }

    @Test func `a rule's retry policy bounds number and age`() {
        var terms = DeliveryTerms()
        #expect(terms.schedule(ageMaxSeconds: 77) == .standard(ageMaxSeconds: 77))
        terms.retriesMax = 2
        terms.ageMaxSeconds = 60
        let schedule = terms.schedule(ageMaxSeconds: 77)
        #expect(schedule.ageMaxSeconds == 60)
        #expect((1...3).map { schedule.delaySeconds(afterAttempts: $0) } == [20, 20, nil])
        terms.retriesMax = 9
        #expect(
            (7...10).map { terms.schedule(ageMaxSeconds: 77).delaySeconds(afterAttempts: $0) } == [320, 600, 600, nil])
        terms.retriesMax = 0
        #expect(terms.schedule(ageMaxSeconds: 77).delaySeconds(afterAttempts: 1) == nil)
    }
}
