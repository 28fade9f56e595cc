import Synchronization
import TrailCounts
import TrailEvents
import TrailModel
import TrailNotify
import TrailPatterns
import TrailSources
import TrailStore

/// Finds the events behind decisions in the log files that were counted.
///
/// The same code counts them as counted them first; of several copies of an event the one that was counted first is
/// shown.
struct EvidenceFinder: Sendable {
    /// What was found, and whom it names.
    struct Finding: Sendable {
        var evidence: Evidence
        /// See ``EvidenceTally/names``.
        var names: Set<String>
    }

    let reader: StoreReader
    let time: any TimeSource
    /// Makes what reads a bucket.
    let bucket: @Sendable (S3Location) -> S3Bucket
    let library: InflateLibrary

    /// The events of `scope`.
    ///
    /// - Parameters:
    ///   - scope: What to look for.
    ///   - limit: After this time what was found so far is the answer, and says so.
    /// - Returns: What was found; what is missing is named in it.
    func find(_ scope: EvidenceScope, limit: Duration) async -> Finding {
        guard !scope.slots.isEmpty, scope.metrics.count <= EvidenceScope.metricsMax else {
            var evidence = Evidence()
            evidence.incompleteReason =
                scope.slots.isEmpty
                ? "the decision used no period" : "the alarm reads more than \(EvidenceScope.metricsMax) metrics"
            return Finding(evidence: evidence, names: [])
        }
        return await withTaskGroup(of: Finding?.self) { group in
            group.addTask { await search(scope, limit) }
            group.addTask {
                try? await time.sleep(for: limit)
                return nil
            }
            var finding = await group.next() ?? nil
            // A search that is cut off answers at once with what it has.
            group.cancelAll()
            if finding == nil { finding = await group.next() ?? nil }
            return finding ?? Finding(evidence: Evidence(), names: [])
        }
    }

    private func search(_ scope: EvidenceScope, _ limit: Duration) async -> Finding {
        var search = EvidenceSearch(scope)
        var reason: String?
        do {
            let (files, withoutIndex) = try files(of: scope)
            reason = withoutIndex
            var logs = IndexedLogReader(files, library: library, bucket: bucket)
            for (number, file) in files.enumerated() {
                var isOver = Task.isCancelled
                if !isOver {
                    do {
                        try await search.read(file.path) { path, text in try await logs.read(path, into: &text) }
                    } catch {
                        isOver = Task.isCancelled
                        if !isOver { reason = reason ?? Self.reason(error, path: file.path) }
                    }
                }
                // What was begun and cut off is not read.
                guard !isOver else {
                    reason = "the time limit of \(limit) ended after \(number) of \(files.count) files"
                    break
                }
                // Others wait for their evidence too.
                await Task.yield()
            }
        } catch {
            reason = "the store cannot be read: \(error)"
        }
        var evidence = search.tally.evidence(sharing: scope.isOneSeries)
        if reason == nil, let expected = scope.samplesExpected, search.tally.samples != expected {
            reason = "the decision used \(expected) samples"
        }
        evidence.incompleteReason = reason
        return Finding(evidence: evidence, names: search.tally.names)
    }

    private static func reason(_ error: any Error, path: String) -> String {
        switch error {
        case let error as LogReadError: error.message
        case let error as S3Error: error.message
        default: "\(path): \(error)"
        }
    }

    /// The files that may hold such events, in the order in which they were counted, or the last first where only what
    /// is new is looked for.
    private func files(of scope: EvidenceScope) throws -> (files: [IndexedFile], fault: String?) {
        var found: [String: IndexedFile] = [:]
        var withoutIndex = 0
        for query in scope.queries {
            let files = try reader.files(for: query)
            for file in files.candidates { found[file.path] = file }
            withoutIndex = max(withoutIndex, files.withoutIndex.count)
        }
        let counted = try reader.countedFiles(in: scope.range)
        let files = found.values.filter { counted[$0.path].map { $0.commit <= scope.throughCommit } ?? true }
        let sorted = files.sorted {
            (counted[$0.path]?.ordinal ?? .max, $0.path) < (counted[$1.path]?.ordinal ?? .max, $1.path)
        }
        return (
            scope.isNewestFirst == true ? sorted.reversed() : sorted,
            withoutIndex == 0 ? nil : "\(withoutIndex) files were counted before there was an event index"
        )
    }
}

