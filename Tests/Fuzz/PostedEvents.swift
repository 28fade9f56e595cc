import TrailEvents

/// The records of one `POST /events`, as they stand in its body, by the account and region that they belong to.
///
/// Taken are `{"Records":[…]}`, an array of records, one record, one record a line (NDJSON), and EventBridge events,
/// whose `detail` is the record.
struct PostedEvents: Sendable {
    /// Where the log file of a record lies in CloudTrail's layout.
    struct Place: Hashable, Sendable {
        let account: String
        let region: String
    }

    /// A body of more records is refused; one record takes some memory of its own, however short it is.
    static let recordsMax = 500_000
    /// Each place is a file; the records of further places are filed under the fallback account and region.
    static let placesMax = 256

    private(set) var records: [Place: [[UInt8]]] = [:]
    private(set) var count = 0

    private let accountID: String
    private let recordsMax: Int

    /// Reads a body; records that name no account are filed under `accountID`.
    init(
        _ body: [UInt8], accountID: String, recordsMax: Int = PostedEvents.recordsMax
    ) throws(PostedEventsError) {
        self.accountID = accountID
        self.recordsMax = recordsMax
        var fields = Fields()
        try read(body, &fields)
        guard !fields.hasNotice else { throw .notice }
    }

    private mutating func read(_ body: [UInt8], _ fields: inout Fields) throws(PostedEventsError) {
        guard let first = body.first(where: { !$0.isJSONSpace }) else { throw .empty }
        let isArray = first == UInt8(ascii: "[")
        let text = isArray ? Self.wrapped([body[...]]) : body
        do throws(LogFileError) {
            try add(text, &fields)
            return
        } catch {
            if case .tooMany = error { throw .tooMany(max: recordsMax) }
            guard !isArray else { throw .unreadable("\(error)") }
            records = [:]
            count = 0
        }
        do throws(LogFileError) {
            try add(record: body, &fields)
        } catch {
            let lines = body.split(separator: UInt8(ascii: "\n"), maxSplits: recordsMax).filter { line in
                !line.allSatisfy(\.isJSONSpace)
            }
            guard lines.count <= recordsMax else { throw .tooMany(max: recordsMax) }
            guard lines.count > 1 else { throw .unreadable("\(error)") }
            do throws(LogFileError) {
                try add(Self.wrapped(lines, asElements: true), &fields)
            } catch let fault {
                throw .unreadable("\(fault)")
            }
        }
    }

    /// A log file of the records at `place`.
    func logFile(at place: Place) -> [UInt8] {
        Self.wrapped((records[place] ?? []).map { $0[...] }, asElements: true)
    }

    // MARK: Reading

    private struct Fields: ~Copyable {
        var scanner: RecordScanner
        let detail: FieldID
        let detailType: FieldID
        let detailAccount: FieldID
        let detailRegion: FieldID
        let source: FieldID
        let test: FieldID
        /// Members that notices have and records have not.
        let notices: [FieldID]
        var hasNotice = false

        init() {
            var table = FieldTable()
            detail = table.add([.member("detail")])
            detailType = table.add([.member("detail-type")])
            detailAccount = table.add([.member("detail"), .member("recipientAccountId")])
            detailRegion = table.add([.member("detail"), .member("awsRegion")])
            source = table.add([.member("source")])
            notices = ["s3", "s3ObjectKey", "TopicArn"].map { table.add([.member($0)]) }
            test = table.add([.member("Event")])
            scanner = RecordScanner(table)
        }
    }

