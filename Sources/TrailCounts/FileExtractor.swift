package import TrailEvents
import TrailModel
import TrailPatterns

/// Makes extracts of log files, one after another, with tables that are kept; one extractor for each worker.
package struct FileExtractor: ~Copyable {
    private let plan: CountingPlan
    private let limits: FileLimits
    private var matcher: PatternMatcher
    private var scanner: RecordScanner
    private var activities: ActivityInterner
    private var indexCollector: IndexCollector
    /// Events of the last file, as a guess for the next one.
    private var eventsExpected = 0

    package init(plan: CountingPlan, limits: FileLimits = FileLimits()) {
        self.plan = plan
        self.limits = limits
        matcher = PatternMatcher(plan.patterns)
        activities = ActivityInterner(plan.patterns)
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
        let limits = limits
        let filterCount = plan.filters.count
        var rulesFound: [Int] = []
        _ = try scanner.scan(
            text,
            onRecord: { record in
                guard limits.excess(in: extract) == nil else { return }
                let kind = record.kind
                let aggregated = kind == .aggregated ? plan.aggregation.read(record) : nil
                guard let seconds = record.eventSeconds ?? aggregated?.seconds else {
                    extract.add(badRecord: record)
                    return
                }
                if let reason = aggregated?.fault {
                    extract.add(badRecord: record, reason)
                    return
                }
                extract.note(time: Timestamp(seconds: seconds))
                var activity: UInt32?
                var callNumber: UInt64 = 0
                var candidates = activities.all
                if kind != .insight && kind != .aggregated {
                    let finding = activities.find(record, in: &extract)
                    activity = finding.index
                    callNumber = finding.number
                    candidates = finding.candidates
                    if finding.isError { extract.errorCount += 1 }
                } else if kind == .insight, let insight = plan.insightMetric(of: record) {
                    extract.apart.append(ApartCount(event: extract.events.count, metric: insight, count: 1))
                } else if let aggregated {
                    extract.apart += aggregated.counts.map {
                        ApartCount(event: extract.events.count, metric: $0.metric, count: $0.count)
                    }
                }
                indexCollector.add(record, seconds: seconds, callNumber: callNumber)
                let withRules = plan.rules.concerns(seconds: seconds)
                if activity != nil || withRules, !candidates.isEmpty {
                    matcher.forEachMatch(record, among: activities.candidates[candidates], withRules: withRules) {
                        if $0 >= filterCount {
                            rulesFound.append($0 - filterCount)
                        } else if activity != nil {
                            plan.addMatch(of: $0, record, to: &extract)
                        }
                    }
                    extract.add(rulesFound, of: plan.rules, record, seconds: seconds, max: limits.ruleMatchesMax)
                    rulesFound.removeAll(keepingCapacity: true)
                }
                extract.events.append(
                    FileExtract.Event(
                        key: record.key, seconds: seconds, activity: activity,
                        matchEnd: UInt32(extract.matches.count)))
            },
            onBadRecord: { bad in
                extract.add(
                    FileExtract.BadRecord(
                        index: bad.index, offset: bad.range.lowerBound, length: bad.range.count,
                        reason: bad.reason.setAside))
            })
        if let excess = limits.excess(in: extract) { throw .tooMany(excess.what, max: excess.max) }
        guard limits.fitsSlots(extract) else {
            throw .tooMany("five-minute slots of event time", max: limits.slotsMax)
        }
        eventsExpected = extract.events.count
        extract.indexedDays = indexCollector.finish()
        return extract
    }
}

extension FileExtract {
    /// Adds what is told of the event at hand by the rules whose patterns hold.
    fileprivate mutating func add(
        _ found: [Int], of rules: RulePlan, _ record: borrowing RecordView, seconds: Int64, max: Int
    ) {
        guard !found.isEmpty else { return }
        rules.forEachMatch(of: found, record, seconds: seconds) { match in
            if ruleMatches.count < max {
                ruleMatches.append((event: events.count, match: match))
            } else {
                ruleMatchesLeftOut += 1
            }
        }
    }

    fileprivate mutating func add(badRecord record: borrowing RecordView) {
        if record.writtenEventSeconds != nil {
            add(badRecord: record, .eventTimeOutOfRange)
        } else {
            add(badRecord: record, record.value(.eventTime) == nil ? .missingEventTime : .invalidEventTime)
        }
    }

    fileprivate mutating func add(badRecord record: borrowing RecordView, _ reason: BadRecordReason) {
        add(
            BadRecord(
                index: record.index, offset: record.recordRange.lowerBound, length: record.recordRange.count,
                reason: reason))
    }
}

extension CountingPlan {
    /// What a record that the filter of this index holds for counts as; nothing when it lacks the value or a dimension.
    fileprivate func addMatch(of index: Int, _ record: borrowing RecordView, to extract: inout FileExtract) {
        if let value = transformations[index].constant {
            extract.matches.append(FileExtract.Match(filter: UInt32(index), value: value))
            return
        }
        guard let value = transformations[index].value(of: record),
            let dimensions = transformations[index].dimensions(of: record)
        else { return }
        let match = FileExtract.Match(filter: UInt32(index), value: value)
        if dimensions.isEmpty {
            extract.matches.append(match)
        } else {
            let metric = filters[index].metric
            extract.add(
                match,
                of: Metric(
                    namespace: metric.namespace, name: metric.name,
                    dimensions: dimensions.map { Dimension(name: $0.name, value: $0.value.dimensionValue) }))
        }
    }

    fileprivate func insightMetric(of record: borrowing RecordView) -> Metric? {
        guard let source = record.string(insightSource), let name = record.string(insightName) else { return nil }
        return Metric(
            namespace: BuiltInMetrics.namespace, name: BuiltInMetrics.insightCount,
            dimensions: [
                Dimension(name: "EventSource", value: source.dimensionValue),
                Dimension(name: "EventName", value: name.dimensionValue),
            ])
    }
}

extension TrailEvents.BadRecord.Reason {
    fileprivate var setAside: BadRecordReason {
        switch self {
        case .notAnObject: .notAnObject
        case .tooLarge: .tooLarge
        case .tooManyValues: .tooManyValues
        case .tooDeep: .tooDeep
        }
    }
}
