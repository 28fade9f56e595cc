import ArgumentParser
import Foundation
import TrailModel
import TrailStore

/// The store on synthetic series: loading, size, sums over all series, one series, starting, memory.
struct StoreBenchmark: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "store", abstract: "Samples per CPU-second, bytes per sample and the CPU time of queries.")

    @Option(help: "Number of series.")
    var series = 100_000

    @Option(help: "Number of days.")
    var days = 7

    @Option(help: "Seed of the series' counts.")
    var seed: UInt64 = 1

    @Option(help: "Each query's figure is the median of so many runs, after one that does not count.")
    var runs = 5

    @Option(help: "Where to work; a temporary directory that is removed, by default. A store there is used again.")
    var directory: String?

    @Option(help: "Measures the bytes of this store alone, such as one that `trailwatch ingest` made.")
    var store: String?

    @Flag(help: "Print each figure as a JSON object.")
    var json = false

    func validate() throws {
        guard runs > 0, series > 0, days > 0 else {
            throw ValidationError("cannot measure \(series) series, \(days) days, \(runs) runs; want 1 or more of each")
        }
    }

    func run() throws {
        if let store { return try showBytes(of: StoreReader(directory: store)) }
        let place = directory ?? FileManager.default.temporaryDirectory.path + "/trailwatch-bench-\(getpid())"
        defer { if directory == nil { try? FileManager.default.removeItem(atPath: place) } }
        if !FileManager.default.fileExists(atPath: place + "/trailwatch.sqlite") { try load(place) }
        resetPeakMemory()
        let memory = residentBytes()
        var reader: StoreReader?
        let starting = try measured {
            reader = try StoreReader(directory: place)
            _ = try reader?.result(of: oneSeries)
        }
        show("store.start", starting * 1000, "CPU-ms")
        guard let reader else { return }
        try showBytes(of: reader)
        for (name, query) in [
            ("store.one_series_one_day", oneSeries),
            ("store.one_source_one_day", sums(days: 1, period: 300, source: "svc7.amazonaws.com")),
            ("store.sum_one_day", sums(days: 1, period: 300)),
            ("store.sum_all_days_by_the_hour", sums(days: days, period: 3600)),
        ] {
            var times: [Double] = []
            for _ in 0...runs {
                // One series is too quick for the clock of the processor's time.
                let rounds = name.contains("one_series") ? 100 : 1
                times.append(
                    try measured { for _ in 0..<rounds { _ = try reader.result(of: query) } } / Double(rounds))
            }
            show(name, times.dropFirst().sorted()[runs / 2] * 1000, "CPU-ms")
        }
        show("store.memory_of_queries", Double(peakMemoryBytes() - memory) / 1_000_000, "MB")
        show("store.peak_memory", Double(peakMemoryBytes()) / 1_000_000, "MB")
    }

    private func showBytes(of reader: StoreReader) throws {
        let figures = try reader.figures()
        let samples = Double(max(figures.samples, 1))
        show("store.bytes", Double(figures.bytes) / samples, "bytes/sample")
        show("store.bytes_of_counted_levels", Double(figures.countedBytes) / samples, "bytes/sample")
        show("store.bytes_of_series", Double(figures.seriesBytes) / samples, "bytes/sample")
        show("store.samples", Double(figures.samples), "samples")
        if figures.eventIDs > 0 {
            show("store.event_ids", Double(figures.eventIDBytes) / Double(figures.eventIDs), "bytes/event")
        }
    }

    private func show(_ name: String, _ value: Double, _ unit: String) {
        print(Figure(name: name, value: value, unit: unit).line(asJSON: json))
    }

    private var end: Timestamp {
        Timestamp(seconds: SyntheticSeries(count: 1, days: 1, seed: seed).start + Int64(days) * 86_400)
    }

    private var oneSeries: MetricQuery {
        let metric = SyntheticSeries(count: 1, days: 1, seed: seed).metric(0)
        return MetricQuery(metric: metric, periodSeconds: 300, from: end.adding(seconds: -86_400), to: end)
    }

    private func sums(days: Int, period: Int64, source: String? = nil) -> MetricQuery {
        MetricQuery(
            namespace: "CloudTrail", metricName: "EventCount",
            schema: .exactly(oneSeries.conditions.map(\.name)),
            conditions: source.map { [MetricQuery.Condition(name: "EventSource", value: $0)] } ?? [],
            groupBy: [source == nil ? "EventSource" : "EventName"], periodSeconds: period,
            from: end.adding(seconds: -Int64(days) * 86_400), to: end)
    }

    /// One commit for each five minutes, as a live trail makes.
    private func load(_ place: String) throws {
        var synthetic = SyntheticSeries(count: series, days: days, seed: seed)
        let store = try Store(directory: place)
        var seconds = 0.0
        var numbers: [UInt32] = []
        let metrics = (0..<series).map { synthetic.metric($0) }
        seconds += try measured { numbers = try store.seriesNumbers(of: metrics) }
        var samples = 0
        for slot in 0..<(days * 288) {
            let time = Timestamp(seconds: synthetic.start + Int64(slot) * 300)
            let batch = synthetic.counts(slot: slot).map { series, count in
                SampleCount(series: numbers[series], slot: time, count: count)
            }
            samples += batch.count
            // The last five minutes are folded alone, as a server does it.
            if slot == days * 288 - 1 { seconds += try measured { try store.fold() } }
            seconds += try measured { try store.add(batch, source: "bench") }
        }
        let folding = try measured { try store.fold() }
        show("store.load", Double(samples) / (seconds + folding), "samples/CPU-s")
        show("store.fold_of_five_minutes", folding * 1000, "CPU-ms")
        try store.close()
    }
}

/// Bytes of this process in memory.
func residentBytes() -> Int {
    let lines = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8))?.split(separator: "\n") ?? []
    let words = lines.first { $0.hasPrefix("VmRSS:") }?.split(separator: " ") ?? []
    return words.count > 1 ? (Int(words[1]) ?? 0) * 1024 : 0
}
