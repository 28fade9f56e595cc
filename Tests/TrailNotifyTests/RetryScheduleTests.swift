import Testing
import TrailAlarms
import TrailModel
import TrailNotify

@Suite struct RetryScheduleTests {
    @Test func `three times 20 seconds, then doubling to ten minutes, for 24 hours`() {
        let schedule = RetrySchedule.standard()
        let delays = (1...10).map { schedule.delaySeconds(afterAttempts: $0) }
        #expect(delays == [20, 20, 20, 40, 80, 160, 320, 600, 600, 600])
        #expect(schedule.delaySeconds(afterAttempts: 1_000_000) == 600)
        #expect(schedule.ageMaxSeconds == 86_400)
    }

    @Test func `jitter stays within a fifth and uses its whole range`() throws {
        let seed: UInt64 = 42
        var generator = SeededGenerator(seed: seed)
        let start = Timestamp(seconds: 1000)
        var waits: [Double] = []
        for _ in 0..<1000 {
            let next = RetrySchedule.standard().nextAttempt(
                afterAttempts: 1, at: start, createdAt: start, using: &generator)
            waits.append(try #require(next).seconds(since: start))
        }
        #expect(waits.allSatisfy { (16.0...24.0).contains($0) }, "seed \(seed)")
        #expect((waits.min() ?? 0) < 16.2 && (waits.max() ?? 0) > 23.8, "seed \(seed)")
    }

    @Test(arguments: [(24, 24), (600, 600), (0, nil), (nil, nil)] as [(Int64?, Int64?)])
    func `the receiver's wish holds when it is later`(_ asked: Int64?, want: Int64?) {
        var (first, second) = (SeededGenerator(seed: 7), SeededGenerator(seed: 7))
        let start = Timestamp(seconds: 0)
        let plain = RetrySchedule.standard().nextAttempt(
            afterAttempts: 1, at: start, createdAt: start, using: &first)
        let got = RetrySchedule.standard().nextAttempt(
            afterAttempts: 1, at: start, createdAt: start, retryAfterSeconds: asked, using: &second)
        #expect(got == (want.map { Timestamp(seconds: $0) } ?? plain))
    }

    @Test func `a retry past the retry age is not made`() {
        let created = Timestamp(seconds: 0)
        func next(ageMax: Int64, retryAfter: Int64) -> Timestamp? {
            var generator = SeededGenerator(seed: 1)
            return RetrySchedule.standard(ageMaxSeconds: ageMax).nextAttempt(
                afterAttempts: 1, at: Timestamp(seconds: 3000), createdAt: created, retryAfterSeconds: retryAfter,
                using: &generator)
        }
        #expect(next(ageMax: 3600, retryAfter: 600) == Timestamp(seconds: 3600))
        #expect(next(ageMax: 3599, retryAfter: 600) == nil)
    }

    @Test func `a delivery policy runs through its four phases and ends`() throws {
        let policy = try DeliveryPolicy(
            delayMinSeconds: 10, delayMaxSeconds: 90, retries: 9, retriesWithoutDelay: 1, retriesAtDelayMin: 2,
            retriesAtDelayMax: 1, backoffFunction: .linear)
        #expect(policy.delaysSeconds == [0, 10, 10, 10, 30, 50, 70, 90, 90])
        let schedule = RetrySchedule(policy)
        #expect(schedule.delaySeconds(afterAttempts: 9) == 90)
        #expect(schedule.delaySeconds(afterAttempts: 10) == nil)
        #expect(schedule.ageMaxSeconds == 3600)
        #expect(try DeliveryPolicy().delaysSeconds == [20, 20, 20])
    }

    @Test(arguments: DeliveryPolicy.BackoffFunction.allCases)
    func `every backoff goes from the least to the greatest delay without falling`(
        _ function: DeliveryPolicy.BackoffFunction
    ) throws {
        let policy = try DeliveryPolicy(
            delayMinSeconds: 1, delayMaxSeconds: 100, retries: 11, backoffFunction: function)
        let delays = policy.delaysSeconds
        #expect(delays.first == 1)
        #expect(abs((delays.last ?? 0) - 100) < 1e-9)
        #expect(zip(delays, delays.dropFirst()).allSatisfy { $0 < $1 })
    }

    @Test func `what SNS would not take is refused`() {
        #expect(throws: DeliveryPolicyError.outOfRange(field: "minDelayTarget", got: 0, want: 1...3600)) {
            try DeliveryPolicy(delayMinSeconds: 0)
        }
        #expect(throws: DeliveryPolicyError.outOfRange(field: "maxDelayTarget", got: 19, want: 20...3600)) {
            try DeliveryPolicy(delayMaxSeconds: 19)
        }
        #expect(throws: DeliveryPolicyError.outOfRange(field: "numRetries", got: 101, want: 0...100)) {
            try DeliveryPolicy(retries: 101)
        }
        #expect(throws: DeliveryPolicyError.outOfRange(field: "numMaxDelayRetries", got: 3, want: 0...2)) {
            try DeliveryPolicy(retriesAtDelayMin: 1, retriesAtDelayMax: 3)
        }
    }
}

