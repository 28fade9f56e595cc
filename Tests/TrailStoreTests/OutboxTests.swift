import Testing
import TrailModel
import TrailStore

/// The outbox in the store: the log of attempts with its limits, and messages that are sent again.
@Suite struct OutboxTests {
    private let directory = TemporaryDirectory()
    private let store: Store
    private static let now = StoreTests.now

    init() throws { store = try Store(directory: directory.path) }

    private static func key(_ number: Int) -> String { String(repeating: "a\(number)", count: 32) }

    private func add(_ numbers: Int..., alarm: String = "a", nextAttempt: Timestamp = Self.now) throws {
        var record = EvaluationRecord()
        record.messages = numbers.map { number in
            StoredMessage(
                key: Self.key(number), alarmName: alarm, subscriptionARN: "s", topicARN: "t", createdAt: Self.now,
                nextAttempt: nextAttempt, state: "waiting", request: "{\"number\":\(number)}")
        }
        try store.save(record)
    }

    private func attempt(
        _ state: String, of id: Int64, after seconds: Int64 = 0, next: Int64? = nil, reason: String? = nil
    ) throws {
        try store.recordAttempt(
            StoredAttempt(
                time: Self.now.adding(seconds: seconds), state: state, reason: reason,
                status: reason == nil ? 200 : 500, latencyMilliseconds: seconds), of: id,
            nextAttempt: next.map { Self.now.adding(seconds: $0) }, counters: [])
    }

    private func reader() throws -> StoreReader { try StoreReader(directory: directory.path) }
    private func due(after seconds: Int64 = 0) throws -> [Int64] {
        try store.dueMessages(at: Self.now.adding(seconds: seconds), limit: 9).map(\.id)
    }
    private func states() throws -> [String] {
        try reader().messages(.all, limit: 9) { message, _ in "\(message.state) \(message.attempts)" }
    }

    @Test func `an attempt is logged with what became of its message`() throws {
        try add(1, 2)
        try attempt("waiting", of: 1, after: 1, next: 60, reason: "server_error")
        try attempt("delivered", of: 1, after: 60)
        let attempts = try reader().attempts(ofKey: Self.key(1))
        #expect(attempts.map(\.number) == [1, 2])
        #expect(attempts.map(\.state) == ["waiting", "delivered"])
        #expect(attempts.map(\.reason) == ["server_error", nil])
        #expect(attempts.map(\.status) == [500, 200])
        #expect(attempts.map(\.latencyMilliseconds) == [1, 60])
        #expect(attempts.map(\.time) == [1, 60].map { Self.now.adding(seconds: $0) })
        #expect(try reader().attempts(ofKey: Self.key(2)) == [])
        #expect(try reader().attempts(ofKey: "none") == [])
        #expect(try states() == ["delivered 2", "waiting 0"])
        #expect(try reader().check().damages == [])
    }

    @Test(arguments: [-1, 0, 1, 40])
    func `of one message the last attempts are kept`(more: Int) throws {
        try add(1, 2)
        try attempt("waiting", of: 2, reason: "timeout")
        let count = StoredAttempt.keptMax + more
        for number in 1...count { try attempt("waiting", of: 1, after: Int64(number), reason: "timeout") }
        let numbers = try reader().attempts(ofKey: Self.key(1)).map(\.number)
        #expect(numbers == Array(max(1, more + 1)...count))
        #expect(try reader().attempts(ofKey: Self.key(2)).count == 1)
        #expect(try states() == ["waiting \(count)", "waiting 1"])
    }

    @Test func `old attempts are forgotten, with delivered messages and without others`() throws {
        try add(1, 2, 3)
        for id in 1...3 as ClosedRange<Int64> { try attempt("waiting", of: id, after: 10, reason: "timeout") }
        try attempt("delivered", of: 1, after: 20)
        try attempt("dead", of: 2, after: 20, reason: "client_error")
        try store.forgetDelivered(before: Self.now.adding(seconds: 20))
        #expect(try states() == ["delivered 2", "dead 2", "waiting 1"])
        #expect(try (1...3).map { try reader().attempts(ofKey: Self.key($0)).map(\.number) } == [[2], [2], []])
        try store.forgetDelivered(before: Self.now.adding(seconds: 21))
        #expect(try states() == ["dead 2", "waiting 1"])
        #expect(try reader().attempts(ofKey: Self.key(2)) == [])
        // The next one goes on from where the numbers were.
        try attempt("waiting", of: 3, after: 30, reason: "timeout")
        #expect(try reader().attempts(ofKey: Self.key(3)).map(\.number) == [2])
        #expect(try reader().check().damages == [])
    }

