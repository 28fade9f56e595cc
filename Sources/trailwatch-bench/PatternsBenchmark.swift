import ArgumentParser
import Foundation
import TrailEvents
import TrailPatterns
import TrailSources

/// Event rules tried together on every record of unpacked log files; the baseline is scanning with the same fields alone.
struct PatternsBenchmark: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "patterns", abstract: "Events per CPU-second with many event rules.")

    @Argument(help: "A folder of log files.", completion: .directory)
    var logs: String

    @Option(help: "Numbers of rules to measure.")
    var rules = [1, 100, 1000]

    @Option(help: "Events of one run at least: the files are read again and again.")
    var events = 100_000

    @Option(help: "Each figure is the median of so many runs, after one that does not count.")
    var runs = 5

    @Flag(help: "Print each figure as a JSON object.")
    var json = false

    func validate() throws {
        guard runs > 0 else { throw ValidationError("cannot take a median of \(runs) runs; want 1 or more") }
    }

    func run() throws {
        let inflater = Inflater()
        let files = try LogFolder.files(under: logs).files.map { file in
            var text = LogText()
            let packed = Array(try Data(contentsOf: URL(fileURLWithPath: file.path)))
            try inflater.inflate(packed, into: &text)
            return text
        }
        let made = try EventRules(files)
        for count in rules {
            for (kind, texts) in [("exact", made.exact(count)), ("mixed", made.mixed(count))] {
                let matched = try eventsPerSecond(files, texts, isMatching: true)
                let scanned = try eventsPerSecond(files, texts, isMatching: false)
                let figure = Figure(
                    name: "patterns.\(kind).\(count)", value: matched, unit: "events/CPU-s", baseline: "scan alone",
                    ratio: matched / scanned)
                print(figure.line(asJSON: json))
            }
        }
    }

    private func eventsPerSecond(_ files: [LogText], _ texts: [String], isMatching: Bool) throws -> Double {
        var table = FieldTable()
        let compiled = try texts.map { try EventPattern($0).compile(into: &table, for: .cloudTrailRecord) }
        var scanner = RecordScanner(table)
        var matcher = PatternMatcher(PatternSet(rules: compiled))
        var figures: [Double] = []
        for run in 0...runs {
            var (read, held) = (0, 0)
            let seconds = try measured {
                repeat {
                    for file in files {
                        read += try scanner.scan(
                            file,
                            onRecord: { record in if isMatching { matcher.forEachMatch(record) { _ in held += 1 } } })
                    }
                } while read > 0 && read < events
            }
            guard held > 0 || !isMatching else { throw ValidationError("cannot measure: no rule held for any event") }
            if run > 0 { figures.append(Double(read) / seconds) }
        }
        return figures.sorted()[figures.count / 2]
    }
}
