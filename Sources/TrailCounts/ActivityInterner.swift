import TrailEvents

/// Finds the activity of a record again by the bytes of its fields; an extractor keeps one for all its files.
struct ActivityInterner: ~Copyable {
    /// A dimension value of CloudWatch has at most this many characters; longer text is cut.
    static let valueBytesMax = 1024
    private static let fields: [FieldID] = [
        .eventSource, .eventName, .awsRegion, .recipientAccountId, .userIdentityType, .errorCode,
    ]

    private struct Entry {
        let activity: Activity
        let hash: UInt64
        let isError: Bool
        /// The file in which the activity was met last, and its index there.
        var file: UInt64
        var index: UInt32
    }

    private var tuples = FieldTupleTable(fields: fields)
    private var entries: [Entry] = []
    private var file: UInt64 = 0

    /// Begins a file, whose activities are numbered from 0.
    mutating func beginFile() {
        file += 1
    }

    /// The index of the record's activity in `extract`, which takes it at its first sight in the file.
    mutating func index(
        of record: borrowing RecordView, in extract: inout FileExtract
    ) -> (index: UInt32, isError: Bool) {
        switch tuples.place(of: record, flag: record.hasErrorMessage) {
        case .known(let number):
            if entries[number].file == file { return (entries[number].index, entries[number].isError) }
            entries[number].file = file
            entries[number].index = extract.add(entries[number].activity, hash: entries[number].hash)
            return (entries[number].index, entries[number].isError)
        case .new(let number):
            if number == 0 { entries.removeAll(keepingCapacity: true) }
            let activity = record.activity
            let hash = activity.contentHash
            let index = extract.add(activity, hash: hash)
            entries.append(
                Entry(activity: activity, hash: hash, isError: activity.isError, file: file, index: index))
            return (index, activity.isError)
        case .tooLong:
            let activity = record.activity
            return (extract.add(activity, hash: activity.contentHash), activity.isError)
        }
    }
}

extension RecordView {
    fileprivate var activity: Activity {
        Activity(
            eventSource: dimensionValue(.eventSource), eventName: dimensionValue(.eventName),
            awsRegion: dimensionValue(.awsRegion), recipientAccountID: dimensionValue(.recipientAccountId),
            userIdentityType: dimensionValue(.userIdentityType), errorCode: dimensionErrorCode)
    }

    private func dimensionValue(_ field: FieldID) -> String? {
        guard let text = string(field), !text.isEmpty else { return nil }
        return text.utf8.count <= ActivityInterner.valueBytesMax
            ? text : String(decoding: text.utf8.prefix(ActivityInterner.valueBytesMax), as: UTF8.self)
    }

    fileprivate var hasErrorMessage: Bool {
        guard let value = value(.errorMessage) else { return false }
        return value.kind == .string && value.rawCount > 0
    }

    /// The error of the record: a code other than `Success`, or a message without any code (a failed sign-in).
    private var dimensionErrorCode: String? {
        if let code = dimensionValue(.errorCode) { return code == "Success" ? nil : code }
        return hasErrorMessage ? Activity.noErrorCode : nil
    }
}
