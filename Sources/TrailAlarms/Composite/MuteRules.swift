package import TrailModel

extension [MuteRule] {
    /// Until when the actions of an alarm are withheld, over all rules that name it; `nil` when none mutes it at `time`.
    ///
    /// Mutes that touch are one. Of one that lasts longer than a month a time past that is given, at which it goes on.
    package func mutedUntil(_ alarmName: String, at time: Timestamp) -> Timestamp? {
        let rules = filter { $0.alarmNames.contains(alarmName) }
        var end = time
        while end < time.adding(seconds: 31 * 86_400) {
            guard let rule = rules.first(where: { $0.isMuted(at: end) }),
                let later = rule.nextChange(after: end), later > end
            else { break }
            end = later
        }
        return end > time ? end : nil
    }
}