@Suite struct AttemptOutcomeTests {
    private static func want(_ status: Int) -> AttemptOutcome {
        switch status {
        case 200...299: .delivered
        case 300...399: .dead(.redirect)
        case 408: .retry(.timeout, retryAfterSeconds: nil)
        case 429: .retry(.throttled, retryAfterSeconds: nil)
        case 400...499: .dead(.clientError)
        case 500...599: .retry(.serverError, retryAfterSeconds: nil)
        default: .retry(.unexpectedStatus, retryAfterSeconds: nil)
        }
    }

    @Test(arguments: [0, 99, 600, 999] + Array(100...599))
    func `every status has its verdict`(_ status: Int) {
        #expect(AttemptOutcome(status: status, now: Timestamp(seconds: 0)) == Self.want(status))
    }

    @Test(
        arguments: [
            ("0", 0), ("5", 5), ("600", 600), ("601", 600), ("99999999999999999999999", 600),
            ("Sun, 06 Nov 1994 08:50:37 GMT", 60), ("Sun, 06 Nov 1994 08:48:37 GMT", 0),
            ("Sun, 06 Nov 1994 18:50:37 GMT", 600), ("", nil), ("-5", nil), ("1.5", nil), ("soon", nil),
            ("Sun, 06 Nov 1994 08:50:37 CET", nil), ("Sun, 31 Feb 1994 08:50:37 GMT", nil),
            ("Sun, 06 Nov 1994 25:50:37 GMT", nil),
        ] as [(String, Int64?)])
    func `Retry-After is read as seconds or a date, up to ten minutes`(_ text: String, want: Int64?) {
        let now = time("1994-11-06T08:49:37Z")
        #expect(
            AttemptOutcome(status: 429, retryAfter: text, now: now) == .retry(.throttled, retryAfterSeconds: want))
        #expect(
            AttemptOutcome(status: 503, retryAfter: text, now: now) == .retry(.serverError, retryAfterSeconds: want))
        #expect(AttemptOutcome(status: 500, retryAfter: text, now: now) == .retry(.serverError, retryAfterSeconds: nil))
    }

    @Test(arguments: [
        (TransportFailure.connection, AttemptOutcome.retry(.connection, retryAfterSeconds: nil)),
        (.tls, .retry(.tls, retryAfterSeconds: nil)), (.timeout, .retry(.timeout, retryAfterSeconds: nil)),
        (.refusedAddress, .dead(.refusedAddress)), (.invalidURL, .dead(.invalidURL)),
    ])
    func `a request without an answer has its verdict too`(_ failure: TransportFailure, want: AttemptOutcome) {
        #expect(AttemptOutcome(failure) == want)
    }

    @Test func `reasons are short metric labels`() {
        #expect(FailureReason.allCases.allSatisfy { $0.rawValue.allSatisfy { $0.isLetter || $0 == "_" } })
    }

    @Test(arguments: [
        ("169.254.169.254", true), ("169.254.0.0", true), ("169.255.0.1", false), ("169.25.4.1", false),
        ("fe80::1", true), ("FE80::1%eth0", true), ("febf::1", true), ("fec0::1", false), ("fe7f::1", false),
        ("::1", false), ("::ffff:169.254.169.254", true), ("::ffff:a9fe:a9fe", true), ("::ffff:10.0.0.1", false),
        ("64:ff9b::a9fe:a9fe", true), ("127.0.0.1", false), ("fe80.example.test", false), ("", false),
    ])
    func `link-local addresses are known in all their forms`(_ address: String, want: Bool) {
        #expect(isLinkLocalAddress(address) == want)
    }
}
