import Foundation
import Testing
import TrailAlarms
import TrailModel
import TrailNotify

@Suite struct MessageKeyTests {
    private static func key(
        alarm: String = "a", contributor: String = "", decision: Int64 = 1, ordinal: Int = 0, action: String = "t",
        endpoint: String = "e"
    ) -> MessageKey {
        MessageKey(
            alarmName: alarm, contributor: contributor, decisionNumber: decision, ordinal: ordinal, action: action,
            endpoint: endpoint)
    }

    @Test func `keys never change between releases`() {
        // printf '20:trailwatch message 11:a0:1:11:01:t1:e' | sha256sum
        #expect(Self.key().hex == "0a15286fab2e6c6bd11b553f8065a2f1a2b096064392d0854723a61869c51d4b")
        let incident = IncidentKey(alarmName: "a", enteredAlarm: Timestamp(milliseconds: 1234))
        #expect(incident.hex == "59cf8527b8e3b020a0bca572206fb7c98810cdc3402f457663c76a3e1090510d")
    }

    @Test func `every part tells keys apart, also when parts join to the same text`() {
        let keys = [
            Self.key(), Self.key(alarm: "b"), Self.key(contributor: "c"), Self.key(decision: 2), Self.key(ordinal: 1),
            Self.key(action: "u"), Self.key(endpoint: "f"), Self.key(action: "te", endpoint: ""),
            Self.key(action: "", endpoint: "te"), Self.key(alarm: "a1:0"), Self.key(decision: 10, ordinal: 0),
            MessageKey(summaryOf: "t", day: Timestamp(seconds: 0), endpoint: "e"),
            MessageKey(testOf: "t", sentAt: Timestamp(seconds: 0), endpoint: "e"),
        ]
        #expect(Set(keys).count == keys.count)
    }

    @Test func `a summary has one key a day, a test one per sending`() {
        func summary(_ text: String) -> MessageKey { MessageKey(summaryOf: "t", day: time(text), endpoint: "e") }
        #expect(summary("2026-01-02T00:00:00Z") == summary("2026-01-02T23:59:59Z"))
        #expect(summary("2026-01-02T23:59:59Z") != summary("2026-01-03T00:00:00Z"))
        let first = MessageKey(testOf: "t", sentAt: Timestamp(milliseconds: 1), endpoint: "e")
        #expect(first != MessageKey(testOf: "t", sentAt: Timestamp(milliseconds: 2), endpoint: "e"))
    }

    @Test func `the ALARM and the OK that ends it share the incident's key`() {
        let start = time("2026-09-14T11:18:44.401Z")
        let alarm = sampleTransition(from: .ok, to: .alarm)
        var ok = sampleTransition(from: .alarm, to: .ok)
        ok.stateChangeTime = time("2026-09-14T12:00:00Z")
        #expect(alarm.incidentKey == ok.incidentKey)
        #expect(alarm.incidentKey == IncidentKey(alarmName: "n", enteredAlarm: start))
        var next = alarm
        next.incidentStart = start.adding(milliseconds: 1)
        #expect(next.incidentKey != alarm.incidentKey)
        next.incidentStart = nil
        #expect(next.incidentKey == nil)
    }

    @Test func `the UUID is a valid one of version 8, fixed by the key`() {
        var seen: Set<String> = []
        for decision in 0..<200 as Range<Int64> {
            let uuid = Self.key(decision: decision).uuid
            let characters = Array(uuid)
            #expect(UUID(uuidString: uuid) != nil)
            #expect(characters[14] == "8")
            #expect("89ab".contains(characters[19]))
            #expect(uuid == Self.key(decision: decision).uuid)
            seen.insert(uuid)
        }
        #expect(seen.count == 200)
    }

    @Test(arguments: [
        "", "AB", String(repeating: "A", count: 64), String(repeating: "g", count: 64),
        String(repeating: "a", count: 63),
    ])
    func `only 64 lower-case digits are read back as a key`(_ text: String) {
        #expect(MessageKey(hex: text) == nil)
        #expect(MessageKey(hex: Self.key().hex) == Self.key())
    }
}
