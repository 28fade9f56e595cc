import TrailModel

/// What the metrics endpoint shows of the lanes of a source.
struct LaneFigures: Equatable, Sendable {
    /// One lane, or all lanes of an account where there are too many to show each.
    struct Row: Equatable, Sendable {
        let account: String
        /// Empty for a whole account.
        let region: String
        let lastFile: Timestamp
        /// `nil` until the source has read what its first listing showed.
        let watermark: Timestamp?
    }

    /// Beyond so many lanes only accounts are shown.
    static let lanesMax = 500

    /// Each condition is there, be it with 0.
    let counts: [Lane.Condition: Int]
    /// By account and region.
    let rows: [Row]
}

extension LaneTable {
    /// The lanes as they stand.
    ///
    /// The watermark of an account is that of its slowest active lane, or of its newest where none is active.
    func figures(now: Timestamp) -> LaneFigures {
        let conditions = lanes.map { $0.condition(at: now) }
        var counts = Dictionary(uniqueKeysWithValues: Lane.Condition.allCases.map { ($0, 0) })
        for condition in conditions { counts[condition, default: 0] += 1 }
        guard lanes.count > LaneFigures.lanesMax else {
            let rows = lanes.sorted { $0.id < $1.id }.map {
                LaneFigures.Row(
                    account: $0.id.account, region: $0.id.region, lastFile: $0.newestStamp, watermark: $0.watermark)
            }
            return LaneFigures(counts: counts, rows: rows)
        }
        let accounts = Dictionary(grouping: lanes, by: \.id.account).sorted { $0.key < $1.key }
        let rows = accounts.compactMap { account, lanes -> LaneFigures.Row? in
            guard let lastFile = lanes.map(\.newestStamp).max() else { return nil }
            let slowest = lanes.filter { $0.isActive(at: now) }.compactMap(\.watermark).min()
            return LaneFigures.Row(
                account: account, region: "", lastFile: lastFile,
                watermark: slowest ?? lanes.compactMap(\.watermark).max())
        }
        return LaneFigures(counts: counts, rows: rows)
    }
}
