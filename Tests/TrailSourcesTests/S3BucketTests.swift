import Synchronization
import Testing
import TrailModel
import TrailSources

private let emptyPage = "<ListBucketResult></ListBucketResult>"

private func bucket(
    _ transport: ScriptedTransport, url: String = "s3://trail/p", endpoint: String? = nil, region: String = "us-east-1",
    clock: LeapingClock = LeapingClock(), chain: CredentialChain? = nil, concurrency: Int = 4, objectBytesMax: Int = 100
) throws -> S3Bucket {
    S3Bucket(
        location: try #require(S3Location(url: url)), endpoint: try endpoint.map { try #require(AWSEndpoint($0)) },
        region: region, credentials: chain ?? TrailSourcesTests.chain(transport: transport, time: clock),
        transport: transport, time: clock, generator: anyGenerator, concurrency: concurrency,
        objectBytesMax: objectBytesMax)
}

@Suite struct S3BucketTests {
    @Test(
        arguments: [
            ("s3://trail", nil, "eu-west-1", "https://trail.s3.eu-west-1.amazonaws.com/a%20b"),
            ("s3://my.trail", nil, "eu-west-1", "https://s3.eu-west-1.amazonaws.com/my.trail/a%20b"),
            ("s3://Trail_1", nil, "eu-west-1", "https://s3.eu-west-1.amazonaws.com/Trail_1/a%20b"),
            ("s3://trail", nil, "cn-north-1", "https://trail.s3.cn-north-1.amazonaws.com.cn/a%20b"),
            ("s3://trail", "http://minio:9000", "eu-west-1", "http://minio:9000/trail/a%20b"),
            ("s3://trail", "https://gate/s3", "eu-west-1", "https://gate/s3/trail/a%20b"),
            ("s3://trail", nil, "evil.com/", "https://trail.s3.us-east-1.amazonaws.com/a%20b"),
        ] as [(String, String?, String, String)])
    func `the bucket is in the host or in the path`(
        url: String, endpoint: String?, region: String, want: String
    ) async throws {
        let transport = ScriptedTransport { _, _ in .success(AWSResponse(200, "x")) }
        let bytes = try await bucket(transport, url: url, endpoint: endpoint, region: region).get("a b")
        #expect(bytes == Array("x".utf8))
        #expect(transport.urls == ["GET \(want)"])
    }

