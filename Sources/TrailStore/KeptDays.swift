import GRDB
import TrailModel

/// The first day that each level still holds; the days before it were deleted.
struct KeptDays: Equatable, Sendable {
    private var first: [Resolution: Int64] = [:]

    init() {}

    init(_ db: Database) throws {
        for resolution in Resolution.allCases {
            first[resolution] = try Int64.fetchOne(
                db, sql: "SELECT value FROM meta WHERE name = ?", arguments: [Self.name(resolution)])
        }
    }

    /// Days since the epoch; `nil` for a level of which nothing was deleted.
    func firstDay(_ resolution: Resolution) -> Int64? { first[resolution] }

    func holds(_ day: Int64, _ resolution: Resolution) -> Bool {
        first[resolution].map { day >= $0 } ?? true
    }

    /// Deletes nothing itself: says that the days before `day` are not read any more.
    mutating func forget(before day: Int64, _ resolution: Resolution, _ db: Database) throws {
        try db.execute(
            sql: "INSERT OR REPLACE INTO meta VALUES (?, ?)", arguments: [Self.name(resolution), day])
        // Readers look again at what they keep.
        try db.execute(sql: "UPDATE meta SET value = value + 1 WHERE name = 'folds'")
        first[resolution] = day
    }

    private static func name(_ resolution: Resolution) -> String { "first_day_\(resolution.seconds)" }
}
