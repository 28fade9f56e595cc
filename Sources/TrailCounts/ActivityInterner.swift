import TrailEvents
import TrailPatterns

/// Finds the activity of a record again by the bytes of its fields; an extractor keeps one for all its files.
struct ActivityInterner: ~Copyable {
    /// A dimension value of CloudWatch has at most this many characters; longer text is cut.
    static let valueBytesMax = 1024
    /// What an activity is made of.
    private static let fields: [FieldID] = [
        .eventSource, .eventName, .awsRegion, .recipientAccountId, .userIdentityType, .errorCode,
    ]

    /// What is known of a record by its activity.
    struct Finding {
        /// Of the activity in its extract.
        let index: UInt32
        let isError: Bool
        /// Differs from that of other activities; 0 when none is kept.
        let number: UInt64
        /// Where in ``candidates`` those stand that may hold for the record.
        let candidates: Range<Int>
    }

    private struct Entry {
        let activity: Activity
        let hash: UInt64
        let isError: Bool
        let candidates: Range<Int>
        /// The file in which the activity was met last, and its index there.
        var file: UInt64
        var index: UInt32
    }

    /// An activity by what the scanner knows to be equal, which is quicker than by its texts.
    private struct Shortcut {
        var numbers: CallNumbers?
        var entry = 0
    }

    private let patterns: PatternSet
    private var tuples = FieldTupleTable(fields: fields)
    private var entries: [Entry] = []
    /// Combinations of the patterns; the first are all of them.
    private(set) var candidates: [Int32]
    private var shortcuts = [Shortcut](repeating: Shortcut(), count: shortcutsCount)
    private var file: UInt64 = 0
    /// How often the entries were forgotten.
    private var generation: UInt64 = 1
    /// The file in which they were forgotten last.
    private var forgotInFile: UInt64 = 0

    private static let shortcutsCount = 2048

    init(_ patterns: PatternSet) {
        self.patterns = patterns
        candidates = (0..<patterns.combinationCount).map { Int32($0) }
    }

    /// Where in ``candidates`` all combinations stand.
    var all: Range<Int> { 0..<patterns.combinationCount }

    /// Begins a file, whose activities are numbered from 0.
    mutating func beginFile() {
        file += 1
    }

    /// The record's activity, which `extract` takes at its first sight in the file.
    mutating func find(_ record: borrowing RecordView, in extract: inout FileExtract) -> Finding {
        guard let numbers = record.callNumbers else { return findByTexts(record, in: &extract).finding }
        let place = Int(truncatingIfNeeded: numbers.hash) & (Self.shortcutsCount - 1)
        if shortcuts[place].numbers == numbers { return finding(shortcuts[place].entry, in: &extract) }
        let (finding, entry) = findByTexts(record, in: &extract)
        if let entry { shortcuts[place] = Shortcut(numbers: numbers, entry: entry) }
        return finding
    }

    private mutating func findByTexts(
        _ record: borrowing RecordView, in extract: inout FileExtract
    ) -> (finding: Finding, entry: Int?) {
        switch tuples.place(of: record, flag: record.hasErrorMessage) {
        case .known(let number): return (finding(number, in: &extract), number)
        case .new(let number):
            if number == 0 { forget() }
            let activity = record.activity
            let start = candidates.count
            candidates += patterns.candidates(for: record, decided: Self.fields)
            entries.append(
                Entry(
                    activity: activity, hash: activity.contentHash, isError: activity.isError,
                    candidates: start..<candidates.count, file: 0, index: 0))
            return (finding(number, in: &extract), number)
        case .tooLong:
            let activity = record.activity
            let index = extract.addOnce(activity, hash: activity.contentHash)
            return (
                Finding(index: index, isError: activity.isError, number: 0, candidates: all), nil
            )
        }
    }

    private mutating func finding(_ number: Int, in extract: inout FileExtract) -> Finding {
        if entries[number].file != file {
            entries[number].file = file
            // After the table began anew in this file its activities may be there already.
            entries[number].index =
                forgotInFile == file
                ? extract.addOnce(entries[number].activity, hash: entries[number].hash)
                : extract.add(entries[number].activity, hash: entries[number].hash)
        }
        return Finding(
            index: entries[number].index, isError: entries[number].isError,
            number: generation << 32 | UInt64(truncatingIfNeeded: number), candidates: entries[number].candidates)
    }

    private mutating func forget() {
        entries.removeAll(keepingCapacity: true)
        candidates.removeSubrange(patterns.combinationCount...)
        for place in shortcuts.indices { shortcuts[place] = Shortcut() }
        generation += 1
        forgotInFile = file
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
        return text.dimensionValue
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

extension String {
    /// The text as a value of a dimension: cut at ``ActivityInterner/valueBytesMax``, between characters, and without
    /// NUL, at which SQLite ends a text.
    var dimensionValue: String {
        if utf8.count <= ActivityInterner.valueBytesMax && !utf8.contains(0) { return self }
        var scalars = UnicodeScalarView()
        var count = 0
        for scalar in unicodeScalars {
            let kept = scalar == "\0" ? "\u{FFFD}" : scalar
            count += UTF8.width(kept)
            guard count <= ActivityInterner.valueBytesMax else { break }
            scalars.append(kept)
        }
        return String(scalars)
    }
}
