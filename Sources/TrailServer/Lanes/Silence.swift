import TrailModel

/// What has fallen silent in a source, for one grouped operator message.
struct Silence: Equatable, Sendable {
    /// A lane, an account or a digest of which no files come any more.
    struct Quiet: Equatable, Sendable {
        /// The region is empty for a whole account.
        let id: LaneID
        let lastFile: Timestamp
        /// From when on it counts as silent.
        let since: Timestamp
    }

    /// An account is silent after so long without files, whatever their region.
    static let accountSeconds: Int64 = 6 * 3600
    /// And after so many times the longest time without files in its last day.
    ///
    /// Where nobody works at night, or files come once in a few hours, six hours without one are no news.
    static let accountGaps: Int64 = 3
    /// A digest is delivered every hour, with or without log files (cloudtrail-log-file-validation-digest-file-structure).
    static let digestSeconds: Int64 = 3600
    static let digestOverdueSeconds: Int64 = 75 * 60

    /// Each by account and region.
    var lanes: [Quiet] = []
    var accounts: [Quiet] = []
    var digests: [Quiet] = []

    var isEmpty: Bool { lanes.isEmpty && accounts.isEmpty && digests.isEmpty }

    /// What is silent now and was not in `earlier`, or spoke in between.
    func news(since earlier: Silence) -> Silence {
        func fresh(_ now: [Quiet], _ before: [Quiet]) -> [Quiet] {
            let known = Dictionary(before.map { ($0.id, $0.lastFile) }) { first, _ in first }
            return now.filter { known[$0.id] != $0.lastFile }
        }
        return Silence(
            lanes: fresh(lanes, earlier.lanes), accounts: fresh(accounts, earlier.accounts),
            digests: fresh(digests, earlier.digests))
    }
}

extension LaneTable {
    /// What is silent at `now`; nothing while the source is behind, since then it was not read.
    ///
    /// What has been quiet for more than seven days was given up and is not silent any more.
    ///
    /// - Complexity: O(lanes).
    func silence(now: Timestamp, isBehind: Bool) -> Silence {
        guard !isBehind else { return Silence() }
        var silence = Silence()
        for lane in lanes {
            guard let since = lane.silentSince(at: now) else { continue }
            silence.lanes.append(Silence.Quiet(id: lane.id, lastFile: lane.newestStamp, since: since))
        }
        silence.lanes.sort { $0.id < $1.id }
        silence.accounts = silentAccounts(now)
        silence.digests = overdueDigests(now)
        return silence
    }

    private func silentAccounts(_ now: Timestamp) -> [Silence.Quiet] {
        var newest: [String: Timestamp] = [:]
        for lane in lanes {
            newest[lane.id.account] = max(newest[lane.id.account] ?? lane.newestStamp, lane.newestStamp)
        }
        let latest = now.adding(seconds: -Silence.accountSeconds)
        let oldest = now.adding(seconds: -Lane.quietSecondsMax)
        let quiet = newest.filter { $0.value <= latest && $0.value > oldest }
        guard !quiet.isEmpty else { return [] }
        var days: [String: StampDay] = [:]
        for lane in lanes {
            guard let lastFile = quiet[lane.id.account] else { continue }
            days[lane.id.account, default: StampDay(lastFile)].formUnion(lane.stamps)
        }
        let silent = quiet.compactMap { account, lastFile -> Silence.Quiet? in
            guard let gap = days[account]?.longestGapSeconds, gap < Silence.accountSeconds else { return nil }
            let since = lastFile.adding(seconds: max(Silence.accountSeconds, Silence.accountGaps * gap))
            let id = LaneID(account: account, region: "")
            return since <= now ? Silence.Quiet(id: id, lastFile: lastFile, since: since) : nil
        }
        return silent.sorted { $0.id < $1.id }
    }

    private func overdueDigests(_ now: Timestamp) -> [Silence.Quiet] {
        let overdue = digests.compactMap { id, end -> Silence.Quiet? in
            let since = end.adding(seconds: Silence.digestSeconds + Silence.digestOverdueSeconds)
            guard since <= now, end > now.adding(seconds: -Lane.quietSecondsMax) else { return nil }
            return Silence.Quiet(id: id, lastFile: end, since: since)
        }
        return overdue.sorted { $0.id < $1.id }
    }
}
