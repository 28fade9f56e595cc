/// Why a log file is refused whole.
///
/// Intake is all or nothing per file: some records may have been reported before the error is thrown, and the caller
/// must discard what it made of them.
package enum LogFileError: Error, Equatable, Sendable {
    /// No bytes, or nothing but white space.
    case empty
    /// A CloudTrail digest file: it lists log files and holds no events.
    case digest
    /// JSON (or something else) that is not a CloudTrail log file.
    case notCloudTrail(found: String)
    /// Broken JSON at a byte offset; `what` says what stands there and what is wanted.
    case malformed(offset: Int, what: String)
    /// Objects and arrays nested deeper than ``RecordScanner/nestingMax`` outside `Records`.
    case tooDeep(offset: Int)
    /// More bytes than ``LogText/bytesMax``.
    case tooLarge(bytes: Int)
    /// More of something than one file may hold.
    case tooMany(String, max: Int)
    /// A record that was to be read alone cannot be an event; in a file such a record is reported, not thrown.
    case badRecord(BadRecord)

    /// A label of a closed set, for metrics.
    package var code: StaticString {
        switch self {
        case .empty: "empty"
        case .digest: "digest"
        case .notCloudTrail: "not_cloudtrail"
        case .malformed: "malformed"
        case .tooDeep: "too_deep"
        case .tooLarge: "too_large"
        case .tooMany: "too_many"
        case .badRecord: "bad_record"
        }
    }
}

extension LogFileError: CustomStringConvertible {
    package var description: String {
        let start = "cannot read the log file: got "
        return switch self {
        case .empty: start + #"no bytes; want {"Records":[…]}"#
        case .digest: start + "a CloudTrail digest file, which holds no events; want a log file"
        case .notCloudTrail(let found): start + found + #"; want an object with a "Records" array"#
        case .malformed(let offset, let what): start + "\(what) at byte \(offset)"
        case .tooDeep(let offset):
            start + "objects or arrays nested deeper at byte \(offset); want at most \(RecordScanner.nestingMax) levels"
        case .tooLarge(let bytes): start + "\(bytes) bytes; want at most \(LogText.bytesMax)"
        case .tooMany(let what, let max): start + "more than \(max) \(what); want fewer: split the file"
        case .badRecord(let record): record.description
        }
    }
}

/// An element of `Records` that cannot be an event; the other records of its file still count.
package struct BadRecord: Equatable, Sendable {
    package enum Reason: Equatable, Sendable {
        case notAnObject(ValueKind)
        case tooLarge(bytes: Int)
        /// More nodes under wildcard paths than ``RecordScanner/wildcardValuesMax``.
        case tooManyValues
        /// Objects and arrays nested deeper than ``RecordScanner/nestingMax``.
        case tooDeep
    }

    /// 0-based number of the element in `Records`.
    package let index: Int
    /// Byte offsets of the element in the file.
    package let range: Range<Int>
    package let reason: Reason

    package init(index: Int, range: Range<Int>, reason: Reason) {
        self.index = index
        self.range = range
        self.reason = reason
    }
}

extension BadRecord: CustomStringConvertible {
    package var description: String {
        let got =
            switch reason {
            case .notAnObject(let kind): "\(kind); want an object"
            case .tooLarge(let bytes): "\(bytes) bytes; want at most \(RecordScanner.recordBytesMax)"
            case .tooManyValues:
                "more than \(RecordScanner.wildcardValuesMax) values for wildcard paths; want fewer"
            case .tooDeep:
                "objects or arrays nested deeper; want at most \(RecordScanner.nestingMax) levels"
            }
        return "cannot read record \(index) at byte \(range.lowerBound): got \(got)"
    }
}
