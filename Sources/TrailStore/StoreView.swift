import GRDB
import TrailModel

/// What a reader keeps in memory of a store as it was at one moment.
struct StoreView: Sendable {
    private(set) var state: StoreState
    let hasLevels: Bool
    private let folds: Int64
    private let lastCommit: Int64

    init(_ db: Database) throws {
        state = try StoreState(db, forWriting: false)
        hasLevels = try Schema.version(of: db) >= Schema.levelsVersion
        (folds, lastCommit) = try Self.moment(db)
    }

    private init(state: StoreState, folds: Int64, lastCommit: Int64) {
        self.state = state
        hasLevels = true
        self.folds = folds
        self.lastCommit = lastCommit
    }

    /// The view of this moment; only what came since is read.
    func updated(_ db: Database) throws -> StoreView {
        // Stores of earlier formats are read anew.
        guard hasLevels else { return try StoreView(db) }
        let (folds, lastCommit) = try Self.moment(db)
        guard folds == self.folds else {
            var state = state
            try state.update(db, afterFold: true, since: 0)
            return StoreView(state: state, folds: folds, lastCommit: lastCommit)
        }
        guard lastCommit == self.lastCommit else {
            var state = state
            try state.update(db, afterFold: false, since: self.lastCommit)
            return StoreView(state: state, folds: folds, lastCommit: lastCommit)
        }
        return self
    }

    private static func moment(_ db: Database) throws -> (folds: Int64, lastCommit: Int64) {
        func value(_ name: String) throws -> Int64 {
            let statement = try db.cachedStatement(sql: "SELECT value FROM meta WHERE name = ?")
            return try Int64.fetchOne(statement, arguments: [name]) ?? 0
        }
        return (try value("folds"), try value("last_commit"))
    }
}