    @Test(arguments: ["dead", "delivered"])
    func `a message at its end is sent again, and counted as a new one`(state: String) throws {
        try add(1, 2)
        try attempt("waiting", of: 1, after: 1, next: 60, reason: "timeout")
        try attempt(state, of: 1, after: 60, reason: state == "dead" ? "timeout" : nil)
        #expect(try due(after: 90) == [2])
        #expect(try store.resend(id: 1, at: Self.now.adding(seconds: 100)))
        #expect(try due(after: 99) == [])
        // It is older than the other, which waits for it again.
        #expect(try due(after: 100) == [1])
        let message = try #require(store.messages(keyPrefix: Self.key(1), limit: 2).first)
        #expect(message.resending?.at == Self.now.adding(seconds: 100))
        #expect(message.resending?.attempts == 2)
        #expect(message.attempts == 2 && message.key == Self.key(1))
        #expect(try store.keyOfHead(before: message) == nil)
        let other = try #require(store.messages(keyPrefix: Self.key(2), limit: 2).first)
        #expect(try store.keyOfHead(before: other) == Self.key(1))
        try attempt("delivered", of: 1, after: 101)
        #expect(try reader().attempts(ofKey: Self.key(1)).map(\.number) == [1, 2, 3])
        #expect(try store.deadMessageCount() == 0)
    }

    @Test func `a message that waits is due at once, and its life stays what it was`() throws {
        try add(1)
        try attempt("waiting", of: 1, after: 1, next: 600, reason: "timeout")
        #expect(try due(after: 10) == [])
        #expect(try store.resend(id: 1, at: Self.now.adding(seconds: 10)))
        #expect(try due(after: 10) == [1])
        #expect(try store.messages(keyPrefix: "a1", limit: 1).first?.resending == nil)
    }

    @Test(arguments: ["waiting", "dead"])
    func `a draft that is sent again stays a draft`(state: String) throws {
        try add(1, nextAttempt: StoredMessage.draftTime)
        if state == "dead" { try attempt("dead", of: 1, reason: "unreadable") }
        #expect(try store.resend(id: 1, at: Self.now))
        #expect(try due(after: 1_000_000) == [])
        #expect(try store.drafts(limit: 9).map(\.id) == [1])
    }

    @Test func `a message that is gone is not sent again`() throws {
        #expect(try !store.resend(id: 1, at: Self.now))
    }

    @Test func `messages are listed as they were made, the newest, and those that failed`() throws {
        try add(1, 2, 3, 4)
        try attempt("dead", of: 1, reason: "client_error")
        try attempt("delivered", of: 2)
        try attempt("waiting", of: 3, next: 60, reason: "timeout")
        func list(_ selection: StoreReader.MessageSelection, _ limit: Int) throws -> [String] {
            try reader().messages(selection, limit: limit) { message, request in "\(message.state) \(request)" }
        }
        let all = [
            "dead {\"number\":1}", "delivered {\"number\":2}", "waiting {\"number\":3}", "waiting {\"number\":4}",
        ]
        #expect(try list(.all, 9) == all)
        #expect(try list(.all, 2) == Array(all.suffix(2)))
        #expect(try list(.failed, 9) == [all[0], all[2]])
        #expect(try list(.failed, 1) == [all[2]])
        #expect(try store.deadMessageCount() == 1)
        // What waits after it was delivered has not failed.
        #expect(try store.resend(id: 2, at: Self.now))
        #expect(try list(.failed, 9) == [all[0], all[2]])
    }

    @Test func `a message is found by the beginning of its key`() throws {
        try add(1, 2)
        func keys(_ prefix: String) throws -> [String] {
            let keys = try store.messages(keyPrefix: prefix, limit: 9).map(\.key)
            #expect(try reader().messageKeys(prefix: prefix, limit: 9) == keys)
            return keys
        }
        #expect(try keys("a") == [Self.key(1), Self.key(2)])
        #expect(try keys("a2a2") == [Self.key(2)])
        #expect(try keys(Self.key(1)) == [Self.key(1)])
        #expect(try keys("b") == [])
        #expect(try keys(Self.key(1) + "0") == [])
    }
}
