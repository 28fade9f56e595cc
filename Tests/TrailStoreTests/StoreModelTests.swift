import Foundation
import Testing
import TrailCounts
import TrailEvents
import TrailModel
import TrailPatterns
import TrailStore

/// Whatever is done to a store, and however often it is killed, it holds what plain dictionaries hold.
///
/// `TRAILWATCH_ROUNDS` asks for more seeds, `TRAILWATCH_SEED` for another first one; a failure names its seed.
@Suite struct StoreModelTests {
    private static let seedsPerGroup: UInt64 = 10
    private static let groups: [UInt64] = {
        let environment = ProcessInfo.processInfo.environment
        let first = environment["TRAILWATCH_SEED"].flatMap(UInt64.init) ?? 1
        return (0..<(environment["TRAILWATCH_ROUNDS"].flatMap(UInt64.init) ?? 10)).map { first &+ $0 * seedsPerGroup }
    }()

    @Test(arguments: Self.groups)
    func `a store holds what its commits, folds, restarts and kills leave in plain dictionaries`(
        firstSeed: UInt64
    ) throws {
        for seed in firstSeed..<(firstSeed &+ Self.seedsPerGroup) {
            var run = try StoreRun(seed: seed)
            for _ in 0..<run.stepCount where !run.isFaulty { try run.step() }
            try run.compareAll()
            run.end()
            if run.isFaulty {
                Issue.record("\(run.log.joined(separator: "\n"))")
                break
            }
        }
    }
}

/// One sequence of random steps.
private struct StoreRun {
    private struct Snapshot {
        /// Slots that end here or before are closed.
        let closed: Int64
        let sets: [[Int64: StatisticSet]]
    }

    private var random: SeededGenerator
    private let seed: UInt64
    private var directory: TemporaryDirectory {
        didSet { useDisk() }
    }
    /// One without faults, whose syncs wait for nothing.
    private var disk: FaultyDisk?
    private var store: Store?
    private var model = StoreModel()
    private var nextID = 0
    private var pool: [StoreModel.Event] = []
    /// Seconds from the model's beginning until which slots are closed, in memory and on the disk.
    private var closed: Int64?
    private var savedClosed: Int64?
    private var snapshots: [Int64: Snapshot] = [:]
    let stepCount: Int
    private(set) var log: [String]
    private(set) var isFaulty = false

    init(seed: UInt64) throws {
        self.seed = seed
        random = SeededGenerator(state: seed)
        stepCount = Int.random(in: 4...14, using: &random)
        directory = TemporaryDirectory()
        log = ["seed \(seed)"]
        useDisk()
        store = try Store(directory: directory.path)
    }

    private mutating func useDisk() {
        disk?.remove()
        disk = FaultyDisk(directory: directory.path)
    }

