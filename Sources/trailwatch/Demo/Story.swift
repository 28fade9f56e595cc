import TrailModel
import TrailServer

/// What happens in the demo once the server is ready: incidents and mishaps, each told when it really came about.
struct Story: Sendable {
    let place: DemoDirectory
    let trail: DemoTrail
    let receiver: Receiver
    let server: Server
    let screen: Screen

    /// How long the receiver is down.
    private static let downTime = Duration.seconds(5)
    /// How long the story waits for what should come within seconds.
    private static let patience = Duration.seconds(20)
    /// The first retry comes after 20 s, give or take a fifth.
    private static let retryPatience = Duration.seconds(60)
    private static let calmPatience = Duration.seconds(180)
    private static let pollInterval = Duration.milliseconds(100)
    private static let pause = Duration.seconds(2)

    /// Keeps quiet traffic coming and tells the story beside it; then traffic goes on until cancellation.
    func tell(url: String) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                while true {
                    try await trail.deliverTraffic()
                    try await Task.sleep(for: .seconds(DemoTrail.trafficSeconds))
                }
            }
            group.addTask { try await tellOnce(url: url) }
            try await group.waitForAll()
        }
    }

    private func tellOnce(url: String) async throws {
        await screen.tell(.server, "ready at \(url)/")
        let bruteForce = try await tellIncident()
        try await Task.sleep(for: Self.pause)
        try await tellDuplicates(of: bruteForce)
        try await tellLateEvents()
        try await Task.sleep(for: Self.pause)
        try await tellOutage()
        try await tellCalm()
        await tellAddresses(url: url)
    }

    /// Brute force and root login, in one minute that is not over before their messages are there.
    private func tellIncident() async throws -> DemoTrail.Delivery {
        try await waitForRoomInMinute()
        let bruteForce = try await trail.bruteForce()
        _ = try await trail.rootLogin()
        await screen.tell(
            .trail,
            "\(bruteForce.accountText): \(DemoTrail.failedSignIns) failed sign-ins, then root without MFA; two files of now"
        )
        for alarm in [DemoTemplate.Alarm.bruteForce, DemoTemplate.Alarm.rootLogin] {
            try await waitForMessage(alarm, "ALARM", upTo: Self.patience)
        }
        return bruteForce
    }

    private func tellDuplicates(of delivery: DemoTrail.Delivery) async throws {
        let before = try server.statistics().duplicate
        await screen.tell(.trail, "the file of the failed sign-ins is delivered once more, under another name")
        try await trail.repeated(delivery)
        let isCounted = try await wait(upTo: Self.patience) { try server.statistics().duplicate > before }
        let count = try server.statistics().duplicate - before
        await screen.tell(.counts, isCounted ? "\(count) duplicates not counted" : "the file was not read in time")
    }

    private func tellLateEvents() async throws {
        let before = try server.statistics()
        let delivery = try await trail.lateDenials()
        await screen.tell(
            .trail,
            "\(delivery.accountText): a file comes \(DemoTrail.lateMinutes) min late, with \(DemoTrail.lateCalls) "
                + "denied launches")
        let isAmended = try await wait(upTo: Self.patience) { try server.statistics().amended > before.amended }
        await screen.tell(
            .counts, "\(DemoTrail.lateCalls) late, \(isAmended ? "decision amended" : "no decision amended")")
        if isAmended {
            try await waitForMessage(DemoTemplate.Alarm.deniedLaunches, "OK", upTo: Self.patience)
        }
    }

    /// A message that finds nobody at its first attempt.
    private func tellOutage() async throws {
        try await waitForRoomInMinute()
        await receiver.goDown()
        let end = ContinuousClock.now + Self.downTime
        await screen.tell(.receiver, "down: answers 503")
        let delivery = try await trail.trailStopped()
        await screen.tell(.trail, "\(delivery.accountText): the trail is stopped")
        // It stays down until it has really missed something.
        let hasRefused = try await wait(upTo: Self.patience) { await receiver.hasRefused }
        try await Task.sleep(until: end, clock: .continuous)
        await receiver.comeUp()
        await screen.tell(.receiver, hasRefused ? "up again, one message missed" : "up again, nothing missed")
        try await waitForMessage(DemoTemplate.Alarm.trailStopped, "ALARM", upTo: Self.retryPatience)
    }

    private func tellCalm() async throws {
        if await !receiver.hasAccepted(DemoTemplate.Alarm.bruteForce, "OK") {
            await screen.tell(.trail, "all quiet: an alarm is OK again when a whole minute without matches has passed")
        }
        try await waitForMessage(DemoTemplate.Alarm.bruteForce, "OK", upTo: Self.calmPatience)
    }

    private func tellAddresses(url: String) async {
        await screen.tell(
            .next, "it runs on until Ctrl-C; meanwhile:",
            [
                "page     \(url)/",
                "metrics  curl -s \(url)/metrics | grep cloudtrail_errors_total",
                "alarms   edit \(place.alarmFile) and save: it reloads",
            ])
    }

    // MARK: Waiting

    private func waitForMessage(_ alarm: String, _ state: String, upTo limit: Duration) async throws {
        let isThere = try await wait(upTo: limit) { await receiver.hasAccepted(alarm, state) }
        if !isThere {
            await screen.tell(.demo, "no message that \(alarm) is \(state) came within \(limit.components.seconds) s")
        }
    }

    /// Returns at once unless the present minute is nearly over; then at the start of the next.
    private func waitForRoomInMinute() async throws {
        let now = SystemTime().now()
        let end = now.floored(toSeconds: 60).adding(seconds: 60)
        let restMilliseconds = end.milliseconds - now.milliseconds
        guard restMilliseconds < DemoTrail.minuteRestSeconds * 1000 else { return }
        try await Task.sleep(for: .milliseconds(restMilliseconds + 1))
    }

    /// True as soon as `condition` is; false when it is not within `limit`.
    private func wait(upTo limit: Duration, until condition: () async throws -> Bool) async throws -> Bool {
        let end = ContinuousClock.now + limit
        while try await !condition() {
            guard ContinuousClock.now < end else { return false }
            try await Task.sleep(for: Self.pollInterval)
        }
        return true
    }
}