    @Test func `a listing asks for one page`() async throws {
        let transport = ScriptedTransport { _, _ in .success(AWSResponse(200, emptyPage)) }
        let bucket = try bucket(transport)
        _ = try await bucket.list(prefix: "p/ü", startAfter: "p/+", limit: 5000)
        #expect(
            transport.urls == [
                "GET https://trail.s3.us-east-1.amazonaws.com/?encoding-type=url&list-type=2&max-keys=1000"
                    + "&prefix=p%2F%C3%BC&start-after=p%2F%2B"
            ])
        #expect(bucket.counts == S3Bucket.Counts(listRequests: 1))
    }

    @Test func `folders are asked for page by page`() async throws {
        let transport = ScriptedTransport { request, number in
            #expect(request.url.contains("delimiter=%2F"))
            #expect(request.url.contains("continuation-token=t%2F1") == (number == 1))
            let token = "<IsTruncated>true</IsTruncated><NextContinuationToken>t/1</NextContinuationToken>"
            let folder = "<CommonPrefixes><Prefix>p/\(number)/</Prefix></CommonPrefixes>"
            let text = "<ListBucketResult>\(number == 1 ? "" : token)\(folder)</ListBucketResult>"
            return .success(AWSResponse(200, text))
        }
        #expect(try await bucket(transport).commonPrefixes(prefix: "p/") == ["p/0/", "p/1/"])
        #expect(transport.requests.count == 2)
    }

    @Test(
        arguments: [
            AWSResponse.fault(301, "PermanentRedirect", [("x-amz-bucket-region", "eu-west-1")]),
            .fault(307, "TemporaryRedirect", [("X-Amz-Bucket-Region", "eu-west-1")]),
            .fault(403, "AccessDenied", [("x-amz-bucket-region", "eu-west-1")]),
            AWSResponse(400, "", [("x-amz-bucket-region", "eu-west-1")]),
            AWSResponse(
                400, "<Error><Code>AuthorizationHeaderMalformed</Code><Region>eu-west-1</Region></Error>"),
        ])
    func `the region is learned from an answer and kept`(answer: AWSResponse) async throws {
        let transport = ScriptedTransport { request, _ in
            .success(request.url.contains("eu-west-1") ? AWSResponse(200, emptyPage) : answer)
        }
        let bucket = try bucket(transport)
        _ = try await bucket.list(prefix: "")
        _ = try await bucket.list(prefix: "")
        #expect(bucket.region == "eu-west-1")
        #expect(transport.requests.count == 3)
        let proof = transport.requests.last?.header("Authorization") ?? ""
        #expect(proof.contains("/eu-west-1/s3/aws4_request"))
    }

    @Test func `a region that is no name sends nothing elsewhere`() async throws {
        let transport = ScriptedTransport { _, _ in
            .success(.fault(301, "PermanentRedirect", [("x-amz-bucket-region", "x.evil.com/")]))
        }
        await #expect(throws: S3Error.self) { try await bucket(transport).list(prefix: "") }
        #expect(transport.requests.count == 1)
    }

    @Test func `regions that name each other end`() async throws {
        let transport = ScriptedTransport { request, _ in
            let other = request.url.contains("eu-west-1") ? "eu-west-2" : "eu-west-1"
            return .success(.fault(301, "PermanentRedirect", [("x-amz-bucket-region", other)]))
        }
        await #expect(throws: S3Error.self) { try await bucket(transport).list(prefix: "") }
        #expect(transport.requests.count == 3)
    }

    @Test(
        arguments: [
            .success(.fault(500, "InternalError")), .success(AWSResponse(502, "<html>")),
            .success(.fault(503, "SlowDown")),
            .success(AWSResponse(504)), .success(AWSResponse(429)), .success(.fault(400, "RequestTimeout")),
            .failure(.connection), .failure(.timeout),
        ] as [ScriptedTransport.Answer])
    func `what may pass is tried again, with growing pauses`(answer: ScriptedTransport.Answer) async throws {
        let clock = LeapingClock()
        let attempts = RequestBackoff.service.attemptsMax
        let transport = ScriptedTransport { _, number in
            number == attempts - 1 ? .success(AWSResponse(200, "x")) : answer
        }
        let bucket = try bucket(transport, clock: clock)
        #expect(try await bucket.get("k") == Array("x".utf8))
        #expect(clock.sleeps.count == attempts - 1)
        for (index, sleep) in clock.sleeps.enumerated() { #expect(sleep <= .seconds(0.5 * Double(1 << index))) }
        #expect(bucket.counts == S3Bucket.Counts(getRequests: attempts, retries: attempts - 1, objectBytes: 1))
    }

    @Test func `a failure that stays is told after the last attempt`() async throws {
        let transport = ScriptedTransport { _, _ in .success(.fault(503, "SlowDown")) }
        let bucket = try bucket(transport)
        await #expect(
            throws: S3Error.refused(url: "s3://trail/k", status: 503, code: "SlowDown", message: "m & m")
        ) { try await bucket.get("k") }
        #expect(transport.requests.count == RequestBackoff.service.attemptsMax)
        #expect(bucket.counts.failures == 1)
    }

    @Test(
        arguments: [
            (403, "AccessDenied", "denied"), (404, "NoSuchKey", "not_found"), (404, "NoSuchBucket", "not_found"),
            (400, "InvalidRequest", "refused"), (403, "RequestTimeTooSkewed", "denied"),
            (301, "PermanentRedirect", "refused"),
        ])
    func `what cannot pass is not tried again`(status: Int, code: String, label: String) async throws {
        let transport = ScriptedTransport { _, _ in .success(.fault(status, code)) }
        let error = await #expect(throws: S3Error.self) { try await bucket(transport).get("k") }
        #expect(error.map { "\($0.code)" } == label)
        #expect(error?.message.contains("s3://trail/k: got \(status) \(code) (m & m)") == true)
        #expect(transport.requests.count == 1)
    }

    @Test func `a server that asks for a pause is given it, up to a limit`() async throws {
        for (asked, want) in [("7", Duration.seconds(7)), ("9999", .seconds(RequestBackoff.retryAfterSecondsMax))] {
            let clock = LeapingClock()
            let transport = ScriptedTransport { _, number in
                .success(number == 1 ? AWSResponse(200) : AWSResponse(503, "", [("Retry-After", asked)]))
            }
            _ = try await bucket(transport, clock: clock).get("k")
            #expect(clock.sleeps == [want])
            // Each attempt is signed for its own time.
            #expect(Set(transport.requests.map { $0.header("Authorization") }).count == 2)
        }
    }

    @Test func `an object has a largest size`() async throws {
        let transport = ScriptedTransport { request, _ in .failure(.tooLarge(max: request.responseBytesMax)) }
        await #expect(throws: S3Error.tooLarge(url: "s3://trail/k", max: 77)) {
            try await bucket(transport, objectBytesMax: 77).get("k")
        }
    }

    @Test(arguments: [(1, true), (2, false)])
    func `credentials called expired are renewed once`(refusals: Int, isRead: Bool) async throws {
        let keys = """
            {"AccessKeyId":"A","SecretAccessKey":"S","Token":"T","Expiration":"2026-01-02T09:00:00Z"}
            """
        let refused = Counter()
        let transport = ScriptedTransport { request, _ in
            if request.endpoint.host == "169.254.170.2" { return .success(AWSResponse(200, keys)) }
            return .success(
                refused.increment() <= refusals ? .fault(400, "ExpiredToken") : AWSResponse(200, "x"))
        }
        let clock = LeapingClock()
        let container = ["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "/v2"]
        let bucket = try bucket(
            transport, clock: clock, chain: chain(container, transport: transport, time: clock))
        let got = try? await bucket.get("k")
        #expect((got != nil) == isRead)
        #expect(transport.requests.filter { $0.endpoint.host == "169.254.170.2" }.count == 2)
    }

    @Test(.timeLimit(.minutes(1))) func `no more requests than allowed are under way, and cancelled ones leave`()
        async throws
    {
        let transport = GatedTransport()
        let clock = LeapingClock()
        let bucket = S3Bucket(
            location: try #require(S3Location(url: "s3://trail")),
            credentials: chain(transport: transport, time: clock), transport: transport, time: clock,
            generator: anyGenerator, concurrency: 3)
        await withTaskGroup(of: Void.self) { group in
            for index in 0..<40 { group.addTask { _ = try? await bucket.get("\(index)") } }
            while transport.underWay < 3 { await Task.yield() }
            for _ in 0..<1000 { await Task.yield() }
            #expect(transport.underWay == 3)
            group.cancelAll()
        }
        #expect(transport.underWay == 0)
        #expect(transport.underWayMax == 3)
        transport.open()
        #expect(try await bucket.get("after") == [1])
    }
}

private final class Counter: Sendable {
    private let value = Mutex(0)

    func increment() -> Int {
        value.withLock { value in
            value += 1
            return value
        }
    }
}

/// Holds every request until it is opened or the request is cancelled.
private final class GatedTransport: AWSTransport {
    private let state = Mutex((isOpen: false, underWay: 0, max: 0))

    var underWay: Int { state.withLock { $0.underWay } }
    var underWayMax: Int { state.withLock { $0.max } }

    func open() { state.withLock { $0.isOpen = true } }

    func send(_ request: AWSRequest) async throws(AWSTransportFailure) -> AWSResponse {
        state.withLock { state in
            state.underWay += 1
            state.max = max(state.max, state.underWay)
        }
        defer { state.withLock { $0.underWay -= 1 } }
        while !state.withLock({ $0.isOpen }) {
            if Task.isCancelled { throw .cancelled }
            await Task.yield()
        }
        return AWSResponse(status: 200, body: [1])
    }
}