    private mutating func add(_ bytes: [UInt8], _ fields: inout Fields) throws(LogFileError) {
        var found: [(Place, [UInt8])] = []
        var isOverfull = false
        var hasNotice = false
        let (detail, detailType) = (fields.detail, fields.detailType)
        let (detailAccount, detailRegion) = (fields.detailAccount, fields.detailRegion)
        let (source, test, notices) = (fields.source, fields.test, fields.notices)
        let fallback = accountID
        let recordsMax = recordsMax
        try fields.scanner.scan(
            LogText(bytes),
            onRecord: { record in
                guard found.count < recordsMax else {
                    isOverfull = true
                    return
                }
                if notices.contains(where: { record.value($0) != nil }) || record.string(test) == "s3:TestEvent"
                    || record.string(source) == "aws.s3" && record.string(detailType)?.hasPrefix("Object ") == true
                {
                    hasNotice = true
                }
                if let value = record.value(detail), value.kind == .object, record.value(detailType) != nil {
                    let place = Place(
                        record.string(detailAccount), record.string(detailRegion), fallback: fallback)
                    found.append((place, Array(record.bytes(of: value))))
                } else {
                    let place = Place(
                        record.string(.recipientAccountId), record.string(.awsRegion), fallback: fallback)
                    found.append((place, Array(record.recordBytes)))
                }
            },
            onBadRecord: { bad in
                guard found.count < recordsMax else {
                    isOverfull = true
                    return
                }
                found.append((Place(nil, nil, fallback: fallback), Array(bytes[bad.range])))
            })
        guard !hasNotice else {
            fields.hasNotice = true
            return
        }
        guard !isOverfull else { throw .tooMany("records", max: recordsMax) }
        for (place, record) in found {
            let isFiled = records[place] != nil || records.count < Self.placesMax
            records[isFiled ? place : Place(nil, nil, fallback: fallback), default: []].append(record)
        }
        count += found.count
    }

    private mutating func add(record: [UInt8], _ fields: inout Fields) throws(LogFileError) {
        // Read alone first, so that a list of objects is not taken for one.
        try fields.scanner.scan(record: LogText(record)) { _ in }
        try add(Self.wrapped([record[...]], asElements: true), &fields)
    }

    private static func wrapped(_ parts: [ArraySlice<UInt8>], asElements: Bool = false) -> [UInt8] {
        var text = Array("{\"Records\":".utf8)
        text.reserveCapacity(parts.reduce(16) { $0 + $1.count + 1 })
        if asElements { text.append(UInt8(ascii: "[")) }
        for (index, part) in parts.enumerated() {
            if index > 0 { text.append(UInt8(ascii: ",")) }
            text.append(contentsOf: part)
        }
        if asElements { text.append(UInt8(ascii: "]")) }
        text.append(UInt8(ascii: "}"))
        return text
    }
}

extension PostedEvents.Place {
    /// What does not fit the layout is filed under the fallback account and the region `unknown`; it counts by what the
    /// record says all the same.
    fileprivate init(_ account: String?, _ region: String?, fallback: String) {
        let digits = UInt8(ascii: "0")...UInt8(ascii: "9")
        let isAccount = account.map { $0.utf8.count == 12 && $0.utf8.allSatisfy(digits.contains) } ?? false
        let isRegion =
            region.map { text in
                (1...32).contains(text.utf8.count)
                    && text.utf8.allSatisfy {
                        digits.contains($0) || $0 == UInt8(ascii: "-")
                            || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0)
                    }
            } ?? false
        self.init(
            account: isAccount ? account ?? fallback : fallback, region: isRegion ? region ?? "unknown" : "unknown")
    }
}

extension UInt8 {
    /// True for the white space of JSON.
    var isJSONSpace: Bool { self == 32 || self == 10 || self == 13 || self == 9 }
}

/// Why a body of `POST /events` is refused whole.
enum PostedEventsError: Error, Equatable, CustomStringConvertible {
    case empty
    /// More records than ``PostedEvents/recordsMax``.
    case tooMany(max: Int)
    /// A file of them is past a limit of the store.
    case refused(String)
    case unreadable(String)
    /// A notice of S3 or SNS that a log file was delivered: no events, and none of the notices known.
    case notice
    case longNotice(bytesMax: Int)

    var isTooMany: Bool {
        if case .tooMany = self { true } else { false }
    }

    var description: String {
        switch self {
        case .empty: "cannot read the events: got an empty body; want CloudTrail records as JSON"
        case .tooMany(let max):
            "cannot read the events: got more than \(max) records; want fewer: send them in parts"
        case .refused(let reason): reason
        case .unreadable(let cause):
            "cannot read the events: \(cause); want {\"Records\":[…]}, one record, one record a line, or an EventBridge event"
        case .notice:
            "cannot read the notice: got something else than one of CloudTrail, S3, EventBridge or SNS that objects were "
                + "created; want one notice alone, as the service sends it, or the events themselves"
        case .longNotice(let bytesMax):
            "cannot read the notice: got more than \(bytesMax) bytes; want one notice alone, as the service sends it"
        }
    }
}
