import Foundation
import GRDB
import TrailBlocks
import TrailCounts
import TrailModel

/// The folded event ids of the slots of one hour: a row of the table `event_ids`.
///
/// ```text
/// 12 times varint size · the bytes of each slot as EventIDCodec writes them, none for a slot without ids
/// ```
///
/// Rows of a few kilobytes leave parts of SQLite's pages empty, a byte or two for each id; those of an hour hardly any.
struct EventIDHour: Sendable {
    /// In the column `format`; rows of other formats hold one slot.
    static let format: Int64 = 2
    private static let slotCount = 12

    let start: Timestamp
    private var slots: [(bytes: [UInt8], format: Int64)]
    private let unnamed: Int64

    /// Reads the hour that `slot` is in.
    ///
    /// - Parameters:
    ///   - slot: Start of five minutes.
    ///   - unnamed: The filters of ids that do not name theirs.
    ///   - db: Where the row is.
    /// - Throws: ``StoreError`` for damaged rows; what SQLite says.
    init(of slot: Timestamp, unnamed: Int64, _ db: Database) throws {
        start = slot.floored(toSeconds: 3600)
        self.unnamed = unnamed
        slots = Array(repeating: ([], EventIDCodec.format), count: Self.slotCount)
        let statement = try db.cachedStatement(
            sql: "SELECT slot, payload, checksum, format FROM event_ids WHERE slot BETWEEN ? AND ?")
        for row in try Row.fetchAll(statement, arguments: [start.seconds, start.seconds + 3599]) {
            let time = Timestamp(seconds: row["slot"])
            let what = "the event ids of \(time.rfc3339)"
            let bytes = try BlobChecksum.bytes(of: row, ["payload"], what: what)[0]
            let format: Int64 = row["format"]
            if format == Self.format {
                slots = try Self.slots(of: bytes).map { ($0, EventIDCodec.format) }
            } else {
                slots[index(of: time)] = (bytes, format)
            }
        }
    }

    /// The bytes of each slot of a row.
    static func slots(of bytes: [UInt8]) throws -> [[UInt8]] {
        var reader = ByteReader(bytes)
        let sizes = try (0..<slotCount).map { _ in try reader.readCount(max: bytes.count) }
        let slots = try sizes.map { try reader.read(raw: $0) }
        try reader.finish()
        return slots
    }

    /// The ids of one of the hour's slots.
    func groups(of slot: Timestamp) throws -> [SeenEvents.Group] {
        let (bytes, format) = slots[index(of: slot)]
        return bytes.isEmpty ? [] : try EventIDCodec.decode(bytes, format: format, unnamed: unnamed)
    }

    /// Replaces the ids of one of the hour's slots.
    mutating func set(_ groups: [SeenEvents.Group], of slot: Timestamp) {
        slots[index(of: slot)] = (EventIDCodec.encode(groups), EventIDCodec.format)
    }

    /// Replaces what there is of the hour.
    func write(to db: Database) throws {
        var writer = ByteWriter()
        let payloads = try slots.map { bytes, format in
            bytes.isEmpty || format == EventIDCodec.format
                ? bytes : EventIDCodec.encode(try EventIDCodec.decode(bytes, format: format, unnamed: unnamed))
        }
        for payload in payloads { writer.writeCount(payload.count) }
        for payload in payloads { writer.write(raw: payload) }
        let delete = try db.cachedStatement(sql: "DELETE FROM event_ids WHERE slot BETWEEN ? AND ?")
        try delete.execute(arguments: [start.seconds, start.seconds + 3599])
        let insert = try db.cachedStatement(sql: "INSERT INTO event_ids VALUES (?, ?, ?, ?)")
        try insert.execute(arguments: [
            start.seconds, Data(writer.bytes), BlobChecksum.value(of: [writer.bytes]), Self.format,
        ])
    }

    private func index(of slot: Timestamp) -> Int {
        Int(slot.seconds(since: start)) / Int(BuiltInMetrics.resolution.seconds)
    }
}
