import Testing
import TrailModel
import TrailNotify

@testable import TrailServer

/// The heartbeat, by a clock that the test moves.
@Suite(.timeLimit(.minutes(1))) struct HeartTests {
    private let clock = WaitingClock()
    private let receivers: FakeReceivers
    private let log = LogLines()
    private let ailment = Box<Ailment?>(nil)
    private let counts = OutwardCounts(hasHeartbeat: true)
    private let url = "https://u:p@hc.example/ping/secret-id?rid=1"

    init() { receivers = FakeReceivers(clock) }

    private func running(everySeconds: Int64 = 300, _ body: () async -> Void) async throws {
        var heartbeat = try #require(Heartbeat(url: url))
        heartbeat.everySeconds = everySeconds
        let heart = Heart(
            heartbeat: heartbeat, ailment: { [ailment] _ in ailment.content }, transport: receivers, counts: counts,
            time: clock, logger: log.logger)
        try await withThrowingTaskGroup { group in
            group.addTask { try await heart.run() }
            await clock.settle(1)
            await body()
            group.cancelAll()
            try await group.waitForAll()
        }
        #expect(!log.lines.joined().contains("secret"))
    }

    private func pass(_ seconds: Int) async {
        for _ in 0..<seconds { await clock.tick(waiting: 1) }
    }

    private var visits: Int { receivers.calls(url).count }

    @Test func `while all is well the address is visited at the start and as often as set`() async throws {
        try await running {
            #expect(visits == 1)
            await pass(299)
            #expect(visits == 1)
            await pass(3301)
            #expect(visits == 13)
        }
        #expect(log.lines.isEmpty && counts.now.heartbeat == OutwardCounts.Calls(accepted: 13, failed: 0))
    }

    @Test func `what is not well keeps it back, and is told once`() async throws {
        ailment.content = .evaluation
        try await running {
            await pass(1000)
            #expect(visits == 0)
            ailment.content = nil
            await pass(10)
            #expect(visits == 1)
        }
        #expect(log.lines.count == 2 && log.lines[0].hasPrefix("warning: No heartbeat is sent reason=files that were"))
        #expect(log.lines.last == "notice: The heartbeat goes on")
    }

    @Test func `a start that takes a moment is nobody's news`() async throws {
        ailment.content = .intake
        try await running {
            await pass(5)
            ailment.content = nil
            await pass(5)
            #expect(visits == 1)
        }
        #expect(log.lines.isEmpty)
    }

    @Test func `one that fails is tried again soon, and a run of failures is told once`() async throws {
        receivers.set(url, .hangs)
        try await running {
            // Ten seconds of waiting for the answer, thirty before the next.
            await pass(120)
            #expect(visits == 4)
            receivers.set(url, .answers(302))
            await pass(40)
            receivers.set(url, .answers(200))
            await pass(30)
        }
        #expect(
            log.lines == [
                "warning: The heartbeat is not taken reason=timeout status=none",
                "notice: The heartbeat is taken again",
            ])
    }

    @Test func `a heartbeat of ten seconds is tried no less often after a failure`() async throws {
        receivers.set(url, .refuses)
        try await running(everySeconds: 10) {
            await pass(60)
            #expect(visits == 7)
        }
    }

    @Test func `a server is well when it reads, writes and decides`() {
        let now = clock.now()
        var snapshot = Engine.Snapshot()
        #expect(snapshot.ailment(at: now) == .intake, "nothing was read yet")
        snapshot.steppedAt = now
        #expect(snapshot.ailment(at: now) == .evaluation)
        snapshot.isCaughtUp = true
        #expect(snapshot.ailment(at: now) == nil)
        #expect(snapshot.ailment(at: now.adding(seconds: 299)) == nil)
        #expect(snapshot.ailment(at: now.adding(seconds: 300)) == .intake)
        snapshot.unreadable = [(name: "folder:/trail", since: now.adding(seconds: -299))]
        #expect(snapshot.ailment(at: now) == nil)
        snapshot.unreadable = [(name: "folder:/trail", since: now.adding(seconds: -300))]
        #expect(snapshot.ailment(at: now) == .source)
        snapshot.isStoreWritable = false
        #expect(snapshot.ailment(at: now) == .store)
    }

    @Test(arguments: ["hc.example", "file:///etc/passwd", "http://169.254.169.254/latest", "https://[FE80::1]/"])
    func `what is no address to visit is refused`(text: String) {
        #expect(Heartbeat(url: text) == nil)
    }
}
