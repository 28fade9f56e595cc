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

/// The collector on a generated trail: unpacking alone, with scanning, with counting, and the whole way into a store.
///
/// Inflating, scanning and counting read packed files from memory, as the program that they are compared with does;
/// the whole way reads them from the disk.
struct CollectBenchmark: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "collect", abstract: "Events per CPU-second from .json.gz to counts and into the store.")

    @Option(help: "Number of events of the generated trail.")
    var events = 1_000_000

    @Option(help: "Number of days of the generated trail.")
    var days = 7

    @Option(help: "Number of accounts of the generated trail: more accounts, more and smaller files.")
    var accounts = 3

    @Option(help: "Alarm files whose filters count, too, in `collect.extract` and `collect.whole`.")
    var alarms: [String] = ["Alarms"]

    @Option(help: "Where to work; a temporary directory that is removed, by default. A trail there is used again.")
    var directory: String?

    @Option(help: "The physical limit to compare with, a program called as `PROGRAM FOLDER RUNS FILES`.")
    var limit: String?

    @Option(help: "Each figure is the median of so many runs, after one that does not count.")
    var runs = 3

    @Option(help: "Files that are held in memory for the figures without a store; the first in the order of paths.")
    var filesInMemory = 4000

    @Flag(help: "Print each figure as a JSON object.")
    var json = false

    func validate() throws {
        guard runs > 0 else { throw ValidationError("cannot take a median of \(runs) runs; want 1 or more") }
    }

    func run() throws {
        let place = directory ?? FileManager.default.temporaryDirectory.path + "/trailwatch-bench-\(getpid())"
        defer { if directory == nil { try? FileManager.default.removeItem(atPath: place) } }
        let trail = place + "/trail"
        if !FileManager.default.fileExists(atPath: trail) {
            try Self.generate(trail, events: events, days: days, accounts: accounts)
        }
        let (set, _) = TemplateLoader().load(try AlarmFiles.read(alarms))
        let plan = CountingPlan(filters: set.filters)
        let files = LogFolder.files(under: trail).files

        let whole = try wholeFigures(files, plan, place + "/data")
        let packed = try files.sorted { $0.path < $1.path }.prefix(filesInMemory).map { file in
            Array(try Data(contentsOf: URL(fileURLWithPath: file.path)))
        }
        let stages = try Stages(packed, plan: plan)
        let inflating = try median { try stages.inflate() } / stages.events
        var base = (name: "collect.inflate", seconds: inflating)
        if let limit {
            let seconds = try PhysicalLimit(path: limit).secondsPerEvent(trail, runs: runs, files: filesInMemory)
            base = ("collect.limit", seconds)
            show(Figure(name: base.name, value: 1 / seconds, unit: "events/CPU-s"))
        }
        for (name, seconds) in [
            ("collect.inflate", inflating), ("collect.scan", try median { try stages.scan() } / stages.events),
            ("collect.count", try median { try stages.count() } / stages.events),
            ("collect.extract", try median { try stages.extract() } / stages.events), ("collect.whole", whole),
        ] {
            let ratio = seconds / base.seconds
            show(
                Figure(name: name, value: 1 / seconds, unit: "events/CPU-s", baseline: base.name, ratio: ratio))
        }
        show(
            Figure(name: "collect.inflate_bytes", value: stages.megabytes / inflating / stages.events, unit: "MB/CPU-s")
        )
    }

    /// The figures that need a store; the CPU time of an event.
    private func wholeFigures(_ files: [LogFile], _ plan: CountingPlan, _ data: String) throws -> Double {
        resetPeakMemory()
        let records = try ingest(files, plan, data, workers: 1)
        let peak = peakMemoryBytes()
        let events = Double(max(records, 1))
        let seconds = try median { try measured { _ = try ingest(files, plan, data, workers: 1) } }
        let size = try FileManager.default.attributesOfItem(atPath: data + "/trailwatch.sqlite")[.size] as? Int
        let one = try median { try wallSeconds { _ = try ingest(files, plan, data, workers: 1) } }
        let two = try median { try wallSeconds { _ = try ingest(files, plan, data, workers: 2) } }
        show(Figure(name: "collect.file", value: seconds / Double(files.count) * 1_000_000, unit: "CPU-µs/file"))
        show(Figure(name: "collect.peak_memory", value: Double(peak) / 1_000_000, unit: "MB"))
        show(Figure(name: "collect.store", value: Double(size ?? 0) / events, unit: "bytes/event"))
        show(
            Figure(
                name: "collect.two_workers", value: events / two, unit: "events/s", baseline: "one worker",
                ratio: one / two))
        return seconds / events
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

    /// Writes a trail that ends now into `directory`.
    static func generate(_ directory: String, events: Int, days: Int, accounts: Int) throws {
        let end = SystemTime().now()
        for file in TrailPlan(events: events, accounts: accounts, days: days, seed: 1, endingAt: end) {
            let url = URL(fileURLWithPath: "\(directory)/\(file.key)")
            try FileManager.default.createDirectory(
                at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(gzipped(file.json)).write(to: url)
        }
    }

    /// Reads `files` into a new store; the number of records.
    private func ingest(_ files: [LogFile], _ plan: CountingPlan, _ directory: String, workers: Int) throws -> Int {
        try? FileManager.default.removeItem(atPath: directory)
        let store = try Store(directory: directory)
        var ingest = Ingest(store: store, plan: plan, time: SystemTime(), workers: workers)
        var records = 0
        try ingest.run(files) { records += $0.count.records }
        return records
    }
}

/// The machine's clock.
struct SystemTime: TimeSource {
    func now() -> Timestamp { Timestamp(milliseconds: Int64(Date().timeIntervalSince1970 * 1000)) }
    func sleep(for duration: Duration) async throws { try await Task.sleep(for: duration) }
}
