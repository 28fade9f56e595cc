import TrailModel
import TrailStore

/// The versions of an alarm from its first load to its removal.
struct AlarmLife {
    /// Oldest first.
    let versions: [AlarmVersion]
    /// `nil` while it is there.
    let removal: AlarmVersion?

    /// Alarms of one name that came one after another, from all versions in their order.
    static func lives(of versions: [AlarmVersion]) -> [AlarmLife] {
        var lives: [AlarmLife] = []
        var open: [AlarmVersion] = []
        for version in versions {
            if version.isRemoval {
                if !open.isEmpty { lives.append(AlarmLife(versions: open, removal: version)) }
                open = []
            } else {
                open.append(version)
            }
        }
        if !open.isEmpty { lives.append(AlarmLife(versions: open, removal: nil)) }
        return lives
    }

    /// The version that decided the window which ends at `time` or before it; `nil` when it is not kept any more.
    func version(at time: Timestamp) -> AlarmVersion? {
        versions.last { version in version.windowsAfter.map { $0 < time } ?? true }
    }

    /// True for a decision of this alarm and not of another one of its name.
    func made(_ decision: RecordedDecision) -> Bool {
        guard let first = versions.first, decision.decidedAt >= first.since else { return versions.isEmpty }
        return removal.map { decision.decidedAt <= $0.since } ?? true
    }
}
