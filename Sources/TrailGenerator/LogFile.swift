package import TrailModel

/// A log file that a trail would deliver, not yet compressed.
package struct GeneratedFile: Sendable {
    /// The object key from `AWSLogs/` on; it ends in `.json.gz`.
    package let key: String
    /// `{"Records":[…]}`.
    package let json: [UInt8]
    /// When the trail delivers it, a multiple of five minutes.
    package let stamp: Timestamp
    package let eventCount: Int

    /// A file of single records, which must be of one account and region.
    package init(_ records: [GeneratedRecord], accountID: String, region: String, stamp: Timestamp, unique: String) {
        self.init(
            joined: Array(records.map(\.json).joined(separator: [UInt8(ascii: ",")])), eventCount: records.count,
            accountID: accountID, region: region, stamp: stamp, unique: unique)
    }

    init(joined: [UInt8], eventCount: Int, accountID: String, region: String, stamp: Timestamp, unique: String) {
        var json: [UInt8] = []
        json.reserveCapacity(joined.count + 16)
        json.append(#"{"Records":["#)
        json.append(contentsOf: joined)
        json.append("]}")
        self.json = json
        self.stamp = stamp
        self.eventCount = eventCount
        key = Self.key(accountID: accountID, region: region, stamp: stamp, unique: unique)
    }

    /// The key of a log file: account, region, date and minute of delivery, 16 characters of no meaning
    /// (CloudTrail user guide, "CloudTrail log file name format").
    package static func key(accountID: String, region: String, stamp: Timestamp, unique: String) -> String {
        let civil = CivilTime(stamp)
        let date = [padded(civil.year, 4), padded(civil.month, 2), padded(civil.day, 2)]
        let minute = padded(civil.hour, 2) + padded(civil.minute, 2)
        return "AWSLogs/\(accountID)/CloudTrail/\(region)/\(date.joined(separator: "/"))/"
            + "\(accountID)_CloudTrail_\(region)_\(date.joined())T\(minute)Z_\(unique).json.gz"
    }
}
