package import TrailEvents
import TrailModel
import TrailPatterns

/// Makes extracts of log files, one after another, with tables that are kept; one extractor for each worker.
package struct FileExtractor: ~Copyable {
    private let plan: CountingPlan
    private let patterns: PatternSet
    private var scanner: RecordScanner

    package init(plan: CountingPlan) {
        self.plan = plan
        patterns = PatternSet(plan.patterns)
        scanner = RecordScanner(plan.table)
    }

    /// What `text` holds.
    ///
    /// - Throws: ``LogFileError`` when the file is refused whole; nothing of it counts then.
    package mutating func extract(_ text: LogText) throws(LogFileError) -> FileExtract {
        var extract = FileExtract()
        var activities = LocalActivities()
        let plan = plan
        let patterns = patterns
        _ = try scanner.scan(
            text,
            onRecord: { record in
                guard let seconds = record.eventSeconds else {
                    extract.add(badRecord: record)
                    return
                }
                extract.note(time: Timestamp(seconds: seconds))
                let kind = record.kind
                var activity: UInt32?
                if kind != .insight && kind != .aggregated {
                    let (id, isError) = activities.id(of: record)
                    activity = id
                    if isError { extract.errorCount += 1 }
                    patterns.forEachMatch(record) { index in
                        extract.matches.append(
                            FileExtract.Match(filter: UInt32(index), value: plan.filters[index].value))
                    }
                } else if kind == .insight, let insight = plan.insightMetric(of: record) {
                    extract.insights.append(Insight(event: extract.events.count, metric: insight))
                }
                extract.events.append(
                    FileExtract.Event(
                        key: record.key, seconds: seconds, activity: activity,
                        matchEnd: UInt32(extract.matches.count)))
            },
            onBadRecord: { bad in
                extract.badRecords.append(
                    FileExtract.BadRecord(
                        index: bad.index, offset: bad.range.lowerBound, length: bad.range.count,
                        reason: bad.reason.setAside))
            })
        extract.activities = activities.activities
        return extract
    }
}

extension FileExtract {
    fileprivate mutating func add(badRecord record: borrowing RecordView) {
        let reason: BadRecordReason = record.value(.eventTime) == nil ? .missingEventTime : .invalidEventTime
        badRecords.append(
            BadRecord(
                index: record.index, offset: record.recordRange.lowerBound, length: record.recordRange.count,
                reason: reason))
    }
}

extension CountingPlan {
    fileprivate func insightMetric(of record: borrowing RecordView) -> Metric? {
        guard let source = record.string(insightSource), let name = record.string(insightName) else { return nil }
        return Metric(
            namespace: BuiltInMetrics.namespace, name: BuiltInMetrics.insightCount,
            dimensions: [Dimension(name: "EventSource", value: source), Dimension(name: "EventName", value: name)])
    }
}

extension TrailEvents.BadRecord.Reason {
    fileprivate var setAside: BadRecordReason {
        switch self {
        case .notAnObject: .notAnObject
        case .tooLarge: .tooLarge
        case .tooManyValues: .tooManyValues
        }
    }
}

/// The activities of one file, each found again by its bytes without building a string.
private struct LocalActivities {
    /// A dimension value of CloudWatch has at most this many characters; longer text is cut.
    static let valueBytesMax = 1024
    private static let fields: [FieldID] = [
        .eventSource, .eventName, .awsRegion, .recipientAccountId, .userIdentityType, .errorCode,
    ]

    var activities: [Activity] = []
    private var ids: [[UInt8]: UInt32] = [:]
    private var scratch: [UInt8] = []

    mutating func id(of record: borrowing RecordView) -> (id: UInt32, isError: Bool) {
        scratch.removeAll(keepingCapacity: true)
        for field in Self.fields {
            if let value = record.value(field), value.kind == .string {
                record.withText(of: value) { scratch.append(contentsOf: $0) }
            }
            // No byte of UTF-8, so that it cannot be part of a value.
            scratch.append(0xFF)
        }
        scratch.append(record.hasErrorMessage ? 1 : 0)
        if let id = ids[scratch] { return (id, activities[Int(id)].isError) }
        let activity = Activity(
            eventSource: record.dimensionValue(.eventSource), eventName: record.dimensionValue(.eventName),
            awsRegion: record.dimensionValue(.awsRegion),
            recipientAccountID: record.dimensionValue(.recipientAccountId),
            userIdentityType: record.dimensionValue(.userIdentityType), errorCode: record.errorCode)
        let id = UInt32(activities.count)
        activities.append(activity)
        ids[scratch] = id
        return (id, activity.isError)
    }
}

extension RecordView {
    fileprivate func dimensionValue(_ field: FieldID) -> String? {
        guard let text = string(field), !text.isEmpty else { return nil }
        return text.utf8.count <= LocalActivities.valueBytesMax
            ? text : String(decoding: text.utf8.prefix(LocalActivities.valueBytesMax), as: UTF8.self)
    }

    fileprivate var hasErrorMessage: Bool {
        guard let value = value(.errorMessage) else { return false }
        return value.kind == .string && value.rawCount > 0
    }

    /// The error of the record: a code other than `Success`, or a message without any code (a failed sign-in).
    fileprivate var errorCode: String? {
        if let code = dimensionValue(.errorCode) { return code == "Success" ? nil : code }
        return hasErrorMessage ? Activity.noErrorCode : nil
    }
}
