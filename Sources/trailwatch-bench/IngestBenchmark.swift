import ArgumentParser
import Foundation
import TrailCounts
import TrailEvents
import TrailGenerator
import TrailModel
import TrailServer
import TrailSources
import TrailStore
import TrailTemplates

/// Reading a generated trail: unpacking alone, with scanning, with counting, and the whole way into a store.
struct IngestBenchmark: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ingest", abstract: "Events per CPU-second from .json.gz to counts and into the store.")

    @Option(help: "Number of events of the generated trail.")
    var events = 1_000_000

    @Option(help: "Number of days of the generated trail.")
    var days = 7

    @Option(help: "Number of accounts of the generated trail: more accounts, more and smaller files.")
    var accounts = 3

    @Option(help: "Alarm files whose filters count, too; not in `ingest.count`.")
    var alarms: [String] = ["Alarms"]

    @Option(help: "Where to work; a temporary directory that is removed, by default.")
    var directory: String?

    @Option(help: "A program to compare with, called as `PROGRAM FOLDER OUTPUT 1 libdeflate`.")
    var reference: String?

    @Option(help: "Each figure is the median of so many runs, after one that does not count.")
    var runs = 3

    @Flag(help: "Print each figure as a JSON object.")
    var json = false

    func validate() throws {
        guard runs > 0 else { throw ValidationError("cannot take a median of \(runs) runs; want 1 or more") }
    }

    func run() throws {
        let place = directory ?? FileManager.default.temporaryDirectory.path + "/trailwatch-bench-\(getpid())"
        defer { if directory == nil { try? FileManager.default.removeItem(atPath: place) } }
        let trail = place + "/trail"
        if !FileManager.default.fileExists(atPath: trail) { try generate(trail) }
        let (set, _) = TemplateLoader().load(try AlarmFiles.read(alarms))
        let plan = CountingPlan(filters: set.filters)
        let files = LogFolder.files(under: trail).files

        let whole = try median { try ingest(files, plan, place + "/data") }
        let memory = peakMemoryBytes()
        let unpacking = try median { try measured { try read(files) { _ in } } }
        let scanning = try median { try scan(files, plan) }
        let counting = try median { try count(files) }
        let size = try FileManager.default.attributesOfItem(atPath: place + "/data/trailwatch.sqlite")[.size] as? Int
        let counted = try events(of: files)
        var base = (name: "ingest.unpack", seconds: unpacking)
        if let reference {
            let seconds = try median { try Reference(path: reference).measure(trail, scratch: place + "/reference") }
            base = ("ingest.reference", seconds)
            show(Figure(name: base.name, value: counted / seconds, unit: "events/CPU-s"))
        }
        for (name, seconds) in [
            ("ingest.unpack", unpacking), ("ingest.scan", scanning), ("ingest.count", counting),
            ("ingest.whole", whole),
        ] {
            show(
                Figure(
                    name: name, value: counted / seconds, unit: "events/CPU-s", baseline: base.name,
                    ratio: seconds / base.seconds))
        }
        show(Figure(name: "ingest.file", value: whole / Double(files.count) * 1_000_000, unit: "CPU-µs/file"))
        show(Figure(name: "ingest.peak_memory", value: Double(memory) / 1_000_000, unit: "MB"))
        show(Figure(name: "ingest.store", value: Double(size ?? 0) / counted, unit: "bytes/event"))
    }

    private func show(_ figure: Figure) {
        print(figure.line(asJSON: json))
    }

    private func median(_ measure: () throws -> Double) rethrows -> Double {
        if runs > 1 { _ = try measure() }
        var times: [Double] = []
        for _ in 0..<runs { times.append(try measure()) }
        return times.sorted()[runs / 2]
    }

    private func generate(_ directory: String) throws {
        let end = SystemTime().now()
        for file in TrailPlan(events: events, accounts: accounts, days: days, seed: 1, endingAt: end) {
            let url = URL(fileURLWithPath: "\(directory)/\(file.key)")
            try FileManager.default.createDirectory(
                at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(gzipped(file.json)).write(to: url)
        }
    }

    private func events(of files: [LogFile]) throws -> Double {
        var extractor = FileExtractor(plan: CountingPlan(filters: []))
        var count = 0
        try read(files) { text in count += try extractor.extract(text).recordCount }
        return Double(count)
    }

    /// Unpacks and scans with every filter, counts nothing.
    private func scan(_ files: [LogFile], _ plan: CountingPlan) throws -> Double {
        try measured {
            var extractor = FileExtractor(plan: plan)
            try read(files) { text in _ = try extractor.extract(text) }
        }
    }

    /// Events per activity and slot, each event once, without filters and without a store.
    private func count(_ files: [LogFile]) throws -> Double {
        try measured {
            let plan = CountingPlan(filters: [])
            var extractor = FileExtractor(plan: plan)
            var batch = CountBatch()
            var seen = SeenEvents()
            var activities = ActivityTable()
            let now = SystemTime().now()
            try read(files) { text in
                let extract = try extractor.extract(text)
                for slot in CountBatch.neededSlots(of: extract) where !seen.isResident(slot) {
                    seen.load(slot, keys: [])
                }
                _ = batch.add(extract, plan: plan, arrivedAt: now, seen: &seen, activities: &activities)
            }
        }
    }

    private func ingest(_ files: [LogFile], _ plan: CountingPlan, _ directory: String) throws -> Double {
        try? FileManager.default.removeItem(atPath: directory)
        return try measured {
            let store = try Store(directory: directory)
            var ingest = Ingest(store: store, plan: plan, time: SystemTime())
            try ingest.run(files) { _ in }
        }
    }

    private func read(_ files: [LogFile], _ use: (LogText) throws -> Void) throws {
        var reader = LogFileReader()
        var text = LogText()
        for file in files {
            _ = try reader.read(file, into: &text)
            try use(text)
        }
    }
}

/// The machine's clock.
private struct SystemTime: TimeSource {
    func now() -> Timestamp { Timestamp(milliseconds: Int64(Date().timeIntervalSince1970 * 1000)) }
    func sleep(for duration: Duration) async throws { try await Task.sleep(for: duration) }
}
