import Foundation
import Testing
import TrailAlarms
import TrailModel
import TrailStore

@testable import TrailServer

/// Windows whose minutes were deleted (design, section 5, "Retention").
@Suite struct ExplainRecountTests {
    private func slots(_ explanation: AlarmExplanation) throws -> [String: Any]? {
        let text = explanation.json.text
        let document = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
        return document["slots"] as? [String: Any]
    }

    @Test func `minutes that were deleted are counted again from the log files`() throws {
        let (stage, window) = try ExplainStage.late()
        let before = try stage.explain("bad", window)
        #expect(try slots(before) == nil)
        try stage.forgetMinutes()
        let found = try stage.explain("bad", window)
        #expect(found.asDecided == before.asDecided && found.asKnownNow == before.asKnownNow && found.isChanged)
        #expect(found.asKnownNow.periods.last?.value == 4)
        let kept = stage.now.adding(seconds: 4 * 86_400).floored(toSeconds: 86_400)
        #expect(
            found.notes == [
                "Slots of 60 s before \(kept.rfc3339) were deleted, as --retention says: those of this window were counted "
                    + "again from 2 log files."
            ])
        #expect(try slots(found)?["recountedFiles"] as? Int == 2)
        let empty = try stage.explain("bad", window.adding(seconds: -180))
        #expect(empty.notes.first?.hasSuffix("no log file holds events of this window.") == true)
    }

    @Test(arguments: ["removed", "replaced"])
    func `where a log file is gone, wider slots are evaluated at their ends`(what: String) throws {
        let (stage, window) = try ExplainStage.late()
        try stage.forgetMinutes()
        let file = "\(stage.path)/3.json"
        try FileManager.default.removeItem(atPath: file)
        if what == "replaced" {
            let record = #"{"Records":[{"eventTime":"2023-11-15T00:10:00Z","eventID":"x"}]}"#
            let padding = String(repeating: " ", count: 9999)
            try (record + padding).write(toFile: file, atomically: true, encoding: .utf8)
        }
        let found = try stage.explain("bad", window.adding(seconds: 120))
        #expect(found.asDecided == nil && found.recordedState == .alarm && !found.isChanged)
        #expect(found.asKnownNow.windowEnd == window.adding(seconds: -60))
        // The five minutes that hold the events end later.
        #expect(found.asKnownNow.periods.map(\.value) == [nil, nil, nil])
        let note = try #require(found.notes.first)
        #expect(
            note.contains("from slots of 300 s, at the ends of these, here at 2023-11-15T00:10:00Z; each stands as"))
        #expect(note.contains("because 1 of its 2 log files cannot be counted again: "))
        #expect(note.contains("/3.json"))
        #expect(try slots(found)?["slotSeconds"] as? Int == 300)
        #expect(try (slots(found)?["fault"] as? String)?.contains("/3.json") == true)
        // The decision's own datapoints are left of the window that was amended.
        let amended = try stage.explain("bad", window)
        #expect(amended.recordedState == .ok && amended.currentState == .alarm)
    }

    @Test func `an alarm whose periods are whole slots is told by wider slots as it was`() throws {
        let (stage, window) = try ExplainStage.late(ExplainStage.template(period: 300))
        let end = window.adding(seconds: 240)
        let before = try stage.explain("bad", end)
        try stage.forgetMinutes()
        try FileManager.default.removeItem(atPath: "\(stage.path)/2.json")
        let found = try stage.explain("bad", end)
        #expect(found.asKnownNow == before.asKnownNow && found.isComparable)
        #expect(found.notes.contains { $0.contains("at the ends of these, because") })
    }
}
