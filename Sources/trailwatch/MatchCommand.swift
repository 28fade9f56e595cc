import ArgumentParser
import Foundation
import TrailPatterns
import TrailServer
import TrailSources

/// `trailwatch match`: which recorded events a pattern holds for, and why not for one of them.
struct MatchCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "match", abstract: "Try a pattern on the events of log files.",
        discussion: """
            Prints each event that the pattern holds for, once, in the order of the files; standard error says how many \
            of how many. No data directory is needed. Exit 1 when nothing matched, or when a file could not be read.
            """)

    @OptionGroup var options: SettingsOptions

    @Argument(
        help: """
            A metric filter pattern, such as { $.errorCode = "*Denied" }, or an event pattern, such as \
            {"detail": {"eventName": ["StopLogging"]}}.
            """)
    var pattern: String

    @Argument(help: "Log files, or directories of them.", completion: .file())
    var paths: [String]

    @Option(help: "table; csv with a header; json: each record as it was logged, one on a line.")
    var format = EventsCommand.Format.table

    @Option(
        help: ArgumentHelp(
            "Say why the pattern holds or does not hold for the event with this eventID.",
            discussion: "When the paths hold one event alone, that is said of it without the option.",
            valueName: "event-id"))
    var explain: String?

    func run() throws {
        let pattern: RecordPattern
        do {
            pattern = try RecordPattern(self.pattern)
        } catch {
            throw ValidationError("\(error)")
        }
        do {
            try match(pattern)
        } catch {
            throw exitError(after: error)
        }
    }

    private func match(_ pattern: RecordPattern) throws {
        let settings = try options.settings(environment: ProcessInfo.processInfo.environment)
        let listings = paths.map { LogFolder.files(under: $0) }
        var hasFaults = false
        for fault in listings.flatMap(\.faults) {
            hasFaults = true
            printError("error: \(fault.message)")
        }
        var search = PatternSearch(pattern, eventID: explain, library: try settings.inflateLibrary())
        let output = EventOutput(format: format, names: AccountNames())
        if explain == nil { output.begin() }
        var explained: EventSearch.Event?
        for file in listings.flatMap(\.files) {
            do {
                try search.search(file.path) { event in
                    if explain == nil { output.write(event) } else { explained = explained ?? event }
                }
            } catch let error as LogReadError {
                hasFaults = true
                printError("error: \(error.message)")
            } catch {
                hasFaults = true
                printError("error: \(file.path): \(error)")
            }
        }
        if search.badRecordCount > 0 { printError("warning: \(search.badRecordCount) records cannot be events") }
        if let explain {
            guard let explained else {
                printError("error: no event \(explain) among \(search.eventCount); want an eventID of these files")
                throw ExitCode(1)
            }
            guard write(pattern.misses(in: explained.record), of: explained), !hasFaults else { throw ExitCode(1) }
            return
        }
        printError("\(search.matchCount) of \(search.eventCount) events match")
        if search.eventCount == 1, search.matchCount == 0, let event = search.first {
            for line in Self.lines(pattern.misses(in: event.record)) { printError(line) }
        }
        if hasFaults || search.matchCount == 0 { throw ExitCode(1) }
    }

    /// Prints the answer to `--explain`; true when the pattern holds.
    private func write(_ misses: [PatternMiss], of event: EventSearch.Event) -> Bool {
        if format == .json {
            let answer = Answer(
                eventID: event.eventID, matches: misses.isEmpty,
                misses: misses.map { Answer.Miss(clause: $0.clause, found: $0.found) })
            print(jsonLine(answer))
        } else {
            print("\(event.eventID) \(misses.isEmpty ? "matches" : "does not match:")")
            for line in Self.lines(misses) { print(line) }
        }
        return misses.isEmpty
    }

    private static func lines(_ misses: [PatternMiss]) -> [String] {
        misses.map { onOneLine("  \($0.clause) does not hold: found \($0.found)") }
    }

    private struct Answer: Encodable {
        struct Miss: Encodable {
            let clause: String
            let found: String
        }

        let eventID: String
        let matches: Bool
        let misses: [Miss]
    }
}

/// A value as JSON on one line, members sorted by name.
func jsonLine(_ value: some Encodable) -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    // Texts, numbers and truth values alone: nothing that could fail.
    return (try? encoder.encode(value)).map { String(decoding: $0, as: UTF8.self) } ?? "null"
}
