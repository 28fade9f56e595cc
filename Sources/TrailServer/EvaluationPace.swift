import TrailModel

/// When alarms are evaluated while files are read; live and in a replay the same.
struct EvaluationPace {
    /// While files wait, early ALARMs are looked for this often.
    private static let milliseconds: Int64 = 1000

    private var last: Timestamp?

    /// True when an evaluation is due, which is then taken for done.
    mutating func isDue(now: Timestamp, hasMore: Bool) -> Bool {
        let isDue = last.map { now.milliseconds - $0.milliseconds >= Self.milliseconds } ?? true
        guard !hasMore || isDue else { return false }
        last = now
        return true
    }
}

extension [FolderSource] {
    /// True while one of them, which is not given up, has files of its listing to read.
    func isBehind(now: Timestamp) -> Bool {
        contains { $0.isBehind && $0.holdsOthersBack(now: now) }
    }
}

extension Evaluator.Moment {
    /// How far the data of `sources` are believed complete; `posted` is the one among them that is fed over HTTP.
    init(now: Timestamp, sources: [FolderSource], posted: FolderSource?, recount: Recount?) {
        // Where nobody posts events, nobody waits for them.
        let waiting = sources.filter { $0.holdsOthersBack(now: now) && ($0 !== posted || $0.isInUse(now: now)) }
        let ceiling = now.adding(seconds: -LaneTable.ceilingSeconds)
        // A source without a watermark is behind, and then nothing is decided behind one.
        let watermark = waiting.isEmpty ? ceiling : waiting.compactMap(\.watermark).min()
        self.init(
            now: now, watermark: watermark, isBehind: sources.isBehind(now: now),
            isFilling: sources.contains { $0.isFilling }, filledFrom: sources.compactMap(\.filledFrom).max(),
            sources: sources.map(\.stored), countingBack: recount?.metrics ?? [],
            takingBack: recount?.reducedMetrics ?? [])
    }
}
