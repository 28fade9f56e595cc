package import TrailModel

extension AlarmMachine {
    /// Takes the states of the contributors over: the alarm is in ALARM while one of them is.
    ///
    /// Without a series in the answer the alarm follows `TreatMissingData`, as captured; CloudWatch's guide says
    /// INSUFFICIENT_DATA for all of them.
    ///
    /// - Parameters:
    ///   - contributors: All that the alarm ever had.
    ///   - hasData: Whether the query returns any series now.
    ///   - window: The end of the window that decided.
    ///   - isEarly: Whether this window is still open; then only ALARM is taken.
    ///   - now: The time of the decision.
    /// - Returns: The transition of the alarm, which has no actions: its contributors have them.
    package mutating func follow(
        _ contributors: [AlarmMachine], hasData: Bool, window: Timestamp, isEarly: Bool, now: Timestamp
    ) -> Decision? {
        let breaching = contributors.filter { $0.status.state == .alarm }.compactMap(\.definition.contributor)
        let asked: AlarmState?
        if !breaching.isEmpty {
            asked = .alarm
        } else if hasData {
            asked = .ok
        } else {
            switch definition.rule.treatMissingData {
            case .missing: asked = .insufficientData
            case .ignore: asked = nil
            case .breaching: asked = .alarm
            case .notBreaching: asked = .ok
            }
        }
        guard let asked, asked != status.state, !isEarly || !breaching.isEmpty else { return nil }
        status.timelineState = asked
        return move(
            to: asked, isEarly ? .early : .ordinary, at: now, window: window,
            reason: StateReason(contributors: breaching, hasData: hasData, decidedAt: now))
    }
}

extension StateReason {
    /// The words are ours: CloudWatch's for such an alarm are not on record.
    fileprivate init(contributors: [Contributor], hasData: Bool, decidedAt: Timestamp) {
        let shown = contributors.prefix(Self.contributorsMax)
        let names = shown.map(\.text).joined(separator: "; ")
        let more = contributors.count - shown.count
        let text: String
        if contributors.isEmpty {
            text = hasData ? "No contributor is in ALARM." : "The query returned no data."
        } else {
            let verb = contributors.count == 1 ? "contributor is" : "contributors are"
            text = "\(contributors.count) \(verb) in ALARM: \(names)\(more > 0 ? " and \(more) more" : "")."
        }
        let members = shown.map { contributor in
            JSONValue.members([("id", .string(contributor.id)), ("attributes", contributor.document)])
        }
        self.init(
            text: String(text.prefix(Self.textMax)),
            data: JSONValue.members([
                ("version", .string("1.0")), ("queryDate", .string(decidedAt.cloudWatchText)),
                ("contributors", .array(members)),
            ]).text)
    }

    private static let contributorsMax = 10
}
