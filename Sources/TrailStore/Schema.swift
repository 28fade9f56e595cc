import GRDB
import TrailBlocks
import TrailModel

/// The tables of `trailwatch.sqlite`.
enum Schema {
    /// Kept in SQLite's `user_version`; a file with a higher one was written by a newer version and is refused.
    static var version: Int { migrations.count }

    /// Step n makes version n + 1; a step that was released is never changed.
    private static let migrations = [
        counting, judgingAndTelling, collecting, filterSets, eventIndex, notes, countingBack, definitions, closing,
        checksums, levels, contributors + versions + composites, selections + rules + summaries + pastMutes,
        attempts + handshakes,
    ]
    /// The version from which on there are alarms and messages.
    static let outboxVersion = 2
    /// The version from which on there is an event index.
    static let eventIndexVersion = 5
    /// The version from which on the ledger keeps where files are.
    private static let rootsVersion = 7

    /// The version from which on there are levels above that of counting, and series are kept by pages.
    static let levelsVersion = 11
    /// The version from which on definitions of alarms are kept by version, and decisions with their commit.
    static let versionsVersion = 12

    private static let counting = """
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

    private static let judgingAndTelling = """
        CREATE TABLE counters (
            name TEXT NOT NULL, label TEXT NOT NULL, value INTEGER NOT NULL, PRIMARY KEY (name, label)
        ) WITHOUT ROWID;
        INSERT INTO counters SELECT 'records', 'counted', COALESCE(SUM(counted), 0) FROM ledger;
        INSERT INTO counters SELECT 'records', 'duplicate', COALESCE(SUM(duplicate), 0) FROM ledger;
        INSERT INTO counters SELECT 'records', 'malformed', COALESCE(SUM(malformed), 0) FROM ledger;
        CREATE TABLE filter_matches (series INTEGER PRIMARY KEY, young INTEGER NOT NULL);
        CREATE TABLE sources (
            name TEXT PRIMARY KEY, mark INTEGER NOT NULL, newest_stamp INTEGER, watermark INTEGER
        ) WITHOUT ROWID;
        CREATE TABLE unevaluated (commit_number INTEGER PRIMARY KEY, source TEXT NOT NULL, minutes BLOB NOT NULL);
        CREATE TABLE alarms (
            name TEXT PRIMARY KEY, definition TEXT NOT NULL, status TEXT NOT NULL, mark INTEGER NOT NULL,
            evaluated_commit INTEGER NOT NULL, is_fresh INTEGER NOT NULL
        ) WITHOUT ROWID;
        CREATE TABLE alarm_timeline (
            alarm TEXT NOT NULL, window_end INTEGER NOT NULL, state TEXT NOT NULL, PRIMARY KEY (alarm, window_end)
        ) WITHOUT ROWID;
        CREATE TABLE alarm_history (
            id INTEGER PRIMARY KEY, alarm TEXT NOT NULL, timestamp INTEGER NOT NULL, kind TEXT NOT NULL,
            summary TEXT NOT NULL, data TEXT NOT NULL
        );
        CREATE INDEX alarm_history_by_alarm ON alarm_history (alarm, timestamp);
        CREATE TABLE alarm_files (position INTEGER PRIMARY KEY, path TEXT NOT NULL, text TEXT NOT NULL);
        CREATE TABLE outbox (
            id INTEGER PRIMARY KEY AUTOINCREMENT, key TEXT NOT NULL UNIQUE, alarm TEXT NOT NULL,
            subscription TEXT NOT NULL, topic TEXT NOT NULL, created INTEGER NOT NULL, attempts INTEGER NOT NULL,
            next_attempt INTEGER NOT NULL, state TEXT NOT NULL, request TEXT NOT NULL, last_attempt INTEGER,
            reason TEXT, status INTEGER
        );
        CREATE INDEX outbox_waiting ON outbox (alarm, subscription, id) WHERE state = 'waiting';
        """

    private static let collecting = """
        CREATE TABLE directories (
            source TEXT NOT NULL, path TEXT NOT NULL, modified INTEGER NOT NULL, PRIMARY KEY (source, path)
        ) WITHOUT ROWID;
        INSERT INTO counters SELECT 'files', status, COUNT(*) FROM ledger GROUP BY status;
        CREATE TABLE removed_alarms (name TEXT PRIMARY KEY, decision_number INTEGER NOT NULL) WITHOUT ROWID;
        """

    /// The names of a plan's filters are a kilobyte; each row of the ledger holds their number instead.
    private static let filterSets = """
        CREATE TABLE filter_sets (id INTEGER PRIMARY KEY, names TEXT NOT NULL UNIQUE);
        INSERT INTO filter_sets (names) SELECT DISTINCT filters FROM ledger;
        UPDATE ledger SET filters = (SELECT id FROM filter_sets WHERE names = filters);
        """

    /// `meta` says which files were counted before: the event index does not know them.
    private static let eventIndex = """
        CREATE TABLE event_index (
            day INTEGER NOT NULL, commit_number INTEGER NOT NULL, is_full INTEGER NOT NULL, payload BLOB NOT NULL,
            PRIMARY KEY (day, commit_number)
        );
        CREATE INDEX event_index_open ON event_index (day) WHERE is_full = 0;
        INSERT INTO meta SELECT 'last_commit_without_index', value FROM meta WHERE name = 'last_commit';
        """

    private static let notes = """
        CREATE TABLE notes (name TEXT PRIMARY KEY, content BLOB NOT NULL) WITHOUT ROWID;
        """

    /// Where each file is and in which order files were counted first, so that they can be counted again with new filters.
    ///
    /// Event ids name the filters that their events were counted with; those of before were counted with at most all of
    /// the filters that there were.
    private static let countingBack = """
        ALTER TABLE ledger ADD COLUMN ordinal INTEGER;
        ALTER TABLE ledger ADD COLUMN root TEXT;
        UPDATE ledger SET ordinal = commit_number << 20;
        INSERT OR IGNORE INTO filter_sets (names)
            SELECT COALESCE(group_concat(names, char(10)), '') FROM filter_sets
            WHERE id IN (SELECT filters FROM ledger WHERE status = 'counted');
        INSERT INTO meta SELECT 'filters_of_unnamed_ids', id FROM filter_sets
            WHERE names = (SELECT COALESCE(group_concat(names, char(10)), '') FROM filter_sets
                WHERE id IN (SELECT filters FROM ledger WHERE status = 'counted'));
        """

    /// What filters are, so that what one counted can be taken back when another replaces it.
    private static let definitions = """
        CREATE TABLE filter_definitions (
            name TEXT PRIMARY KEY, filter TEXT NOT NULL, namespace TEXT NOT NULL, metric TEXT NOT NULL,
            pattern TEXT NOT NULL, value REAL NOT NULL
        ) WITHOUT ROWID;
        """

    /// What filters take from the events as their value and dimensions; nothing for a constant value alone.
    private static let selections = "ALTER TABLE filter_definitions ADD COLUMN selections TEXT;"

    /// What late events changed in slots that decisions had used.
    private static let closing = """
        CREATE TABLE closed_changes (commit_number INTEGER PRIMARY KEY, payload BLOB NOT NULL);
        """

    /// Of the blobs that hold no checksum of their own; `NULL` in rows of before, which are written anew when folded.
    private static let checksums = """
        ALTER TABLE event_ids ADD COLUMN checksum INTEGER;
        ALTER TABLE journal ADD COLUMN checksum INTEGER;
        ALTER TABLE closed_changes ADD COLUMN checksum INTEGER;
        """

    /// Wider slots beside those of counting, and less room for everything.
    ///
    /// A series takes a few bytes instead of a row with the texts of its dimensions. Blocks are in a table with row
    /// numbers: SQLite leaves half of a page empty behind each long row of one without. Event ids are coded as their
    /// `format` says, 0 as in the journal; rows of an hour (``EventIDHour``) take their place when they change. By the
    /// folds readers tell whether what they keep in memory still holds.
    private static let levels = """
        CREATE TABLE dimension_values (id INTEGER PRIMARY KEY, text BLOB NOT NULL);
        CREATE TABLE series_pages (
            page INTEGER PRIMARY KEY, family INTEGER NOT NULL, payload BLOB NOT NULL, checksum INTEGER NOT NULL
        );
        CREATE TABLE packed_blocks (
            resolution INTEGER NOT NULL, day INTEGER NOT NULL, page INTEGER NOT NULL, payload BLOB NOT NULL,
            PRIMARY KEY (resolution, day, page)
        );
        INSERT INTO packed_blocks SELECT * FROM blocks ORDER BY resolution, day, page;
        DROP TABLE blocks;
        ALTER TABLE packed_blocks RENAME TO blocks;
        ALTER TABLE event_ids ADD COLUMN format INTEGER NOT NULL DEFAULT 0;
        INSERT INTO meta VALUES ('folds', 0);
        """

    /// The series of alarms that have several, each with a state of its own.
    private static let contributors = """
        CREATE TABLE alarm_contributors (
            alarm TEXT NOT NULL, contributor TEXT NOT NULL, definition TEXT NOT NULL, status TEXT NOT NULL,
            mark INTEGER NOT NULL, evaluated_commit INTEGER NOT NULL, is_fresh INTEGER NOT NULL,
            PRIMARY KEY (alarm, contributor)
        ) WITHOUT ROWID;
        CREATE TABLE contributor_timeline (
            alarm TEXT NOT NULL, contributor TEXT NOT NULL, window_end INTEGER NOT NULL, state TEXT NOT NULL,
            PRIMARY KEY (alarm, contributor, window_end)
        ) WITHOUT ROWID;
        ALTER TABLE alarm_history ADD COLUMN contributor TEXT;
        """

    /// What an explanation of a past decision needs.
    ///
    /// Each definition of an alarm with the metric filters of its metric stands from its load on (`since`), for the windows
    /// that end after `windows_after`; `NULL` are all of a new alarm. A row without definition says that the alarm was
    /// removed. Lines of history say which decision they belong to, and after which commit it was made; changes of closed
    /// slots say how far slots were closed then. `alarm_catch_ups` has the windows that an alarm decided later than others.
    private static let versions = """
        CREATE TABLE alarm_versions (
            alarm TEXT NOT NULL, since INTEGER NOT NULL, kind TEXT NOT NULL, windows_after INTEGER, definition TEXT,
            filters TEXT, PRIMARY KEY (alarm, since)
        ) WITHOUT ROWID;
        INSERT INTO alarm_versions
            SELECT name, json_extract(status, '$.configurationUpdated.milliseconds'), 'metric', NULL, definition, NULL
            FROM alarms;
        CREATE TABLE alarm_catch_ups (
            alarm TEXT NOT NULL, windows_after INTEGER NOT NULL, windows_through INTEGER NOT NULL,
            commit_number INTEGER NOT NULL, PRIMARY KEY (alarm, windows_after, commit_number)
        ) WITHOUT ROWID;
        ALTER TABLE alarm_history ADD COLUMN decision INTEGER;
        ALTER TABLE alarm_history ADD COLUMN decision_kind TEXT;
        ALTER TABLE alarm_history ADD COLUMN window_end INTEGER;
        ALTER TABLE alarm_history ADD COLUMN decided_through INTEGER;
        ALTER TABLE alarm_history ADD COLUMN commit_number INTEGER;
        CREATE INDEX alarm_history_by_window ON alarm_history (alarm, window_end) WHERE decision IS NOT NULL;
        ALTER TABLE outbox ADD COLUMN decision INTEGER;
        CREATE INDEX outbox_by_alarm ON outbox (alarm, decision);
        ALTER TABLE closed_changes ADD COLUMN closed_through INTEGER;
        """

    /// Alarms that follow from other alarms, and what withholds actions.
    private static let composites = """
        CREATE TABLE composite_alarms (
            name TEXT PRIMARY KEY, definition TEXT NOT NULL, status TEXT NOT NULL, mark INTEGER NOT NULL
        ) WITHOUT ROWID;
        CREATE TABLE mutes (
            alarm TEXT PRIMARY KEY, since INTEGER NOT NULL, until INTEGER NOT NULL, reason TEXT NOT NULL,
            who TEXT NOT NULL
        ) WITHOUT ROWID;
        CREATE TABLE withheld_transitions (
            alarm TEXT NOT NULL, contributor TEXT NOT NULL, content TEXT NOT NULL, PRIMARY KEY (alarm, contributor)
        ) WITHOUT ROWID;
        ALTER TABLE alarm_history ADD COLUMN alarm_type TEXT NOT NULL DEFAULT 'MetricAlarm';
        """

    /// Event rules: since when each is known, and what they matched that is not told yet.
    private static let rules = """
        CREATE TABLE event_rules (name TEXT PRIMARY KEY, mark INTEGER NOT NULL) WITHOUT ROWID;
        CREATE TABLE rule_matches (
            id INTEGER PRIMARY KEY, commit_number INTEGER NOT NULL, source TEXT NOT NULL, content TEXT NOT NULL
        );
        """

    /// The version from which on there are event rules.
    static let rulesVersion = 13

    /// The version from which on there are composite alarms and mutes.
    static let compositesVersion = 12

    /// What is told together, each transition once for every topic; `day` is `NULL` for the summary of a time away.
    private static let summaries = """
        CREATE TABLE summarised_transitions (
            id INTEGER PRIMARY KEY, topic TEXT NOT NULL, day INTEGER, alarm TEXT NOT NULL, contributor TEXT NOT NULL,
            decision INTEGER NOT NULL, state TEXT NOT NULL, window_end INTEGER NOT NULL, content TEXT NOT NULL
        );
        CREATE INDEX summarised_transitions_by_summary ON summarised_transitions (topic, day);
        """

    /// Mutes of people that are over, each with when it ended.
    private static let pastMutes = """
        CREATE TABLE past_mutes (
            id INTEGER PRIMARY KEY, alarm TEXT NOT NULL, since INTEGER NOT NULL, until INTEGER NOT NULL,
            reason TEXT NOT NULL, who TEXT NOT NULL, ended INTEGER NOT NULL
        );
        CREATE INDEX past_mutes_by_alarm ON past_mutes (alarm, since);
        """

    /// The version from which on there are summaries, and mutes are kept when they are over.
    static let summariesVersion = 13

    /// The log of attempts, and when a message that was at its end was put back to waiting, after how many attempts.
    private static let attempts = """
        CREATE TABLE delivery_attempts (
            message INTEGER NOT NULL, number INTEGER NOT NULL, time INTEGER NOT NULL, state TEXT NOT NULL, reason TEXT,
            status INTEGER, latency INTEGER NOT NULL, PRIMARY KEY (message, number)
        ) WITHOUT ROWID;
        CREATE INDEX delivery_attempts_by_time ON delivery_attempts (time);
        CREATE INDEX outbox_dead ON outbox (id) WHERE state = 'dead';
        ALTER TABLE outbox ADD COLUMN resent INTEGER;
        ALTER TABLE outbox ADD COLUMN resent_after INTEGER;
        """

    /// Subscriptions that ask their receivers first, or that were ended by them.
    private static let handshakes = """
        CREATE TABLE subscriptions (arn TEXT NOT NULL PRIMARY KEY, confirmed INTEGER, unsubscribed INTEGER) WITHOUT ROWID;
        """

    /// The version from which on attempts are logged, and subscriptions kept.
    static let attemptsVersion = 14

    static func migrate(_ db: Database) throws {
        let found = try version(of: db)
        guard found <= version else { throw StoreError.newerFormat(found: found, known: version) }
        for step in migrations.dropFirst(found) { try db.execute(sql: step) }
        if found < levelsVersion {
            try movePages(db)
            try makeLevels(db)
        }
        if (eventIndexVersion..<rootsVersion).contains(found) { try EventIndexTable.fillRoots(db) }
        if found < version { try db.execute(sql: "PRAGMA user_version = \(version)") }
    }

    private static func movePages(_ db: Database) throws {
        var table = SeriesTable()
        try table.loadFamilies(db)
        try table.loadSingleSeries(db)
        try table.write(to: db)
        try db.execute(sql: "DROP TABLE series")
    }

    /// Sums what there is up to wider slots, once.
    private static func makeLevels(_ db: Database) throws {
        let blocks = try BlockTable(db)
        for row in try Row.fetchAll(db, sql: "SELECT resolution, day, page FROM blocks") {
            guard let resolution = Resolution(rawValue: row["resolution"]),
                let page = UInt32(exactly: row["page"] as Int64)
            else { continue }
            let key = StoreState.BlockKey(resolution: resolution, day: row["day"], page: page)
            // One that is damaged stays as it is: a check names it, the rest goes on.
            guard let block = try? blocks.block(key) else { continue }
            for level in resolution.coarser {
                try blocks.write(
                    block.coarsened(to: level), StoreState.BlockKey(resolution: level, day: key.day, page: page))
            }
        }
    }

    static func version(of db: Database) throws -> Int {
        try Int.fetchOne(db, sql: "PRAGMA user_version") ?? 0
    }
}
