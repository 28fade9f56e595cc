import TrailCounts
import TrailEvents
import TrailSources

/// The parts of intake that need no store, each over packed files in memory; every function gives its CPU time.
struct Stages {
    private let packed: [[UInt8]]
    private let plan: CountingPlan
    private(set) var events = 0.0
    /// Of JSON.
    private(set) var megabytes = 0.0

    init(_ packed: [[UInt8]], plan: CountingPlan) throws {
        self.packed = packed
        self.plan = plan
        var scanner = RecordScanner(FieldTable())
        var count = 0
        var bytes = 0
        try forEachText { text in
            count += try scanner.scan(text) { _ in }
            bytes += text.count
        }
        events = Double(count)
        megabytes = Double(bytes) / 1_000_000
    }

    func inflate() throws -> Double {
        try measured { try forEachText { _ in } }
    }

    /// Finds the fields that every record is asked for.
    func scan() throws -> Double {
        try measured {
            var scanner = RecordScanner(FieldTable())
            try forEachText { text in _ = try scanner.scan(text) { _ in } }
        }
    }

    /// Events by slot of five minutes, source, name and error code.
    func count() throws -> Double {
        try measured {
            var scanner = RecordScanner(FieldTable())
            var counter = SlotCounter()
            try forEachText { text in _ = try scanner.scan(text) { counter.add($0) } }
            guard counter.events == Int(events) else { throw BenchmarkError.miscounted(counter.events, Int(events)) }
        }
    }

    /// What a worker makes of each file: event keys, activities, matches of all filters, terms for the event index.
    func extract() throws -> Double {
        try measured {
            var extractor = FileExtractor(plan: plan)
            try forEachText { text in _ = try extractor.extract(text) }
        }
    }

    private func forEachText(_ use: (LogText) throws -> Void) throws {
        let inflater = Inflater()
        var text = LogText()
        for bytes in packed {
            try inflater.inflate(bytes, into: &text)
            try use(text)
        }
    }
}

enum BenchmarkError: Error, CustomStringConvertible {
    case miscounted(Int, Int)

    var description: String {
        switch self {
        case .miscounted(let got, let want): "cannot trust the benchmark: counted \(got) events; want \(want)"
        }
    }
}