    private var opened: Store {
        get throws { try #require(store) }
    }

    func end() { disk?.remove() }

    mutating func step() throws {
        switch Int.random(in: 0..<16, using: &random) {
        case 0..<7: try commit()
        case 7, 8: try fold()
        case 9, 10: try close()
        case 11: try restart()
        case 12: try kill()
        case 13, 14: try recount()
        default: try backUp()
        }
        try compare()
    }

    // MARK: Steps

    private mutating func filters() -> Set<StoreModel.Filter> {
        Set(
            (0..<3).compactMap { metric in
                let name = Int.random(in: 0..<3, using: &random)
                return name == 2 ? nil : StoreModel.Filter(metric: metric, name: (metric + name) % 3)
            })
    }

    private static func metricFilters(_ filters: Set<StoreModel.Filter>) throws -> [MetricFilter] {
        try filters.sorted { ($0.metric, $0.name) < ($1.metric, $1.name) }.map { filter in
            MetricFilter(
                name: "f\(filter.metric)", logGroupName: "",
                pattern: try FilterPattern("{ $.eventName = N\(filter.name) }"),
                metric: StoreModel.metrics[4 + filter.metric], value: filter.value,
                location: SourceLocation(file: "a.yaml"))
        }
    }

    private static func extract(_ events: [StoreModel.Event], _ plan: CountingPlan) throws -> FileExtract {
        var extractor = FileExtractor(plan: plan)
        return try extractor.extract(LogText("{\"Records\":[\(events.map(\.json).joined(separator: ","))]}"))
    }

    /// New events, late ones and copies, in a new file or in one that has grown.
    private mutating func events() -> [StoreModel.Event] {
        (0..<Int.random(in: 0...8, using: &random)).map { _ in
            if let known = pool.randomElement(using: &random), Int.random(in: 0..<3, using: &random) == 0 {
                return known
            }
            nextID += 1
            let isLate = Int.random(in: 0..<4, using: &random) == 0
            let event = StoreModel.Event(
                id: nextID, second: Int64.random(in: isLate ? -50_000..<3600 : 3600..<7200, using: &random),
                name: Int.random(in: 0..<3, using: &random), isError: Int.random(in: 0..<3, using: &random) == 0,
                isMalformed: Int.random(in: 0..<20, using: &random) == 0)
            pool.append(event)
            return event
        }
    }

    private mutating func commit() throws {
        let filters = filters()
        let plan = CountingPlan(filters: try Self.metricFilters(filters))
        var read: [ReadFile] = []
        var want: [FileCount] = []
        for _ in 0..<Int.random(in: 1...3, using: &random) {
            let known = model.files.keys.sorted().randomElement(using: &random)
            let grown = Int.random(in: 0..<6, using: &random) == 0 ? known : nil
            // One commit does not hold a file twice.
            if let grown, read.contains(where: { $0.key == grown }) { continue }
            let key = grown ?? "f\(model.files.count)"
            let events = (model.files[key] ?? []) + events()
            let before = model.records
            model.commit(key, events, filters: filters)
            func more(_ kind: String) -> Int { Int((model.records[kind] ?? 0) - (before[kind] ?? 0)) }
            want.append(
                FileCount(
                    records: events.count, counted: more("counted"), duplicate: more("duplicate"),
                    malformed: more("malformed")))
            read.append(
                ReadFile(
                    key: key, size: Int64(events.count), status: .counted, extract: try Self.extract(events, plan)))
        }
        let got = try opened.commit(read, plan: plan, source: "test", now: StoreModel.now)
        log.append("commit \(read.map { "\($0.key): \($0.size)" }) with \(filters)")
        let counts = got.map { [$0.records, $0.counted, $0.duplicate, $0.malformed] }
        check(counts == want.map { [$0.records, $0.counted, $0.duplicate, $0.malformed] }, "counts of files")
    }

    private mutating func fold() throws {
        log.append("fold")
        try opened.fold()
    }

    private mutating func close() throws {
        let time = max(closed ?? .min, Int64.random(in: 0...120, using: &random) * 60)
        closed = time
        try opened.closeSlots(through: Timestamp(seconds: StoreModel.begin + time))
        let isSaved = Int.random(in: 0..<4, using: &random) > 0
        log.append("close through \(time)\(isSaved ? "" : ", not saved")")
        guard isSaved else { return }
        var record = EvaluationRecord()
        record.closedThrough = Timestamp(seconds: StoreModel.begin + time)
        try opened.save(record)
        savedClosed = time
    }

    private mutating func restart() throws {
        log.append("restart")
        try opened.close()
        store = nil
        try reopen()
    }

    /// The process ends as it is: another one finds the files as they are now.
    private mutating func kill() throws {
        log.append("kill")
        let copy = TemporaryDirectory()
        try FileManager.default.copyItem(atPath: directory.path, toPath: copy.path)
        store = nil
        directory = copy
        try reopen()
    }

    private mutating func backUp() throws {
        log.append("back up and restore")
        let file = directory.path + "/copy.sqlite"
        _ = try StoreCopy(of: try StoreReader(directory: directory.path), to: file, replacesFile: false)
        let restored = TemporaryDirectory()
        _ = try Store.restore(try StoreReader(file: file), in: restored.path, replacesStore: false)
        store = nil
        directory = restored
        try reopen()
    }

    private mutating func reopen() throws {
        store = try Store(directory: directory.path)
        closed = savedClosed
        // What was closed for that process alone is open again.
        let open = closed ?? .min
        snapshots = snapshots.mapValues { Snapshot(closed: min($0.closed, open), sets: $0.sets) }
    }

    private mutating func recount() throws {
        let filters = filters()
        let plan = try opened.recountPlan(for: try Self.metricFilters(filters))
        var files = try opened.uncountedFiles(of: plan, after: nil, limit: 1000)
        check(plan.overlapping.isEmpty, "filters whose samples cannot be taken back")
        // Now and then it is ended before it is done.
        if Bool.random(using: &random) { files = Array(files.prefix(Int.random(in: 0...3, using: &random))) }
        log.append("recount \(files.map(\.key)) with \(filters)")
        let read = try files.map { file in
            (file: file, extract: try Self.extract(model.files[file.key] ?? [], plan.counting))
        }
        try opened.recount(read, plan: plan, source: "recount")
        model.recount(files.map(\.key), filters: filters)
    }

    // MARK: Comparing

    private mutating func check(_ isSo: Bool, _ what: String) {
        if !isSo {
            isFaulty = true
            log.append("FAULT: \(what)")
        }
    }

    private static let range =
        Timestamp(
            seconds: StoreModel.begin - 100_000)..<Timestamp(seconds: StoreModel.begin + 100_000)

    private static func sets(_ slots: [(start: Timestamp, set: StatisticSet)]) -> [Int64: StatisticSet] {
        Dictionary(uniqueKeysWithValues: slots.map { ($0.start.seconds, $0.set) })
    }

    private mutating func compare() throws {
        let store = try opened
        let want = StoreModel.metrics.indices.map { model.sets(of: $0, period: StoreModel.width(of: $0)) }
        for (index, metric) in StoreModel.metrics.enumerated() {
            let got = Self.sets(try store.slots(of: metric, in: Self.range))
            check(got == want[index], "\(metric.name) \(index): got \(got); want \(want[index])")
        }
        let records = try store.totals().counters["records"] ?? [:]
        check(records.filter { $0.value > 0 } == model.records, "records: got \(records); want \(model.records)")
        if let closed { snapshots[try store.lastCommit()] = Snapshot(closed: closed, sets: want) }
        guard let number = snapshots.keys.sorted().randomElement(using: &random) else { return }
        try compare(asOf: number)
    }

    private mutating func compare(asOf number: Int64) throws {
        guard let snapshot = snapshots[number], snapshot.closed > .min else { return }
        for (index, metric) in StoreModel.metrics.enumerated() {
            let end = StoreModel.begin + snapshot.closed
            let whole = end - end % StoreModel.width(of: index)
            let got = Self.sets(
                try opened.slots(of: metric, in: Self.range.lowerBound..<Timestamp(seconds: whole), asOf: number))
            let want = snapshot.sets[index].filter { $0.key < whole }
            check(got == want, "\(metric.name) \(index) as of \(number): got \(got); want \(want)")
        }
    }

    /// Compares what a reader beside sees, and each commit's moment.
    mutating func compareAll() throws {
        for number in snapshots.keys.sorted() { try compare(asOf: number) }
        let reader = try StoreReader(directory: directory.path)
        for (index, metric) in StoreModel.metrics.enumerated() {
            for period in [60, 300, 3600] as [Int64] where period >= StoreModel.width(of: index) {
                let got = try Self.read(reader, metric, groupBy: nil, period: period)
                let want = model.sets(of: index, period: period)
                check(got?[""] ?? [:] == want, "\(metric.name) \(index) per \(period) s")
            }
        }
        let events = StoreModel.metrics[1]
        for period in [300, 3600] as [Int64] {
            let got = try Self.read(reader, events, groupBy: "EventName", period: period) ?? [:]
            var sums: [Int64: [String: Double]] = [:]
            for (name, sets) in got { for (start, set) in sets { sums[start, default: [:]][name] = set.sum } }
            check(sums == model.eventNames(period: period), "EventCount by EventName per \(period) s")
        }
        let damages = try reader.check().damages
        check(damages.isEmpty, "damages: \(damages)")
    }

    /// What a reader says of a metric, by the value of the dimension that is grouped by; `nil` for an unknown metric.
    private static func read(
        _ reader: StoreReader, _ metric: Metric, groupBy name: String?, period: Int64
    ) throws -> [String: [Int64: StatisticSet]]? {
        let groups = name.map { [$0] } ?? []
        let result = try reader.result(
            of: MetricQuery(
                namespace: metric.namespace, metricName: metric.name,
                schema: .exactly(metric.dimensions.map(\.name) + groups),
                conditions: metric.dimensions.map { MetricQuery.Condition(name: $0.name, value: $0.value) },
                groupBy: groups, periodSeconds: period, from: range.lowerBound, to: range.upperBound))
        guard result.isKnown else { return nil }
        return result.groups.reduce(into: [:]) { all, group in
            let points = group.points.map { ($0.start.seconds, $0.set) }
            all[(group.values.first ?? "") ?? ""] = Dictionary(uniqueKeysWithValues: points)
        }
    }
}
