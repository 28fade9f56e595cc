package import TrailEvents
import TrailModel
import TrailPatterns

/// Makes extracts of log files, one after another, with tables that are kept; one extractor for each worker.
package struct FileExtractor: ~Copyable {
    private let plan: CountingPlan
    private let patterns: PatternSet
    private var scanner: RecordScanner
    private var activities: ActivityInterner
    private var indexCollector: IndexCollector
    /// Events of the last file, as a guess for the next one.
    private var eventsExpected = 0

    package init(plan: CountingPlan) {
        self.plan = plan
        patterns = PatternSet(plan.patterns)
        activities = ActivityInterner(patterns)
        scanner = RecordScanner(plan.table)
        indexCollector = IndexCollector(plan.eventTerms)
    }

    /// What `text` holds.
    ///
    /// - Throws: ``LogFileError`` when the file is refused whole; nothing of it counts then.
    package mutating func extract(_ text: LogText) throws(LogFileError) -> FileExtract {
        var extract = FileExtract(eventsExpected: eventsExpected)
        activities.beginFile()
        indexCollector.beginFile()
        let plan = plan
        let patterns = patterns
        _ = try scanner.scan(
            text,
            onRecord: { record in
                let kind = record.kind
                let aggregated = kind == .aggregated ? plan.aggregation.read(record) : nil
                guard let seconds = record.eventSeconds ?? aggregated?.seconds else {
                    extract.add(badRecord: record)
                    return
                }
                extract.note(time: Timestamp(seconds: seconds))
                var activity: UInt32?
                var callNumber: UInt64 = 0
                if kind != .insight && kind != .aggregated {
                    let finding = activities.find(record, in: &extract)
                    activity = finding.index
                    callNumber = finding.number
                    if finding.isError { extract.errorCount += 1 }
                    if !finding.candidates.isEmpty {
                        patterns.forEachMatch(record, among: activities.candidates[finding.candidates]) { index in
                            extract.matches.append(
                                FileExtract.Match(filter: UInt32(index), value: plan.filters[index].value))
                        }
                    }
                } else if kind == .insight, let insight = plan.insightMetric(of: record) {
                    extract.apart.append(ApartCount(event: extract.events.count, metric: insight, count: 1))
                } else if let aggregated {
                    extract.apart += aggregated.counts.map {
                        ApartCount(event: extract.events.count, metric: $0.metric, count: $0.count)
                    }
                }
                indexCollector.add(record, seconds: seconds, callNumber: callNumber)
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
        eventsExpected = extract.events.count
        extract.indexedDays = indexCollector.finish()
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
