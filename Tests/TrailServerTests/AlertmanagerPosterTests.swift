import Logging
import Testing
import TrailAlarms
import TrailModel
import TrailNotify

@testable import TrailServer

/// Alertmanagers told by a clock that the test moves, second by second.
@Suite(.timeLimit(.minutes(1))) struct AlertmanagerPosterTests {
    private let clock = WaitingClock()
    private let receivers: FakeReceivers
    private let log = LogLines()
    private let present = Box<[AlertmanagerAlert]>([])
    private let counts = OutwardCounts(hasAlertmanager: true)
    private let one = "http://am:9093/prefix/api/v2/alerts"
    private let other = "https://user:secret@other/api/v2/alerts"

    init() { receivers = FakeReceivers(clock) }

    private func alert(_ name: String) -> AlertmanagerAlert {
        let alarm = MetricAlarm(
            name: name, metric: Metric(namespace: "n", name: "m"), statistic: .sum, periodSeconds: 60,
            evaluationPeriods: 1, threshold: 1, comparison: .greaterThanThreshold,
            location: SourceLocation(file: "a.yaml"))
        return AlertmanagerAlert(
            .metric(alarm), reason: "r", since: clock.now(), accountID: "1", region: "r", url: "http://t/")
    }

    /// Runs the service beside `body`, then ends it as a shutdown does.
    private func running(_ urls: [String], _ body: () async throws -> Void) async throws {
        let poster = AlertmanagerPoster(
            urls: try urls.map { try #require(AlertmanagerURL($0)) }, alerts: { [present] _ in present.content },
            transport: receivers, counts: counts, time: clock, logger: log.logger)
        try await withThrowingTaskGroup { group in
            group.addTask { try await poster.run() }
            try await body()
            group.cancelAll()
        }
    }

    /// Lets seconds pass; while alerts are there the loop of each Alertmanager waits for the clock, as the look does.
    private func pass(_ seconds: Int, waiting: Int, _ check: () -> Void = {}) async {
        for _ in 0..<seconds {
            await clock.tick(waiting: waiting)
            check()
        }
    }

    /// Changes what is in ALARM, and lets the second pass in which it is seen; `waiting` tasks wait before and `then`.
    private func change(to alerts: [AlertmanagerAlert], waiting: Int, then: Int, calls: Int = 1) async {
        let before = receivers.calls(one).count
        present.content = alerts
        await clock.tick(waiting: waiting, settle: false)
        while receivers.calls(one).count < before + calls { await Task.yield() }
        await clock.settle(then)
    }

    @Test func `an alert is active at every moment of twelve minutes, and ends with the ALARM`() async throws {
        try await running(["http://am:9093/prefix/"]) {
            await pass(5, waiting: 1)
            #expect(receivers.calls(one).isEmpty)
            await change(to: [alert("a")], waiting: 1, then: 2)
            let start = clock.now()
            #expect(receivers.active(one) == ["a"], "it is posted within a second")
            await pass(12 * 60, waiting: 2) { #expect(receivers.active(one) == ["a"]) }
            #expect(receivers.calls(one).count == 13, "at once and every minute")
            // Whatever the resolve_timeout is: an end is given, four minutes ahead.
            #expect(receivers.calls(one).allSatisfy { $0.ends["a"] == $0.at.adding(seconds: 240) })
            #expect(Set(receivers.calls(one).compactMap { $0.starts["a"] }).count == 1)
            await change(to: [], waiting: 2, then: 1)
            #expect(receivers.active(one).isEmpty)
            #expect(receivers.calls(one).last?.ends["a"] == clock.now())
            await pass(10 * 60, waiting: 1)
            #expect(receivers.calls(one).count == 14, "the end is told once")
            #expect(clock.now().seconds(since: start) > 1300)
        }
        #expect(counts.now.alertmanager == OutwardCounts.Calls(accepted: 14, failed: 0))
        #expect(log.lines.isEmpty)
    }

    @Test func `a restart leaves no gap, and what ended meanwhile expires`() async throws {
        present.content = [alert("lasts"), alert("ends")]
        try await running(["http://am:9093/prefix"]) { await pass(90, waiting: 2) }
        let last = try #require(receivers.calls(one).last)
        present.content.removeLast()
        let count = receivers.calls(one).count
        try await running(["http://am:9093/prefix"]) {
            #expect(receivers.active(one) == ["lasts", "ends"])
            await pass(240, waiting: 2) { #expect(receivers.active(one).contains("lasts")) }
        }
        #expect(receivers.active(one) == ["lasts"])
        let after = receivers.calls(one).dropFirst(count)
        #expect(after.allSatisfy { $0.ends["ends"] == nil } && after.first?.starts["lasts"] == last.starts["lasts"])
    }

    @Test func `one that hangs delays no other, and is told of once`() async throws {
        receivers.set(other, .hangs)
        present.content = [alert("a")]
        try await running(["https://user:secret@other", "http://am:9093/prefix"]) {
            await pass(12 * 60, waiting: 3) { #expect(receivers.active(one) == ["a"]) }
            #expect(receivers.calls(one).count == 13)
            // A request of ten seconds and a wait of fifteen, again and again.
            #expect(receivers.calls(other).count == 29)
            receivers.set(other, .answers(200))
            await pass(30, waiting: 3)
            #expect(receivers.active(other) == ["a"])
        }
        #expect(
            log.lines == [
                "warning: An Alertmanager takes no alerts alertmanager.url=https://other reason=timeout status=none",
                "notice: The Alertmanager takes alerts again alertmanager.url=https://other",
            ])
        #expect(counts.now.alertmanager?.failed == 29)
    }

    @Test func `an alert outlives an outage of three minutes`() async throws {
        present.content = [alert("a")]
        try await running(["http://am:9093/prefix"]) {
            await pass(59, waiting: 2)
            receivers.set(one, .answers(503))
            await pass(180, waiting: 2) { #expect(receivers.active(one) == ["a"]) }
            receivers.set(one, .answers(200))
            await pass(60, waiting: 2) { #expect(receivers.active(one) == ["a"]) }
        }
        #expect(log.lines.count == 2 && log.lines[0].hasSuffix("reason=server_error status=503"))
    }

    @Test func `alerts that are refused keep no others back; a receiver that is down gets one request`() async throws {
        present.content = (0..<600).map { alert("alarm-\($0)") }
        receivers.set(one, .answers(400))
        receivers.set(other, .refuses)
        try await running(["http://am:9093/prefix", "https://user:secret@other"]) {
            await clock.settle(3)
            #expect(receivers.calls(one).count == 3)
            #expect(receivers.calls(one).map(\.labels.count) == [256, 256, 88])
            #expect(receivers.calls(other).count == 1)
        }
        #expect(log.lines.contains { $0.hasSuffix("reason=client_error status=400") })
        #expect(!log.lines.joined().contains("secret"))
    }

    @Test(arguments: [
        ("http://127.0.0.1:9093", "http://127.0.0.1:9093/api/v2/alerts", "http://127.0.0.1:9093"),
        ("https://h/am//", "https://h/am/api/v2/alerts", "https://h/am"),
        ("HTTP://u:p%40ss@[::1]:9093/", "http://u:p%40ss@[::1]:9093/api/v2/alerts", "http://[::1]:9093"),
    ])
    func `an address is given with its prefix, and shown without its password`(
        text: String, posts: String, shown: String
    ) throws {
        let url = try #require(AlertmanagerURL(text))
        #expect(url.alerts == posts && "\(url)" == shown)
        var dumped = ""
        dump(url, to: &dumped)
        #expect(!dumped.contains("p%40ss"))
    }

    @Test(arguments: [
        "am:9093", "ftp://am", "http://", "http://am/?a=b", "http://am/#a", "http://169.254.169.254",
        "http://[fe80::1]:9093", "http://[::ffff:169.254.1.1]",
    ])
    func `what is no address of an Alertmanager is refused`(text: String) {
        #expect(AlertmanagerURL(text) == nil)
    }
}
