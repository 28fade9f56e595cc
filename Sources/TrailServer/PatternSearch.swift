import TrailEvents
package import TrailPatterns
package import TrailSources
import TrailCounts
import TrailModel

/// A pattern over single events: a metric filter's, or an event rule's.
package enum RecordPattern: Sendable {
    case filter(FilterPattern)
    case rule(EventPattern)

    /// A JSON object is an event pattern, `{ $.field … }` and all else a metric filter's.
    ///
    /// - Throws: ``PatternError`` or ``EventPatternError``.
    package init(_ text: String) throws {
        let rest = text.drop(while: \.isWhitespace)
        let inner = rest.dropFirst().drop(while: \.isWhitespace)
        if rest.first == "{", inner.first == "\"" || inner.first == "}" {
            self = .rule(try EventPattern(text))
        } else {
            self = .filter(try FilterPattern(text))
        }
    }

    /// Why it does not hold for a record, given as JSON; empty when it holds.
    package func misses(in record: String) -> [PatternMiss] {
        switch self {
        case .filter(let pattern): pattern.misses(in: Array(record.utf8))
        case .rule(let pattern): pattern.misses(in: Array(record.utf8))
        }
    }
}

/// Tries one pattern on the events of log files, each event once, in the order of the files.
package struct PatternSearch: ~Copyable {
    private enum Test: Sendable {
        case filter(CompiledPattern)
        case rule(CompiledEventPattern)

        func holds(_ record: borrowing RecordView) -> Bool {
            switch self {
            case .filter(let pattern): pattern.matches(record)
            case .rule(let pattern): pattern.matches(record)
            }
        }
    }

    private let test: Test
    private let describer: EventDescriber
    private let wantedID: String?
    private var scanner: RecordScanner
    private var reader: LocalLogReader
    private var text = LogText()
    private var seen = EventKeySet()
    /// Different events that were read.
    package var eventCount: Int { seen.count }
    /// Elements of `Records` that cannot be events.
    package private(set) var badRecordCount = 0
    /// Events for which the pattern holds.
    package private(set) var matchCount = 0
    /// The first event of all, matching or not.
    package private(set) var first: EventSearch.Event?

    /// A search for the events that `pattern` holds for or, when `eventID` is given, for that event alone.
    package init(_ pattern: RecordPattern, eventID: String? = nil, library: InflateLibrary = .auto) {
        var table = FieldTable()
        test =
            switch pattern {
            case .filter(let pattern): .filter(pattern.compile(into: &table))
            case .rule(let pattern): .rule(pattern.compile(into: &table, for: .cloudTrailRecord))
            }
        describer = EventDescriber(into: &table)
        scanner = RecordScanner(table)
        reader = LocalLogReader(library: library)
        wantedID = eventID
    }

    /// Searches the file at `path` and reports what is looked for.
    ///
    /// - Throws: ``LogReadError`` or ``LogFileError``; nothing of the file was reported then.
    package mutating func search(_ path: String, report: (EventSearch.Event) -> Void) throws {
        try reader.read(path, into: &text)
        let (test, describer, wantedID) = (test, describer, wantedID)
        var found: [EventSearch.Event] = []
        var keys: [EventKey] = []
        var matches = 0
        var bad = 0
        var first = first
        // Out of `self`, so that it is neither copied for each file nor held twice when the file's keys go in.
        var known = EventKeySet()
        swap(&known, &seen)
        defer { swap(&known, &seen) }
        var own = EventKeySet()
        try scanner.scan(
            text,
            onRecord: { record in
                guard !known.contains(record.key), own.insert(record.key), let seconds = record.eventSeconds else {
                    return
                }
                keys.append(record.key)
                let time = Timestamp(seconds: seconds)
                if first == nil { first = describer.event(record, time: time, path: path) }
                let holds = test.holds(record)
                if holds { matches += 1 }
                guard wantedID.map({ $0 == record.string(.eventID) }) ?? holds else { return }
                found.append(describer.event(record, time: time, path: path))
            }, onBadRecord: { _ in bad += 1 })
        for key in keys { known.insert(key) }
        self.first = first
        matchCount += matches
        badRecordCount += bad
        for event in found { report(event) }
    }
}
