import ArgumentParser

/// Measures the hot paths: CPU per unit of work, as a ratio to a baseline measured in the same run.
@main
struct Benchmarks: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "trailwatch-bench", abstract: "Measure Trailwatch against baselines of the same run.",
        subcommands: [
            CollectBenchmark.self, StoreBenchmark.self, AlarmsBenchmark.self, PatternsBenchmark.self,
            IngestBenchmark.self,
        ])
}
