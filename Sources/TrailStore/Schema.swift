import GRDB

/// The tables of `trailwatch.sqlite`.
enum Schema {
    /// Kept in SQLite's `user_version`; a file with a higher one was written by a newer version and is refused.
    static let version = 1

    static let statements = """
        CREATE TABLE ledger (
            key TEXT PRIMARY KEY, size INTEGER NOT NULL, status TEXT NOT NULL, reason TEXT, arrived INTEGER NOT NULL,
            commit_number INTEGER NOT NULL, filters TEXT NOT NULL, records INTEGER NOT NULL, counted INTEGER NOT NULL,
            duplicate INTEGER NOT NULL, malformed INTEGER NOT NULL, errors INTEGER NOT NULL, first INTEGER, last INTEGER
        ) WITHOUT ROWID;
        CREATE TABLE set_aside (
            key TEXT NOT NULL, record INTEGER NOT NULL, offset INTEGER NOT NULL, length INTEGER NOT NULL,
            reason TEXT NOT NULL, PRIMARY KEY (key, record)
        ) WITHOUT ROWID;
        CREATE TABLE activities (
            id INTEGER PRIMARY KEY, event_source TEXT, event_name TEXT, aws_region TEXT, recipient_account_id TEXT,
            user_identity_type TEXT, error_code TEXT, young INTEGER NOT NULL, backfilled INTEGER NOT NULL
        );
        CREATE TABLE families (
            id INTEGER PRIMARY KEY, resolution INTEGER NOT NULL, namespace TEXT NOT NULL, name TEXT NOT NULL,
            dimensions BLOB NOT NULL
        );
        CREATE TABLE series (id INTEGER PRIMARY KEY, family INTEGER NOT NULL, dimension_values BLOB NOT NULL);
        CREATE TABLE blocks (
            resolution INTEGER NOT NULL, day INTEGER NOT NULL, page INTEGER NOT NULL, payload BLOB NOT NULL,
            PRIMARY KEY (resolution, day, page)
        ) WITHOUT ROWID;
        CREATE TABLE event_ids (slot INTEGER PRIMARY KEY, payload BLOB NOT NULL);
        CREATE TABLE journal (
            commit_number INTEGER PRIMARY KEY, counts BLOB NOT NULL, event_ids BLOB NOT NULL
        );
        CREATE TABLE meta (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
        INSERT INTO meta VALUES ('last_commit', 0);
        """

    static func migrate(_ db: Database) throws {
        let found = try version(of: db)
        if found == version { return }
        guard found == 0 else { throw StoreError.newerFormat(found: found, known: version) }
        try db.execute(sql: statements)
        try db.execute(sql: "PRAGMA user_version = \(version)")
    }

    static func version(of db: Database) throws -> Int {
        try Int.fetchOne(db, sql: "PRAGMA user_version") ?? 0
    }
}

/// Why a store cannot be used.
package enum StoreError: Error, Equatable, CustomStringConvertible {
    case newerFormat(found: Int, known: Int)
    case notThere(directory: String)
    case locked(directory: String, pid: String)
    case cannotLock(path: String, reason: String)
    case corrupt(what: String, reason: String)
    case tooManySeries(max: Int)
    case cannotWrite(path: String, reason: String)

    package var description: String {
        switch self {
        case .newerFormat(let found, let known):
            "cannot open the store: it has format \(found); this version knows up to \(known): use a newer trailwatch"
        case .notThere(let directory):
            "cannot read a store in \(directory): there is none; run `trailwatch ingest` or name another with --data"
        case .locked(let directory, let pid):
            "cannot write the store in \(directory): the process \(pid) is writing it; stop that one first"
        case .cannotLock(let path, let reason):
            "cannot lock \(path): \(reason); want a data directory that can be written"
        case .corrupt(let what, let reason):
            "cannot read \(what): \(reason); restore a backup"
        case .tooManySeries(let max):
            "cannot count the file: it needs more than the limit of \(max) series"
        case .cannotWrite(let path, let reason):
            "cannot write \(path): \(reason); what was committed before stays, run the command again once it is mended"
        }
    }
}
