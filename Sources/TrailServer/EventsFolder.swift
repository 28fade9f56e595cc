import Crypto
import Foundation
import TrailModel
import TrailSources

/// Where events that came over HTTP are kept: log files in CloudTrail's layout below the data directory.
struct EventsFolder: Sendable {
    let root: String

    init(dataDirectory: String) {
        root = dataDirectory + "/events"
    }

    /// Writes the records as one file for each account and region, whole and on disk when this returns.
    func write(_ posted: PostedEvents, now: Timestamp) throws -> [LogFile] {
        try posted.records.keys.sorted { ($0.account, $0.region) < ($1.account, $1.region) }.map { place in
            let json = posted.logFile(at: place)
            let packed = gzipped(json)
            let digits = now.rfc3339.filter(\.isNumber)
            let (day, minute) = (digits.prefix(8), digits.dropFirst(8).prefix(4))
            let folder =
                "\(root)/AWSLogs/\(place.account)/CloudTrail/\(place.region)/"
                + "\(day.prefix(4))/\(day.dropFirst(4).prefix(2))/\(day.suffix(2))"
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            // The same body sent again within the minute is the same file.
            let unique = hexText(SHA256.hash(data: json).prefix(8))
            let path = "\(folder)/\(place.account)_CloudTrail_\(place.region)_\(day)T\(minute)Z_\(unique).json.gz"
            try write(packed, to: path)
            return try LogFile(path: path)
        }
    }

    private func write(_ bytes: [UInt8], to path: String) throws {
        let temporary = path + ".new"
        guard FileManager.default.createFile(atPath: temporary, contents: nil) else {
            throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO)
        }
        let file = try FileHandle(forWritingTo: URL(fileURLWithPath: temporary))
        try file.write(contentsOf: Data(bytes))
        try file.synchronize()
        try file.close()
        guard rename(temporary, path) == 0 else { throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO) }
    }

    /// Removes the days that lie wholly before `time`; their counts stay.
    func forget(before time: Timestamp) {
        let limit = String(time.rfc3339.prefix(10)).replacing("-", with: "/")
        guard let all = FileManager.default.enumerator(atPath: root) else { return }
        var old: [String] = []
        for case let path as String in all where path.split(separator: "/").count == 7 {
            let day = path.split(separator: "/").suffix(3).joined(separator: "/")
            if day.count == 10 && day < limit { old.append(path) }
        }
        for path in old { try? FileManager.default.removeItem(atPath: "\(root)/\(path)") }
    }
}
