import Foundation
import GRDB
import TrailBlocks
import TrailModel

/// A row of the table `series_pages`: the values of the dimensions of up to 256 series of one family.
struct SeriesPage: Sendable {
    let number: UInt32
    /// Index of the family.
    let family: Int
    let count: Int
    /// Numbers of texts, series after series.
    let values: [UInt32]

    init(number: UInt32, family: Int, count: Int, values: [UInt32]) {
        self.number = number
        self.family = family
        self.count = count
        self.values = values
    }

    init(of family: SeriesFamily, ordinal: Int) {
        let start = ordinal * SeriesFamily.pageSize
        let end = min(start + SeriesFamily.pageSize, family.count)
        let width = family.key.dimensions.count
        self.init(
            number: family.pages[ordinal], family: Int(family.id), count: end - start,
            values: Array(family.values[start * width..<end * width]))
    }

    /// Dimension after dimension, because neighbours often share a value: each as the step from the series before.
    var payload: [UInt8] {
        var writer = ByteWriter()
        writer.writeCount(count)
        let width = count == 0 ? 0 : values.count / count
        for dimension in 0..<width {
            var previous: Int64 = 0
            for index in 0..<count {
                let value = Int64(values[index * width + dimension])
                writer.writeSigned(value - previous)
                previous = value
            }
        }
        return writer.bytes
    }

    /// Reads the row of a page.
    ///
    /// - Parameters:
    ///   - number: The page.
    ///   - family: Index of its family.
    ///   - width: Dimensions of the family.
    ///   - payload: What the row holds.
    /// - Throws: ``StoreError`` or an error of the bytes.
    init(number: UInt32, family: Int, width: Int, payload: [UInt8]) throws {
        var reader = ByteReader(payload)
        let count = try reader.readCount(max: SeriesFamily.pageSize)
        var values = [UInt32](repeating: 0, count: count * width)
        for dimension in 0..<width {
            var value: Int64 = 0
            for index in 0..<count {
                value &+= try reader.readSigned()
                guard let text = UInt32(exactly: value) else {
                    throw StoreError.corrupt(
                        what: "the table series_pages", reason: "page \(number) names text \(value)")
                }
                values[index * width + dimension] = text
            }
        }
        try reader.finish()
        self.init(number: number, family: family, count: count, values: values)
    }
}

extension SeriesTable {
    /// Reads what was written since the table was last read or saved; all of it the first time.
    mutating func load(_ db: Database) throws {
        try loadFamilies(db)
        if try Schema.version(of: db) < Schema.levelsVersion {
            try loadSingleSeries(db)
        } else {
            let rows = try Row.fetchCursor(
                db, sql: "SELECT id, text FROM dimension_values WHERE id >= ? ORDER BY id", arguments: [texts.count])
            while let row = try rows.next() {
                try restore(text: String(decoding: row.bytes("text"), as: UTF8.self), number: row["id"])
            }
            let pages = try Row.fetchCursor(
                db, sql: "SELECT page, family, payload, checksum FROM series_pages ORDER BY page")
            while let row = try pages.next() {
                if isFull(page: UInt32(truncatingIfNeeded: row["page"] as Int64)) { continue }
                try restore(Self.page(row, families: families))
            }
        }
        saved()
    }

    static func page(_ row: Row, families: [SeriesFamily]) throws -> SeriesPage {
        guard let number = UInt32(exactly: row["page"] as Int64), number <= UInt32.max >> 8 else {
            throw StoreError.corrupt(what: "the table series_pages", reason: "got a page \(row["page"] as Int64)")
        }
        let family: Int = row["family"]
        let bytes = try BlobChecksum.bytes(of: row, ["payload"], what: "page \(number) of the table series_pages")[0]
        guard families.indices.contains(family) else {
            throw StoreError.corrupt(
                what: "the table series_pages", reason: "page \(number) names the family \(family), which is not there")
        }
        return try SeriesPage(
            number: number, family: family, width: families[family].key.dimensions.count, payload: bytes)
    }

    mutating func loadFamilies(_ db: Database) throws {
        let rows = try Row.fetchCursor(
            db, sql: "SELECT id, resolution, namespace, name, dimensions FROM families WHERE id >= ? ORDER BY id",
            arguments: [families.count])
        while let row = try rows.next() {
            let width: Int64 = row["resolution"]
            guard let resolution = Resolution(rawValue: width), resolution != .hour else {
                throw StoreError.corrupt(what: "the table families", reason: "got a resolution of \(width) s")
            }
            let id: Int64 = row["id"]
            guard id == families.count else {
                throw StoreError.corrupt(what: "the table families", reason: "row \(families.count) is missing")
            }
            let key = SeriesFamily.Key(
                namespace: row["namespace"], name: row["name"], dimensions: try decodeTexts(row.bytes("dimensions")))
            restore(family: SeriesFamily(id: id, key: key, resolution: resolution))
        }
    }

    /// Before format 11 each series was a row with the texts of its values; they all count as new afterwards.
    mutating func loadSingleSeries(_ db: Database) throws {
        let rows = try Row.fetchCursor(
            db, sql: "SELECT id, family, dimension_values FROM series ORDER BY id")
        while let row = try rows.next() {
            let family: Int = row["family"]
            let id: Int64 = row["id"]
            guard families.indices.contains(family), let number = UInt32(exactly: id) else {
                throw StoreError.corrupt(
                    what: "the table series", reason: "row \(id) names the family \(family), which is not there")
            }
            let values = try decodeTexts(row.bytes("dimension_values"))
            try restore(single: number, family: family, values: values)
        }
    }

    /// Writes what is new.
    func write(to db: Database) throws {
        for family in newFamilies {
            try db.execute(
                sql: "INSERT INTO families VALUES (?, ?, ?, ?, ?)",
                arguments: [
                    family.id, family.resolution.seconds, family.key.namespace, family.key.name,
                    Data(encodeTexts(family.key.dimensions)),
                ])
        }
        let (first, texts) = newTexts
        let insert = try db.cachedStatement(sql: "INSERT INTO dimension_values VALUES (?, ?)")
        for (index, text) in texts.enumerated() {
            try insert.execute(arguments: [first + index, Data(text.utf8)])
        }
        let replace = try db.cachedStatement(sql: "INSERT OR REPLACE INTO series_pages VALUES (?, ?, ?, ?)")
        for page in changedPages {
            let bytes = page.payload
            try replace.execute(arguments: [
                page.number, page.family, Data(bytes), BlobChecksum.value(of: [bytes]),
            ])
        }
    }
}
