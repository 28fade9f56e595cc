import Foundation
import GRDB
package import TrailCounts
package import TrailModel

/// What a rule matched and nobody was told of yet.
package struct StoredRuleMatch: Sendable {
    package let id: Int64
    /// Whose file the event came with.
    package let source: String
    /// `nil` when what was kept of it cannot be read.
    package let match: RuleMatch?
}

extension Store {
    /// Keeps these event rules and forgets others; a new one gets `newMark`.
    ///
    /// - Returns: The marks by name: events after them are told.
    package func keepRules(_ names: [String], newMark: Timestamp) throws -> [String: Timestamp] {
        try naming {
            try database.write { db in
                let known = Set(try String.fetchAll(db, sql: "SELECT name FROM event_rules"))
                for name in known.subtracting(names) {
                    try db.execute(sql: "DELETE FROM event_rules WHERE name = ?", arguments: [name])
                }
                for name in Set(names).subtracting(known) {
                    try db.execute(
                        sql: "INSERT INTO event_rules VALUES (?, ?)", arguments: [name, newMark.milliseconds])
                }
                return try Row.fetchAll(db, sql: "SELECT * FROM event_rules").reduce(into: [:]) { marks, row in
                    marks[row["name"]] = Timestamp(milliseconds: row["mark"])
                }
            }
        }
    }

    /// What rules matched and is not told yet, oldest first.
    package func ruleMatches(limit: Int) throws -> [StoredRuleMatch] {
        try database.read { db in
            try Row.fetchAll(db, sql: "SELECT * FROM rule_matches ORDER BY id LIMIT ?", arguments: [limit]).map { row in
                let content: String = row["content"]
                return StoredRuleMatch(
                    id: row["id"], source: row["source"],
                    match: try? JSONDecoder().decode(RuleMatch.self, from: Data(content.utf8)))
            }
        }
    }

    static func write(_ matches: [RuleMatch], commit: Int64, source: String, to db: Database) throws {
        guard !matches.isEmpty else { return }
        let encoder = JSONEncoder()
        let statement = try db.cachedStatement(
            sql: "INSERT INTO rule_matches (commit_number, source, content) VALUES (?, ?, ?)")
        for match in matches {
            let content = String(decoding: try encoder.encode(match), as: UTF8.self)
            try statement.execute(arguments: [commit, source, content])
        }
    }
}
