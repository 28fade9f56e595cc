package import TrailCounts
package import TrailEvents
package import TrailModel
package import TrailSources
package import TrailStore

/// Finds events in log files: newest first, each once.
package struct EventSearch: ~Copyable {
    /// An event that was looked for.
    package struct Event: Sendable {
        package let time: Timestamp
        package let key: EventKey
        package let path: String
        /// 0-based number of the record in its file.
        package let index: Int
        package let eventID: String
        package let account: String
        package let region: String
        package let source: String
        package let name: String
        /// Empty for a call that succeeded.
        package let errorCode: String
        package let user: String
        package let accessKey: String
        package let address: String
        package let resources: [String]
        /// The record as it stands in its file, on one line.
        package let record: String
    }

    /// What a search did, apart from the events it found.
    package struct Summary: Sendable {
        /// Files read; with a limit, those that could hold no newer event are left out.
        package var filesRead = 0
        package var events = 0
        /// Why a file could not be searched.
        package var faults: [String] = []
    }

    /// Reads the file at `path` into a text.
    package typealias Reader = (_ path: String, inout LogText) async throws -> Void

    private let matcher: EventMatcher
    private let describer: EventDescriber
    private let limit: Int
    private var scanner: RecordScanner
    private var text = LogText()
    private var waiting: [Event] = []
    private var shown = EventKeySet()
    private var summary = Summary()

    /// At most `limit` events are found, the newest.
    package init(_ query: EventQuery, limit: Int = .max) {
        var table = FieldTable()
        matcher = EventMatcher(query, into: &table)
        describer = EventDescriber(into: &table)
        scanner = RecordScanner(table)
        self.limit = limit
    }

    /// Searches `files`, which come with the latest event first, and reports each event found.
    ///
    /// An event is reported as soon as no file that is left can hold a newer one. The order is by time, the newest
    /// first, then by path and place in the file; of several copies the first in this order is reported.
    /// - Throws: What `report` throws; a file that cannot be read is named in the summary.
    package mutating func run(
        _ files: [IndexedFile], reader: Reader, report: (Event) throws -> Void
    ) async throws -> Summary {
        for (number, file) in files.enumerated() {
            try flush(newerThan: file.last, report)
            if summary.events >= limit { return summary }
            await search(file, reader)
            summary.filesRead = number + 1
            dropBeyondLimit()
        }
        try flush(newerThan: nil, report)
        return summary
    }

    private mutating func search(_ file: IndexedFile, _ reader: Reader) async {
        let matcher = matcher
        let describer = describer
        var found: [Event] = []
        do {
            try await reader(file.path, &text)
            try scanner.scan(text) { record in
                guard matcher.matches(record), let seconds = record.eventSeconds else { return }
                found.append(describer.event(record, time: Timestamp(seconds: seconds), path: file.path))
            }
            waiting += found
        } catch let error as LogReadError {
            summary.faults.append(error.message)
        } catch let error as S3Error {
            summary.faults.append(error.message)
        } catch {
            summary.faults.append("\(file.path): \(error)")
        }
    }

    private mutating func flush(newerThan time: Timestamp?, _ report: (Event) throws -> Void) throws {
        waiting.sort(by: comesBefore)
        let ready = time.map { time in waiting.firstIndex { $0.time <= time } ?? waiting.count } ?? waiting.count
        for event in waiting[..<ready] where summary.events < limit {
            guard shown.insert(event.key) else { continue }
            summary.events += 1
            try report(event)
        }
        waiting.removeFirst(ready)
    }

    /// Keeps no more events than can still be asked for.
    private mutating func dropBeyondLimit() {
        guard limit < Int.max / 4, waiting.count > 2 * limit + 1000 else { return }
        waiting.sort(by: comesBefore)
        var kept: [Event] = []
        var keys = EventKeySet()
        for event in waiting where kept.count < limit && keys.insert(event.key) { kept.append(event) }
        waiting = kept
    }
}

private func comesBefore(_ left: EventSearch.Event, _ right: EventSearch.Event) -> Bool {
    (right.time, left.path, left.index) < (left.time, right.path, right.index)
}

/// Reads local log files, packed or not.
package struct LocalLogReader: ~Copyable {
    private var reader: LogFileReader

    package init(library: InflateLibrary = .auto) {
        reader = LogFileReader(library: library)
    }

    package mutating func read(_ path: String, into text: inout LogText) throws {
        let file: LogFile
        do throws(FileSystemError) {
            file = try LogFile(path: path)
        } catch {
            throw LogReadError.fileSystem(error)
        }
        _ = try reader.read(file, into: &text)
    }

    /// Reads a file whose bytes are at hand.
    func read(_ bytes: [UInt8], name: String, into text: inout LogText) throws {
        try reader.read(bytes, name: name, into: &text)
    }
}

/// Makes an ``EventSearch/Event`` of a record.
struct EventDescriber: Sendable {
    private let terms: EventTerms
    private let principalID: FieldID
    private let accessKeyID: FieldID

    init(into table: inout FieldTable) {
        terms = EventTerms(into: &table)
        principalID = table.add([.member("userIdentity"), .member("principalId")])
        accessKeyID = table.add([.member("userIdentity"), .member("accessKeyId")])
    }

    func event(_ record: borrowing RecordView, time: Timestamp, path: String) -> EventSearch.Event {
        func first(_ fields: [FieldID]) -> String {
            for field in fields {
                if let text = record.string(field), !text.isEmpty { return text }
            }
            return ""
        }
        return EventSearch.Event(
            time: time, key: record.key, path: path, index: record.index, eventID: first([.eventID]),
            account: terms.account(of: record), region: first([.awsRegion]), source: first([.eventSource]),
            name: first([.eventName]), errorCode: terms.errorCode(of: record),
            user: first([
                .userIdentityARN, .userIdentityUserName, principalID, .userIdentityInvokedBy, .userIdentityType,
            ]),
            accessKey: first([accessKeyID]), address: first([.sourceIPAddress]), resources: terms.resources(of: record),
            record: String(
                decoding: record.recordBytes.lazy.map { $0 == 0x0A || $0 == 0x0D ? 0x20 : $0 }, as: UTF8.self))
    }
}
