import Foundation
import Testing
import TrailCounts
import TrailEvents
import TrailModel
import TrailPatterns
import TrailStore

/// A store's life of fixed steps, each of which is done whole or not at all.
final class StoreLife {
    private struct Step: Sendable {
        let name: String
        let run: @Sendable (StoreLife) throws -> Void
    }

    private static let begin: Int64 = 1_700_006_400
    private static let now = Timestamp(seconds: begin + 7200)
    private static let range = Timestamp(seconds: begin - 90_000)..<Timestamp(seconds: begin + 90_000)
    static let messageKeys = ["m-0", "m-1"]

    let directory = TemporaryDirectory()
    let disk: FaultyDisk
    private(set) var store: Store?

    /// Begins with an empty store, or with none when it `isNew`.
    init(isNew: Bool = false) throws {
        try FileManager.default.createDirectory(atPath: directory.path, withIntermediateDirectories: true)
        if !isNew { try Self.emptyStore.get().write(to: URL(fileURLWithPath: directory.path + "/trailwatch.sqlite")) }
        disk = FaultyDisk(directory: directory.path)
    }

    /// A life that goes on in a copy of these files.
    init(copyOf path: String) throws {
        try FileManager.default.copyItem(atPath: path, toPath: directory.path)
        disk = FaultyDisk(directory: directory.path)
    }

    deinit { disk.remove() }

    static var stepCount: Int { steps.count }
    static func name(of step: Int) -> String { steps[step].name }

    func run(_ step: Int) throws { try Self.steps[step].run(self) }

    /// The process ends, or is killed.
    func drop() { store = nil }

    func open() throws { store = try Store(directory: directory.path) }

    // MARK: The steps

    private static let steps: [Step] = [
        Step(name: "open") { try $0.open() },
        Step(name: "commit") { try $0.commit(["a"], filters: 1) },
        Step(name: "close slots") { try $0.evaluate(closing: 1200, message: 0) },
        Step(name: "commit several") { try $0.commit(["b", "c"], filters: 1) },
        Step(name: "attempt") { life in
            try life.opened.recordAttempt(
                StoredAttempt(time: now, state: "delivered", reason: nil, status: 200, latencyMilliseconds: 3), of: 1,
                nextAttempt: nil, counters: [("deliveries", "ok")])
        },
        Step(name: "fold") { try $0.opened.fold() },
        Step(name: "commit late") { try $0.commit(["late", "a2"], filters: 1) },
        Step(name: "recount") { try $0.recount() },
        Step(name: "back up") { try $0.backUp() },
        Step(name: "evaluate again") { try $0.evaluate(closing: 2400, message: 1) },
        Step(name: "close") { life in
            let store = try life.opened
            life.store = nil
            try store.close()
        },
        Step(name: "open again") { try $0.open() },
        Step(name: "commit after") { try $0.commit(["d"], filters: 2) },
        Step(name: "fold again") { try $0.opened.fold() },
        Step(name: "forget minutes") { try $0.opened.forgetEvaluated() },
        Step(name: "forget messages") { try $0.opened.forgetDelivered(before: now.adding(seconds: 1)) },
        Step(name: "rest") { try $0.commit(["e"], filters: 2) },
    ]

    private static let emptyStore = Result {
        let directory = TemporaryDirectory()
        try Store(directory: directory.path).close()
        return try Data(contentsOf: URL(fileURLWithPath: directory.path + "/trailwatch.sqlite"))
    }

    private static let files: [String: (numbers: Range<Int>, second: Int64)] = [
        "a": (0..<9, 0), "b": (6..<14, 0), "c": (14..<18, 0), "late": (100..<106, -80_000), "a2": (2..<20, 0),
        "d": (20..<26, 0), "e": (26..<28, 0),
    ]

