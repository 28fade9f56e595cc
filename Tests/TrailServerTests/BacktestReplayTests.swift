import Foundation
import Testing
import TrailAlarms
import TrailModel

@testable import TrailServer

/// P7: the server and a replay of what it read decide the same, and a server that is killed at any moment goes on as if
/// it had not been.
///
/// `TRAILWATCH_MINUTES=43200` serves whole months, which takes hours.
@Suite struct BacktestReplayTests {
    private static let minutes = ProcessInfo.processInfo.environment["TRAILWATCH_MINUTES"].flatMap(Int.init) ?? 200

    private static let cases: [(seed: UInt64, lateness: Int64?)] = [(1, nil), (2, 60), (4, 300)]

    private func difference(_ got: LiveTrail.Record, _ want: LiveTrail.Record) -> String {
        for (index, (left, right)) in zip(got.history, want.history).enumerated() where left != right {
            return "line \(index) of the history: got \(left); want \(right)"
        }
        if got.history.count != want.history.count {
            return "got \(got.history.count) lines of history; want \(want.history.count)"
        }
        for (name, timeline) in want.timelines where got.timelines[name] != timeline { return "timeline of \(name)" }
        for (left, right) in zip(got.messages, want.messages) where left != right { return "\(left); want \(right)" }
        return got.messages.count == want.messages.count
            ? "" : "got \(got.messages.count) messages; want \(want.messages.count)"
    }

    @Test(arguments: cases) func `a replay of a live run equals it in history, timelines and messages`(
        seed: UInt64, lateness: Int64?
    ) async throws {
        let trail = try LiveTrail(latenessSeconds: lateness)
        let live = try await trail.serve(LiveTrail.deliveries(minutes: Self.minutes, seed: seed), minutes: Self.minutes)
        let (replayed, result) = try await trail.replay(minutes: Self.minutes)
        let difference = difference(replayed, live)
        #expect(difference == "", "seed \(seed)")
        let decisions = result.alarms.flatMap(\.decisions)
        for kind in [Decision.Kind.ordinary, .early, .amended] {
            #expect(decisions.contains { $0.kind == kind }, "seed \(seed) has no \(kind) decision")
        }
        #expect(!live.messages.isEmpty)
        #expect(result.alarms.contains { $0.contributor != nil })
        for alarm in result.alarms {
            #expect(alarm.timeline == live.timelines[alarm.name]?.transitions(from: alarm.initialState))
        }
    }

    @Test(arguments: cases) func `a server that is killed again and again decides and tells the same`(
        seed: UInt64, lateness: Int64?
    ) async throws {
        var random = SeededGenerator(seed: seed)
        let kills = Set((0..<Self.minutes / 60).map { _ in Int.random(in: 0..<Self.minutes, using: &random) })
        let deliveries = LiveTrail.deliveries(minutes: Self.minutes, seed: seed)
        let whole = try await LiveTrail(latenessSeconds: lateness).serve(deliveries, minutes: Self.minutes)
        let killed = try await LiveTrail(latenessSeconds: lateness).serve(
            deliveries, minutes: Self.minutes, kills: kills)
        let difference = difference(killed, whole)
        #expect(difference == "", "seed \(seed), killed after the minutes \(kills.sorted())")
    }
}
