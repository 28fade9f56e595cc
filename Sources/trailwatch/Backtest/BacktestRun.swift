import Foundation
import Logging
import TrailModel
import TrailServer
import TrailSources
import TrailStore
import TrailTemplates

/// Finds the events of a backtest and runs one or two sets of alarm files over them.
struct BacktestRun {
    enum Source {
        case files([String])
        case store(directory: String)
    }

    struct Outcome {
        var now: BacktestResult
        var before: BacktestResult?
        /// What was read; `nil` when the counts of a store were taken as they are.
        var account: BacktestFiles.Account?
        var messages: [String] = []
        /// True when a file that was named could not be read.
        var hasFaults = false
    }

    /// A replay goes on for so long behind the last file: by then every event counts as there.
    private static let afterLastSeconds: Int64 = 1200

    let set: AlarmSet
    let against: AlarmSet?
    let templates: TemplateSettings
    let from: Timestamp?
    let to: Timestamp?
    let now: Timestamp
    let latenessSeconds: Int64?
    let library: InflateLibrary
    let workers: Int

    // MARK: Settled

    /// The settled decisions over `source`.
    func settled(_ source: Source) throws -> Outcome {
        let union = FilterUnion(set.filters, against: against?.filters ?? [])
        let counter = BacktestFiles(library: library, workers: workers)
        var messages: [String] = []
        var account: BacktestFiles.Account?
        let counts: BacktestCounts
        switch source {
        case .files(let paths):
            let (files, faults) = Self.list(paths)
            messages += faults
            var bar = ProgressBar(total: files.count)
            let (store, read) = try counter.count(files, filters: union.filters) { bar.advance() }
            bar.clear()
            messages += read.faults.map { "error: \($0)" }
            account = read
            counts = BacktestCounts(store)
        case .store(let directory):
            let store = try BacktestStore(reader: try StoreReader(directory: directory), filters: union.filters)
            var bar = ProgressBar(total: store.files.count)
            let (found, notes) = try store.counts(by: counter) { bar.advance() }
            bar.clear()
            messages += notes
            counts = found
        }
        let end = if case .store = source { to ?? now } else { to }
        var result = Outcome(
            now: try Backtest(counts: counts, set: set).run(from: from, to: end), account: account,
            messages: messages, hasFaults: messages.contains { $0.hasPrefix("error: ") })
        if let against {
            result.before = try Backtest(counts: counts.renaming(union.formerName), set: against).run(
                from: from, to: end)
        }
        return result
    }

    // MARK: By arrivals

    /// The decisions as they would have come while the files of `source` arrived.
    func replayed(_ source: Source) throws -> Outcome {
        var messages: [String] = []
        var arrivals: [BacktestReplay.Arrival] = []
        var start: Timestamp?
        switch source {
        case .files(let paths):
            let (files, faults) = Self.list(paths)
            messages += faults
            arrivals = BacktestReplay.Arrival.byStamp(files, library: library)
        case .store(let directory):
            let reader = try StoreReader(directory: directory)
            let (found, faults) = BacktestReplay.Arrival.byLedger(try reader.ledgerFiles())
            arrivals = found
            if let first = faults.first {
                messages.append(
                    "warning: \(faults.count) of \(faults.count + found.count) counted files cannot be read again, and are "
                        + "missing here; the first: \(first)")
            }
            // Marks of sources lie so long before the first start of the server.
            start = try reader.sources().map { $0.mark.adding(seconds: BacktestReplay.markSeconds) }.min()
        }
        let first = arrivals.first { $0.time.seconds > 0 }?.time.floored(toSeconds: 60)
        let begin = min(first ?? start ?? now, start ?? first ?? now)
        let last = arrivals.last?.time.adding(seconds: Self.afterLastSeconds).ceiled(toSeconds: 60)
        var settings = BacktestReplay.Settings(templates: templates, start: begin, end: to ?? last ?? begin)
        settings.latenessSeconds = latenessSeconds
        settings.library = library
        let logger = Logger(label: "trailwatch") { _ in SwiftLogNoOpLogHandler() }
        var bar = ProgressBar(total: arrivals.count * (against == nil ? 1 : 2))
        var replay = try BacktestReplay(set: set, settings: settings, logger: logger)
        var result = Outcome(now: try replay.run(arrivals, from: from) { bar.advance() }, account: replay.account)
        if let against {
            var former = try BacktestReplay(set: against, settings: settings, logger: logger)
            result.before = try former.run(arrivals, from: from) { bar.advance() }
        }
        bar.clear()
        result.messages = messages + replay.account.faults.map { "error: \($0)" }
        result.hasFaults = result.messages.contains { $0.hasPrefix("error: ") }
        return result
    }

    private static func list(_ paths: [String]) -> (files: [LogFile], faults: [String]) {
        let listings = paths.map { LogFolder.files(under: $0) }
        return (listings.flatMap(\.files), listings.flatMap(\.faults).map { "error: \($0.message)" })
    }
}
