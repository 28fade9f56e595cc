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

/// Reading a generated trail: unpacking alone, with scanning, and the whole way into a store.
struct IngestBenchmark: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ingest", abstract: "Events per CPU-second from .json.gz to counts and into the store.")

    @Option(help: "Number of events of the generated trail.")
    var events = 1_000_000

    @Option(help: "Number of days of the generated trail.")
    var days = 7

    @Option(help: "Alarm files whose filters count, too.")
    var alarms: [String] = ["Alarms"]

    @Option(help: "Where to work; a temporary directory that is removed, by default.")
    var directory: String?

    @Flag(help: "Print each figure as a JSON object.")
    var json = false

    func run() throws {
        let place = directory ?? FileManager.default.temporaryDirectory.path + "/trailwatch-bench-\(getpid())"
        defer { if directory == nil { try? FileManager.default.removeItem(atPath: place) } }
        let trail = place + "/trail"
        if !FileManager.default.fileExists(atPath: trail) { try generate(trail) }
        let (set, _) = TemplateLoader().load(try AlarmFiles.read(alarms))
        let plan = CountingPlan(filters: set.filters)
        let files = LogFolder.files(under: trail).files

        let unpacking = try measured { try read(files) { _ in } }
        let scanning = try measured {
            var extractor = FileExtractor(plan: plan)
            try read(files) { text in _ = try extractor.extract(text) }
        }
        try? FileManager.default.removeItem(atPath: place + "/data")
        var counted = 0
        let whole = try measured {
            let store = try Store(directory: place + "/data")
            var ingest = Ingest(store: store, plan: plan, time: SystemTime())
            try ingest.run(files) { counted += $0.count.counted }
        }
        let size = try FileManager.default.attributesOfItem(atPath: place + "/data/trailwatch.sqlite")[.size] as? Int
        for figure in [
            Figure(name: "ingest.unpack", value: Double(counted) / unpacking, unit: "events/CPU-s"),
            Figure(
                name: "ingest.scan", value: Double(counted) / scanning, unit: "events/CPU-s",
                baseline: "ingest.unpack", ratio: scanning / unpacking),
            Figure(
                name: "ingest.whole", value: Double(counted) / whole, unit: "events/CPU-s",
                baseline: "ingest.scan", ratio: whole / scanning),
            Figure(name: "ingest.peak_memory", value: Double(peakMemoryBytes()) / 1_000_000, unit: "MB"),
            Figure(name: "ingest.store", value: Double(size ?? 0) / Double(counted), unit: "bytes/event"),
        ] {
            print(figure.line(asJSON: json))
        }
    }

    private func generate(_ directory: String) throws {
        let end = SystemTime().now()
        for file in TrailPlan(events: events, accounts: 3, days: days, seed: 1, endingAt: end) {
            let url = URL(fileURLWithPath: "\(directory)/\(file.key)")
            try FileManager.default.createDirectory(
                at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(gzipped(file.json)).write(to: url)
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
