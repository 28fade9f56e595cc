import Foundation
import Testing
import TrailAlarms
import TrailModel
import TrailNotify

/// What an Alertmanager is told, against a model of one.
@Suite struct AlertBoardTests {
    private static let start = Timestamp(seconds: 1_700_000_000)

    private func alert(_ name: String, reason: String = "r", since: Timestamp = start) -> AlertmanagerAlert {
        AlertmanagerAlert(
            .metric(sampleAlarm(name: name)), reason: reason, since: since, accountID: "111122223333",
            region: "us-east-1", url: "https://trail.example.test/")
    }

    /// Alertmanager, as far as it matters here: an alert is active from its start to the end that was given last.
    private struct Receiver {
        var ends: [String: Timestamp] = [:]
        var posts = 0

        mutating func take(_ post: AlertBoard.Post) throws {
            posts += 1
            let list = try JSONSerialization.jsonObject(with: Data(post.body)) as? [[String: Any]]
            for alert in try #require(list) {
                let labels = try #require(alert["labels"] as? [String: String])
                let name = try #require(labels["alertname"])
                ends[name] = try #require(Timestamp(rfc3339: alert["endsAt"] as? String ?? ""))
            }
        }

        func active(at now: Timestamp) -> Set<String> { Set(ends.filter { $0.value > now }.keys) }
    }

    /// One pass; requests that `isLost` says are lost, before or after they arrived.
    private func pass(
        _ board: inout AlertBoard, _ receiver: inout Receiver, at now: Timestamp,
        isLost: () -> (arrives: Bool, isAnswered: Bool) = { (true, true) }
    ) throws {
        board.beginPass(at: now)
        while let post = board.nextPost(at: now) {
            let fate = isLost()
            if fate.arrives { try receiver.take(post) }
            guard fate.arrives && fate.isAnswered else { return board.endPass() }
            board.accept(post)
        }
    }

    private func posts(of board: inout AlertBoard, at now: Timestamp) -> [AlertBoard.Post] {
        var posts: [AlertBoard.Post] = []
        while let post = board.nextPost(at: now) { posts.append(post) }
        return posts
    }

    @Test func `an alert is posted at once, every minute, and once with its end`() throws {
        var (board, receiver) = (AlertBoard(), Receiver())
        board.take([], at: Self.start)
        #expect(board.nextPass(at: Self.start) == nil)
        board.take([alert("a")], at: Self.start)
        #expect(board.nextPass(at: Self.start) == Self.start)
        try pass(&board, &receiver, at: Self.start)
        #expect(receiver.ends == ["a": Self.start.adding(seconds: 240)])
        #expect(board.nextPass(at: Self.start) == Self.start.adding(seconds: 60))
        // A newcomer waits for nobody, and does not bring the others along.
        let soon = Self.start.adding(seconds: 20)
        board.take([alert("a"), alert("b", since: soon)], at: soon)
        try pass(&board, &receiver, at: soon)
        #expect(receiver.ends == ["a": Self.start.adding(seconds: 240), "b": soon.adding(seconds: 240)])
        let later = Self.start.adding(seconds: 60)
        try pass(&board, &receiver, at: later)
        #expect(receiver.ends == ["a": later.adding(seconds: 240), "b": later.adding(seconds: 240)])
        let end = Self.start.adding(seconds: 70)
        board.take([alert("b", since: soon)], at: end)
        try pass(&board, &receiver, at: end)
        #expect(receiver.active(at: end) == ["b"] && receiver.ends["a"] == end && receiver.posts == 4)
        try pass(&board, &receiver, at: end.adding(seconds: 1))
        #expect(receiver.posts == 4)
    }

    @Test func `what people read changes with the alarm, and a new ALARM is a new start`() throws {
        var (board, receiver) = (AlertBoard(), Receiver())
        board.take([alert("a")], at: Self.start)
        try pass(&board, &receiver, at: Self.start)
        board.take([alert("a", reason: "other")], at: Self.start)
        #expect(board.nextPass(at: Self.start) == Self.start)
        try pass(&board, &receiver, at: Self.start)
        #expect(receiver.posts == 2)
        // OK and ALARM again between two looks.
        board.take([alert("a", since: Self.start.adding(seconds: 9))], at: Self.start.adding(seconds: 10))
        #expect(board.nextPass(at: Self.start.adding(seconds: 10)) == Self.start.adding(seconds: 10))
    }

    @Test func `an end that got lost is posted again until the alert has expired by itself`() throws {
        var (board, receiver) = (AlertBoard(), Receiver())
        board.take([alert("a")], at: Self.start)
        try pass(&board, &receiver, at: Self.start)
        let end = Self.start.adding(seconds: 30)
        for seconds in [30, 45, 239] as [Int64] {
            let now = Self.start.adding(seconds: seconds)
            board.take([], at: now)
            try pass(&board, &receiver, at: now) { (false, false) }
            #expect(board.nextPass(at: now) == now)
        }
        var answered = board
        try pass(&answered, &receiver, at: Self.start.adding(seconds: 239))
        #expect(receiver.ends["a"] == end && answered.nextPass(at: end) == nil)
        board.take([], at: Self.start.adding(seconds: 240))
        #expect(board.nextPass(at: Self.start.adding(seconds: 240)) == nil)
    }

    @Test func `an alert whose first request got lost may have arrived, and is ended`() throws {
        var (board, receiver) = (AlertBoard(), Receiver())
        board.take([alert("a")], at: Self.start)
        try pass(&board, &receiver, at: Self.start) { (true, false) }
        board.take([], at: Self.start.adding(seconds: 5))
        try pass(&board, &receiver, at: Self.start.adding(seconds: 5))
        #expect(receiver.ends["a"] == Self.start.adding(seconds: 5))
    }

    @Test func `one that was never sent needs no end`() {
        var board = AlertBoard()
        board.take([alert("a")], at: Self.start)
        board.take([], at: Self.start)
        #expect(board.nextPass(at: Self.start) == nil)
    }

    @Test func `many alerts go in several requests, none too large, each alert once`() throws {
        let names = (0..<700).map { "alarm-\($0)" }
        let long = String(repeating: "é", count: 1500)
        let huge = String(repeating: "x", count: AlertBoard.postBytesMax + 1)
        var (board, seen) = (AlertBoard(), [String]())
        let alerts = names.map { alert($0, reason: long) } + [alert("huge", reason: huge), alert("last")]
        board.take(alerts + [alert("last")], at: Self.start)
        board.beginPass(at: Self.start)
        while let post = board.nextPost(at: Self.start) {
            let list = try #require(JSONSerialization.jsonObject(with: Data(post.body)) as? [[String: Any]])
            #expect(list.count == post.count && list.count <= AlertBoard.postAlertsMax)
            #expect(post.body.count <= AlertBoard.postBytesMax || list.count == 1)
            seen += list.compactMap { ($0["labels"] as? [String: String])?["alertname"] }
            board.accept(post)
        }
        #expect(seen == names + ["huge", "last"])
        #expect(board.nextPass(at: Self.start) == Self.start.adding(seconds: 60))
    }

    @Test func `a part that is refused is due again, the others wait for their minute`() throws {
        var board = AlertBoard()
        board.take((0..<300).map { alert("alarm-\($0)") }, at: Self.start)
        board.beginPass(at: Self.start)
        let posts = self.posts(of: &board, at: Self.start)
        #expect(posts.map(\.count) == [AlertBoard.postAlertsMax, 300 - AlertBoard.postAlertsMax])
        board.accept(posts[1])
        #expect(board.nextPass(at: Self.start) == Self.start)
        board.beginPass(at: Self.start.adding(seconds: 15))
        let again = self.posts(of: &board, at: Self.start.adding(seconds: 15))
        #expect(again.map(\.count) == [AlertBoard.postAlertsMax])
    }

    /// Alarms come and go as they like, requests and answers get lost; posts are tried every 15 seconds after a failure.
    @Test(arguments: 1...20 as ClosedRange<UInt64>)
    func `the Alertmanager shows what is in ALARM, and nothing that is not for long`(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        var (board, receiver) = (AlertBoard(), Receiver())
        var entered: [String: Timestamp] = [:]
        var left: [String: Timestamp] = [:]
        var losses = 0
        var due = Self.start
        for second in 0..<3600 as Range<Int64> {
            let now = Self.start.adding(seconds: second)
            if Int.random(in: 0..<40, using: &generator) == 0 {
                let name = ["a", "b", "c"][Int.random(in: 0..<3, using: &generator)]
                if entered.removeValue(forKey: name) == nil {
                    (entered[name], left[name]) = (now, nil)
                } else {
                    left[name] = now
                }
                due = losses == 0 ? now : due
            }
            board.take(entered.map { alert($0.key, since: $0.value) }, at: now)
            if now >= due || losses == 0 && board.nextPass(at: now).map({ $0 <= now }) ?? false {
                var isLost = false
                // At most ten losses in a row, 150 seconds: an alert outlives that.
                try pass(&board, &receiver, at: now) {
                    isLost = losses < 10 && Int.random(in: 0..<3, using: &generator) > 0
                    return (!isLost || Bool.random(using: &generator), !isLost)
                }
                losses = isLost ? losses + 1 : 0
                due = isLost ? now.adding(seconds: 15) : board.nextPass(at: now) ?? .distant
            }
            let active = receiver.active(at: now)
            for (name, since) in entered where losses == 0 || now.seconds(since: since) > 160 {
                #expect(active.contains(name), "seed \(seed), \(second) s: \(name) is missing")
            }
            for (name, since) in left where losses == 0 || now.seconds(since: since) >= 240 {
                #expect(!active.contains(name), "seed \(seed), \(second) s: \(name) stays")
            }
        }
        #expect(receiver.posts > 60)
    }
}

extension Timestamp {
    /// Later than any time of a test.
    fileprivate static let distant = Timestamp(seconds: 4_000_000_000)
}