extension EvidenceScope {
    /// Queries to the event index; an event that counts is found by one of them at least.
    fileprivate var queries: [EventQuery] {
        let builtIn = metrics.filter {
            BuiltInMetric(rawValue: $0.name) != nil && $0.namespace == BuiltInMetric.namespace
        }
        return filters.map { filter in
            var query = EventQuery(range: range)
            query.pattern = filter.pattern
            return query
        } + Set(builtIn).map { $0.query(range) }
    }
}

extension Metric {
    /// Finds the events that a built-in metric counts, and others.
    fileprivate func query(_ range: Range<Timestamp>) -> EventQuery {
        var query = EventQuery(range: range)
        // What they describe stands elsewhere in the record.
        guard name == BuiltInMetric.eventCount.rawValue || name == BuiltInMetric.errorCount.rawValue else {
            return query
        }
        for dimension in dimensions {
            switch ActivityDimension(rawValue: dimension.name) {
            case .eventSource: query.sources = [dimension.value]
            case .eventName: query.names = [dimension.value]
            case .awsRegion: query.regions = [dimension.value]
            case .errorCode: query.errors = [dimension.value]
            // Terms of accounts may be those of the caller.
            case .recipientAccountID, .userIdentityType, nil: break
            }
        }
        if name == BuiltInMetric.errorCount.rawValue && query.errors.isEmpty { query.errors = [EventQuery.anyError] }
        return query
    }
}

/// Reads files one after another and adds up what counts.
private struct EvidenceSearch: ~Copyable {
    private let scope: EvidenceScope
    private var extractor: FileExtractor
    private var scanner: RecordScanner
    private let facts: EventFactsReader
    private let places: [Metric: Int]
    private let filterPlaces: [Int?]
    private let hasBuiltIn: Bool
    private var text = LogText()
    private var seen = EventKeySet()
    private(set) var tally: EvidenceTally

    /// What an event adds to metrics.
    private struct Found {
        let slot: Timestamp
        let time: Timestamp
        let samples: [(metric: Int, value: Double)]
    }

    init(_ scope: EvidenceScope) {
        self.scope = scope
        extractor = FileExtractor(plan: CountingPlan(filters: scope.filters))
        var table = FieldTable()
        facts = EventFactsReader(into: &table)
        scanner = RecordScanner(table)
        let places = Dictionary(zip(scope.metrics, scope.metrics.indices)) { first, _ in first }
        self.places = places
        filterPlaces = scope.filters.map { places[$0.metric] }
        hasBuiltIn = scope.metrics.contains(where: \.isBuiltIn)
        tally = EvidenceTally(metrics: scope.metrics)
    }

    mutating func read(_ path: String, _ reader: EventSearch.Reader) async throws {
        try await reader(path, &text)
        var wanted = try find()
        guard !wanted.isEmpty else { return }
        let facts = facts
        var found: [(EventFacts, Found)] = []
        try scanner.scan(text) { record in
            // A key that stands twice in a file counts once.
            guard let event = wanted.removeValue(forKey: record.key) else { return }
            found.append((facts.facts(record, time: event.time), event))
        }
        for (facts, event) in found { tally.add(facts, slot: event.slot, samples: event.samples) }
    }

    /// The events of the text that count and were not in a file before.
    private mutating func find() throws -> [EventKey: Found] {
        let extract = try extractor.extract(text)
        let activityPlaces =
            hasBuiltIn
            ? extract.activities.map { BuiltInMetrics.metrics(of: $0).compactMap { places[$0] } } : []
        var wanted: [EventKey: Found] = [:]
        var matchStart = 0
        var apart = extract.apart[...]
        for (index, event) in extract.events.enumerated() {
            let matches = extract.matches[matchStart..<Int(event.matchEnd)]
            matchStart = Int(event.matchEnd)
            let counts = apart.prefix { $0.event == index }
            apart = apart.dropFirst(counts.count)
            let time = Timestamp(seconds: event.seconds)
            guard let slot = scope.slot(of: time) else { continue }
            var samples = matches.compactMap { match in
                let place =
                    match.dimensioned.map { places[extract.dimensioned[Int($0)]] } ?? filterPlaces[Int(match.filter)]
                return place.map { (metric: $0, value: match.value) }
            }
            if hasBuiltIn, let activity = event.activity {
                samples += activityPlaces[Int(activity)].map { (metric: $0, value: 1) }
            }
            for count in counts {
                guard let place = places[count.metric] else { continue }
                samples += Array(repeating: (metric: place, value: 1), count: Int(count.count))
            }
            guard !samples.isEmpty, seen.insert(event.key) else { continue }
            wanted[event.key] = Found(slot: slot, time: time, samples: samples)
        }
        return wanted
    }
}
