import TrailModel

/// What people were told of silence, so that they hear once that it begins and once that it ends.
struct SilenceReport: Codable, Equatable, Sendable {
    enum News: Equatable {
        /// Something more is silent than they know.
        case begins
        /// All that they know to be silent spoke again.
        case ends
    }

    /// At most one message in so long; what changes meanwhile is in the next one.
    static let pauseSeconds: Int64 = 900

    /// What they know to be silent, by source, each as ``Silence/names``.
    private(set) var told: [String: Set<String>] = [:]
    /// Messages so far.
    private(set) var number: Int64 = 0
    /// When the present silence was told first.
    private(set) var since: Timestamp?
    private var lastTold: Timestamp?

    /// Takes in what is silent now, and says whether a message is due.
    ///
    /// Sources that are missing in `silent` cannot be judged now: what was told of them stands, unless they are none of
    /// the `sources` any more.
    mutating func take(_ silent: [String: Set<String>], of sources: Set<String>, now: Timestamp) -> News? {
        let current = told.merging(silent) { _, new in new }.filter { !$0.value.isEmpty && sources.contains($0.key) }
        let isNew = current.contains { source, names in !names.isSubset(of: told[source] ?? []) }
        guard isNew || current.isEmpty && !told.isEmpty else {
            // What fell silent, spoke and falls silent again is news again.
            told = current
            return nil
        }
        if let lastTold, now.seconds(since: lastTold) < Double(Self.pauseSeconds) { return nil }
        told = current
        number += 1
        lastTold = now
        if isNew { since = since ?? now }
        return isNew ? .begins : .ends
    }

    /// To be called when the message of an end is made.
    mutating func close() { since = nil }
}

extension Silence {
    /// Each that is silent, by a name that stays.
    var names: Set<String> {
        func names(_ list: [Quiet], _ kind: String) -> [String] {
            list.map { "\(kind) \($0.id.account) \($0.id.region)" }
        }
        return Set(names(accounts, "account") + names(lanes, "lane") + names(digests, "digest"))
    }

    /// What fell silent after `mark`.
    func after(_ mark: Timestamp) -> Silence {
        Silence(
            lanes: lanes.filter { $0.since > mark }, accounts: accounts.filter { $0.since > mark },
            digests: digests.filter { $0.since > mark })
    }

    static func + (left: Silence, right: Silence) -> Silence {
        Silence(
            lanes: left.lanes + right.lanes, accounts: left.accounts + right.accounts,
            digests: left.digests + right.digests)
    }
}
