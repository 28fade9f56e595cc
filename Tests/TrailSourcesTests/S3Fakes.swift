import Glibc
import Synchronization
import TrailModel
import TrailSources

/// A clock whose sleeps are over at once, but move it and are written down.
final class LeapingClock: TimeSource {
    private let state: Mutex<(now: Timestamp, sleeps: [Duration])>

    init(_ text: String = "2026-01-02T03:04:05Z") {
        state = Mutex((Timestamp(rfc3339: text) ?? Timestamp(seconds: 0), []))
    }

    var sleeps: [Duration] { state.withLock { $0.sleeps } }

    func now() -> Timestamp { state.withLock { $0.now } }

    func sleep(for duration: Duration) async throws {
        try Task.checkCancellation()
        state.withLock { state in
            state.sleeps.append(duration)
            let milliseconds = duration.components.attoseconds / 1_000_000_000_000_000
            state.now = state.now.adding(seconds: duration.components.seconds).adding(milliseconds: milliseconds)
        }
    }

    func advance(seconds: Int64) {
        state.withLock { $0.now = $0.now.adding(seconds: seconds) }
    }
}

/// The machine's clock, for tests with sockets.
struct RealClock: TimeSource {
    func now() -> Timestamp {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Timestamp(milliseconds: Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000)
    }

    func sleep(for duration: Duration) async throws { try await Task.sleep(for: duration) }
}

/// Answers each request by a function and keeps all of them.
final class ScriptedTransport: AWSTransport {
    typealias Answer = Result<AWSResponse, AWSTransportFailure>

    private let received = Mutex<[AWSRequest]>([])
    private let answer: @Sendable (AWSRequest, Int) -> Answer

    /// - Parameter answer: Gets the request and how many came before it.
    init(_ answer: @escaping @Sendable (AWSRequest, Int) -> Answer) {
        self.answer = answer
    }

    var requests: [AWSRequest] { received.withLock { $0 } }
    var urls: [String] { requests.map { "\($0.method) \($0.url)" } }

    func send(_ request: AWSRequest) async throws(AWSTransportFailure) -> AWSResponse {
        let number = received.withLock { received in
            received.append(request)
            return received.count - 1
        }
        // Another task may run here, as it may on a network.
        await Task.yield()
        return try answer(request, number).get()
    }
}

extension AWSResponse {
    init(_ status: Int, _ text: String = "", _ headers: [(name: String, value: String)] = []) {
        self.init(status: status, headers: headers, body: Array(text.utf8))
    }

    /// An error as S3 words it.
    static func fault(_ status: Int, _ code: String, _ headers: [(name: String, value: String)] = []) -> AWSResponse {
        AWSResponse(
            status, "<?xml version=\"1.0\"?><Error><Code>\(code)</Code><Message>m &amp; m</Message></Error>", headers)
    }
}

extension AWSRequest {
    func header(_ name: String) -> String? { headers.first { $0.name == name }?.value }
    var bodyText: String { String(decoding: body, as: UTF8.self) }
}

/// A small generator whose whole state is its seed.
struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        let mixed = (state ^ state >> 33) &* 0xFF51_AFD7_ED55_8CCD
        return mixed ^ mixed >> 29
    }
}

let anyGenerator = SharedGenerator(SeededGenerator(state: 1))

let environmentKeys = ["AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE", "AWS_SECRET_ACCESS_KEY": "secret-of-test"]

func chain(
    _ variables: [String: String] = environmentKeys, home: String = "/nonexistent", transport: any AWSTransport,
    time: any TimeSource = LeapingClock()
) -> CredentialChain {
    CredentialChain(
        environment: AWSEnvironment(variables: variables, homeDirectory: home), transport: transport, time: time,
        generator: anyGenerator)
}
