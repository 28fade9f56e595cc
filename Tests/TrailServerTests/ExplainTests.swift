import Foundation
import Testing
import TrailAlarms
import TrailCounts
import TrailModel
import TrailSources
import TrailStore
import TrailTemplates

@testable import TrailServer

@Suite struct ExplainTests {
    /// `TRAILWATCH_ROUNDS` asks for so many times as much.
    private static let days =
        3 * (ProcessInfo.processInfo.environment["TRAILWATCH_ROUNDS"].flatMap { Int64($0) } ?? 1)

    /// P9, over a time with delays, restarts, changed and new alarms.
    @Test(arguments: 1...6 as ClosedRange<UInt64>)
    func `any past minute makes the decision again that was recorded`(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let treatment = ["notBreaching", "missing", "ignore", "breaching"][Int(seed % 4)]
        func text(threshold: Int, more: String = "") -> String {
            ExplainStage.template(
                threshold: threshold, treatment: treatment, needed: seed % 2 == 0 ? 1 : 2,
                periods: seed % 2 == 0 ? 1 : 3,
                period: seed % 3 == 0 ? 300 : 60,
                comparison: seed == 6 ? "LessThanThreshold" : "GreaterThanOrEqualToThreshold",
                defaultValue: seed % 5 < 2 ? ", DefaultValue: 0" : "", more: more)
        }
        let stage = try ExplainStage(text(threshold: 3))
        var names = ["bad"]
        var decided: [String: Timestamp] = [:]
        var states: [String: [Timestamp: AlarmState]] = [:]
        var values: [String: [Timestamp: [Double?]]] = [:]
        var waiting: [(at: Timestamp, events: [(time: Timestamp, name: String)])] = []
        let end = ExplainStage.begin.adding(seconds: Self.days * 86_400)
        while stage.now < end {
            let from = stage.now
            stage.now = from.adding(seconds: 60 * Int64.random(in: 1...90, using: &random))
            // Bursts, some of them hours late.
            for _ in 0..<Int.random(in: 0...3, using: &random) {
                let start = Int64.random(in: from.seconds..<stage.now.seconds, using: &random)
                let name = random.next() % 3 == 0 ? "Good" : "Bad"
                let events = (0..<Int64.random(in: 1...6, using: &random)).map {
                    (time: Timestamp(seconds: start + $0 * 7), name: name)
                }
                let delay = random.next() % 3 == 0 ? Int64.random(in: 0...14_400, using: &random) : 60
                waiting.append((Timestamp(seconds: start + 45 + delay), events))
            }
            try stage.commit(waiting.filter { $0.at <= stage.now }.flatMap(\.events))
            waiting.removeAll { $0.at <= stage.now }
            let decisions = try stage.evaluate()
            for name in names {
                let through = try stage.alarm(name).alarm.machine.status.decidedThrough
                let timeline = try stage.store().timeline(of: name, from: Timestamp(seconds: 0))
                let first = (decided[name] ?? ExplainStage.begin.adding(seconds: -86_400)).adding(seconds: 60)
                for second in stride(from: first.seconds, through: through.seconds, by: 60) {
                    let time = Timestamp(seconds: second)
                    if states[name]?[time] == nil { states[name, default: [:]][time] = timeline.state(at: time) }
                    if random.next() % 60 == 0 { values[name, default: [:]][time] = try stage.values(name, time) }
                }
                decided[name] = max(decided[name] ?? through, through)
                for decision in decisions where decision.alarmName == name && decision.kind == .early {
                    states[name, default: [:]][decision.windowEnd] = .alarm
                    values[name]?[decision.windowEnd] = nil
                }
            }
            if random.next() % 20 == 0 { try stage.store().fold() }
            if random.next() % 40 == 0 {
                try stage.save()
                try stage.reopen()
            }
            if random.next() % 60 == 0 {
                try stage.load(
                    text(
                        threshold: Int.random(in: 2...4, using: &random),
                        more: names.count == 2 ? ExplainStage.secondAlarm : ""))
            }
            if names.count == 1, stage.now.seconds - ExplainStage.begin.seconds > 86_400 {
                try stage.load(text(threshold: 3, more: ExplainStage.secondAlarm))
                names.append("second")
            }
        }
        try stage.save()
        let explainer = Explainer(reader: try StoreReader(directory: stage.data))
        var changed = 0
        var alarms = 0
        var again: [(name: String, time: Timestamp)] = []
        for name in names {
            let timeline = try stage.store().timeline(of: name, from: Timestamp(seconds: 0))
            let status = try stage.alarm(name).alarm.machine.status
            let from = try #require(status.decidedFrom)
            let ends = Set(timeline.map(\.windowEnd))
            let sample = (states[name] ?? [:]).keys.sorted().filter { time in
                time > from && (values[name]?[time] != nil || ends.contains(time) || random.next() % 200 == 0)
            }
            #expect(sample.count > 100)
            for time in sample {
                let asked = time.adding(seconds: Int64.random(in: 0..<60, using: &random))
                let found = try explainer.explain(name, at: asked)
                let why = "seed \(seed), \(name) at \(time.rfc3339)"
                #expect(found.windowEnd == time)
                #expect(found.isDecided)
                #expect(found.recordedState == states[name]?[time], "recorded, \(why)")
                #expect(found.asDecided?.state == states[name]?[time], "made again, \(why)")
                if let values = values[name]?[time] {
                    #expect(found.asDecided?.periods.map(\.value) == values, "\(why)")
                }
                #expect(found.currentState == timeline.state(at: time), "\(why)")
                // What was decided under a former definition stays, whatever comes.
                if time > status.amendableAfter {
                    #expect(found.asKnownNow.state == timeline.state(at: time), "now, \(why)")
                }
                for decision in found.decisions { #expect(decision.windowEnd == time) }
                if random.next() % 8 == 0 { again.append((name, time)) }
                if found.isChanged { changed += 1 }
                if found.recordedState == .alarm { alarms += 1 }
            }
        }
        #expect(changed > 10 && alarms > 10, "seed \(seed): \(changed) changed, \(alarms) in ALARM")
        // Without the minutes the log files say the same.
        let all = try again.map { try explainer.explain($0.name, at: $0.time) }
        try stage.forgetMinutes()
        for (before, (name, time)) in zip(all, again) {
            let found = try Explainer(reader: try StoreReader(directory: stage.data)).explain(name, at: time)
            let why = "recounted, seed \(seed), \(name) at \(time.rfc3339)"
            #expect(found.asDecided == before.asDecided && found.asKnownNow == before.asKnownNow, "\(why)")
            #expect(found.notes.contains { $0.contains("were deleted") && !$0.contains("at the ends") }, "\(why)")
        }
        #expect(again.count > 20)
    }

    @Test func `what came late stands beside what was decided`() throws {
        let (stage, window) = try ExplainStage.late()
        let found = try stage.explain("bad", window)
        #expect(found.recordedState == .ok && found.currentState == .alarm && found.isChanged)
        #expect(found.decisions.map(\.kind) == [.amended])
        let want = """
            bad at 2023-11-15T00:11:00Z: OK, as decided; ALARM as known now
            Sum of Test Bad in 1 min >= 3, 1 of 1; a.yaml:9, loaded 2023-11-15T00:00:00Z

              00:08-00:09  -                        missing
              00:09-00:10  -                        missing
              00:10-00:11  2  ##########            ok, decided, now 4

            verdict   OK: 0 of 1 datapoint breach; ALARM wants 1 of 1
            nearest   1 more event between 00:10 and 00:11 would have made it ALARM.
            now       ALARM: 1 of 1 datapoint breaches; ALARM wants 1 of 1

            decided   2023-11-15T00:25:00Z, amended: OK -> ALARM
                      Threshold Crossed: 1 out of the last 1 datapoints [4.0 (15/11/23 00:10:00)] was greater than or equal to the threshold (3.0) (minimum 1 datapoint for OK -> ALARM transition).
            sent      nothing: the alarm has no action for ALARM
            then      OK from the window that ended at 2023-11-15T00:14:00Z

            events
              trailwatch events --data /d --from 2023-11-15T00:10:00Z --to 2023-11-15T00:11:00Z --filter '{ $.eventName = Bad }'
            """
        #expect(found.text(dataDirectory: "/d") == want)
    }

    @Test func `the JSON has always the same keys`() throws {
        let (stage, window) = try ExplainStage.late()
        for time in [window, window.adding(seconds: -120)] {
            let text = try stage.explain("bad", time).json.text
            let found = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
            #expect(
                found.keys.sorted() == [
                    "alarm", "asDecided", "asKnownNow", "changed", "contributor", "decided", "decisions", "definition",
                    "entered", "evaluationState", "events", "next", "notes", "slots", "state", "stateNow", "told",
                    "windowEnd",
                ])
            let decided = try #require(found["asDecided"] as? [String: Any])
            #expect(
                decided.keys.sorted() == [
                    "breaching", "fill", "filled", "nearestChange", "periods", "prior", "rule", "state", "text", "used",
                ])
        }
    }

    @Test func `an alarm that is not there is suggested, and a time that it says nothing about is refused`() throws {
        let (stage, window) = try ExplainStage.late()
        let unknown = #expect(throws: InputError.self) { _ = try stage.explain("bat", nil) }
        #expect(unknown?.description.contains("did you mean 'bad'?") == true)
        let early = #expect(throws: InputError.self) { _ = try stage.explain("bad", window.adding(seconds: -86_400)) }
        #expect(early?.description.contains("it decided nothing then; its first window ends after") == true)
        let open = try stage.explain("bad", stage.now)
        #expect(!open.isDecided && open.recordedState == nil && open.text().contains("not decided yet"))
    }

    @Test func `a reload that changes nothing writes nothing`() throws {
        let (stage, _) = try ExplainStage.late()
        let before = try (stage.store().history(limit: 99), stage.store().latestVersions(), stage.alarm("bad").alarm)
        stage.now = stage.now.adding(seconds: 60)
        #expect(try stage.load(ExplainStage.template()) == Evaluator.Changes())
        #expect(try stage.load("# moved\n" + ExplainStage.template()) == Evaluator.Changes())
        try stage.reopen()
        #expect(try stage.store().history(limit: 99) == before.0)
        #expect(try stage.store().latestVersions() == before.1)
        #expect(try stage.alarm("bad").alarm.machine.status == before.2.machine.status)
    }

    @Test func `a changed alarm keeps its state, and what it was before explains what it decided before`() throws {
        let (stage, window) = try ExplainStage.late()
        let before = try stage.alarm("bad").alarm.machine.status
        #expect(try stage.load(ExplainStage.template(threshold: 2)).changed == ["bad"])
        // A filter that publishes otherwise makes a version, too.
        stage.now = stage.now.adding(seconds: 60)
        #expect(try stage.load(ExplainStage.template(threshold: 2, defaultValue: ", DefaultValue: 0")).changed == [])
        let after = try stage.alarm("bad").alarm.machine.status
        #expect(after.state == before.state && after.stateUpdated == before.stateUpdated)
        let reader = try StoreReader(directory: stage.data)
        #expect(
            try reader.versions(of: "bad").map(\.windowsAfter) == [nil, before.decidedThrough, before.decidedThrough])
        let found = try stage.explain("bad", window)
        #expect(found.alarm.threshold == 3 && found.recordedState == .ok)
        #expect(found.notes.contains { $0.contains("The alarm was changed at") })
        #expect(try stage.explain("bad", stage.now).alarm.threshold == 2)
    }

    @Test func `what an alarm that was removed decided is still explained, also when one of its name comes`() throws {
        let (stage, window) = try ExplainStage.late()
        let lines = try stage.store().history(of: "bad", limit: 99)
        stage.now = stage.now.adding(seconds: 60)
        #expect(try stage.load("Resources: {}").removed == ["bad"])
        #expect(try stage.store().history(of: "bad", limit: 99).dropFirst() == lines[...])
        let found = try stage.explain("bad", window)
        #expect(found.recordedState == .ok && found.currentState == .alarm && found.isChanged)
        #expect(found.notes.contains { $0.contains("The alarm was removed at") })
        let gone = #expect(throws: InputError.self) { _ = try stage.explain("bad", stage.now) }
        #expect(gone?.description.contains("it was removed at") == true)
        // The new one decides all of it again, with what is known by now.
        stage.now = stage.now.adding(seconds: 60)
        try stage.load(ExplainStage.template())
        try stage.evaluate()
        try stage.save()
        let again = try stage.explain("bad", window)
        #expect(again.recordedState == .alarm && !again.isChanged && again.decisions.map(\.kind) == [.ordinary])
    }

    @Test func `history goes by its age, a definition when nothing refers to it`() throws {
        let (stage, window) = try ExplainStage.late()
        let start = stage.now
        stage.now = start.adding(seconds: 86_400)
        try stage.load(ExplainStage.template(threshold: 2))
        let store = try stage.store()
        #expect(try store.forgetHistory(before: ExplainStage.begin).deleted == 0)
        while try store.forgetHistory(before: start.adding(seconds: 60), limit: 2).isUnfinished {}
        #expect(try store.history(limit: 99).map(\.kind) == [.configurationUpdate])
        #expect(try StoreReader(directory: stage.data).versions(of: "bad").count == 2)
        // Without lines the timeline still tells.
        #expect(try stage.explain("bad", window).currentState == .alarm)
        while try store.forgetHistory(before: start.adding(seconds: 90_000)).isUnfinished {}
        #expect(try StoreReader(directory: stage.data).versions(of: "bad").count == 1)
        let gone = #expect(throws: InputError.self) { _ = try stage.explain("bad", window) }
        #expect(gone?.description.contains("--retain-history") == true)
        try stage.load("Resources: {}")
        while try store.forgetHistory(before: start.adding(seconds: 900_000)).isUnfinished {}
        #expect(try StoreReader(directory: stage.data).alarmNames() == [])
        #expect(try store.timeline(of: "bad", from: Timestamp(seconds: 0)) == [])
    }
}