    private var opened: Store {
        get throws { try #require(store) }
    }

    private static func filters(_ count: Int) throws -> [MetricFilter] {
        try (0..<count).map { index in
            MetricFilter(
                name: "f\(index)", logGroupName: "", pattern: try FilterPattern("{ $.eventName = N\(index) }"),
                metric: Metric(namespace: "Test", name: "M\(index)"), value: index == 0 ? 2.5 : 1,
                location: SourceLocation(file: "a.yaml"))
        }
    }

    private static let texts = files.mapValues { numbers, second in
        let records = numbers.map { number in
            let time = Timestamp(seconds: begin + second + Int64(number) * 100)
            return """
                {"eventTime":"\(time.rfc3339)","eventID":"id-\(number)","eventSource":"s.amazonaws.com",\
                "eventName":"N\(number % 3)"\(number % 4 == 0 ? ",\"errorCode\":\"E\"" : "")}
                """
        }
        return LogText("{\"Records\":[\(records.joined(separator: ","))]}")
    }

    private static func extract(_ key: String, _ plan: CountingPlan) throws -> FileExtract {
        var extractor = FileExtractor(plan: plan)
        return try extractor.extract(try #require(texts[key]))
    }

    func commit(_ keys: [String], filters: Int) throws {
        let plan = CountingPlan(filters: try Self.filters(filters))
        let files = try keys.map { key in
            ReadFile(key: key, size: 1, status: .counted, extract: try Self.extract(key, plan))
        }
        _ = try opened.commit(files, plan: plan, source: "test", now: Self.now)
    }

    func commitAll() throws {
        try commit(Self.files.keys.sorted(), filters: 2)
    }

    private func evaluate(closing seconds: Int64, message number: Int) throws {
        let closed = Timestamp(seconds: Self.begin + seconds)
        try opened.closeSlots(through: closed)
        var record = EvaluationRecord()
        record.closedThrough = closed
        record.sources = [StoredSource(name: "test", mark: Self.now, watermark: closed)]
        record.notes = [("n", [UInt8](repeating: UInt8(number), count: 9000))]
        record.counters = [("evaluations", "all", 1)]
        record.messages = [
            StoredMessage(
                key: Self.messageKeys[number], alarmName: "a", subscriptionARN: "s", topicARN: "t",
                createdAt: Self.now, nextAttempt: Self.now, state: "waiting", request: "{}")
        ]
        try opened.save(record)
    }

    private func recount() throws {
        let plan = try opened.recountPlan(for: try Self.filters(2))
        let files = try opened.uncountedFiles(of: plan, after: nil, limit: 100)
        try opened.recount(
            try files.map { ($0, try Self.extract($0.key, plan.counting)) }, plan: plan, source: "recount")
    }

    /// A copy that came is whole; one that did not leaves nothing.
    private func backUp() throws {
        let path = directory.path + "/copy.sqlite"
        let others = {
            try FileManager.default.contentsOfDirectory(atPath: self.directory.path).filter { $0.contains("copy") }
        }
        try? FileManager.default.removeItem(atPath: path)
        do {
            _ = try StoreCopy(of: try StoreReader(directory: directory.path), to: path, replacesFile: false)
        } catch {
            let left = try others()
            #expect(left == [])
            throw error
        }
        let files = try others()
        #expect(files == ["copy.sqlite"])
    }

    /// What is wrong with the copy, if there is one.
    func damagesOfCopy() throws -> [StoreDamage] {
        let path = directory.path + "/copy.sqlite"
        guard FileManager.default.fileExists(atPath: path) else { return [] }
        return try StoreReader(file: path).check().damages
    }

    // MARK: What the store says

    private static let metrics: [Metric] = [
        TrafficMetric.metric, Metric(namespace: "CloudTrail", name: "EventCount"),
        Metric(namespace: "CloudTrail", name: "EventCount", dimensions: [Dimension(name: "EventName", value: "N1")]),
        Metric(namespace: "CloudTrail", name: "ErrorCount"), Metric(namespace: "Test", name: "M0"),
        Metric(namespace: "Test", name: "M1"),
    ]

    static var metricCount: Int { metrics.count }

    private static func text(_ slots: [(start: Timestamp, set: StatisticSet)]) -> String {
        // What the language prints of a value by itself takes longer than everything else here.
        slots.map { start, set in
            "\(start.seconds - begin): \(set.sampleCount) \(set.sum) \(set.minimum) \(set.maximum)"
        }.joined(separator: ", ")
    }

    private static func name(_ metric: Metric) -> String {
        metric.name + metric.dimensions.map { " \($0.name)=\($0.value)" }.joined()
    }

    /// The counts now.
    func counts() throws -> [String] {
        try Self.metrics.map { "\(Self.name($0)): \(Self.text(try opened.slots(of: $0, in: Self.range)))" }
    }

    /// Everything that the store says; `nil` while none is open.
    func export() throws -> [String]? {
        guard let store else { return nil }
        var lines = try counts()
        let closed = Timestamp(seconds: Self.begin - 90_000)..<Timestamp(seconds: Self.begin + 2400)
        for number in 0...(try store.lastCommit()) {
            for metric in Self.metrics {
                let slots = try store.slots(of: metric, in: closed, asOf: number)
                lines.append("\(Self.name(metric)) as of \(number): \(Self.text(slots))")
            }
        }
        let totals = try store.totals()
        lines += totals.counters.flatMap { name, values in values.map { "\(name) \($0.key) \($0.value)" } }.sorted()
        lines += totals.filterMatches.map { "\(Self.name($0.key)) matches \($0.value)" }.sorted()
        lines += totals.arrivals.map {
            "\($0.activity.eventName ?? "") \($0.arrivals.young) \($0.arrivals.backfilled)"
        }
        lines += try Self.files.keys.sorted().map { "\($0) \(try store.knownStatus(key: $0, size: 1)?.rawValue ?? "")" }
        lines += try store.sources().map { "\($0.name) \($0.mark.seconds) \($0.watermark?.seconds ?? 0)" }
        lines += try store.dueMessages(at: Self.now, limit: 9).map { "\($0.id) \($0.key) \($0.state) \($0.attempts)" }
        lines += try store.unevaluatedMinutes(after: 0).map { "\($0.commit) \($0.minutes.map(\.seconds))" }
        lines.append("note \(try store.note(named: "n")?.last ?? 99)")
        return lines
    }
}
