import Dispatch
import Foundation
import Synchronization
import TrailCounts
import TrailEvents
import TrailSources
import TrailStore

/// Unpacks and scans log files on several threads, and hands them out in the order in which they were given.
///
/// The threads run ahead of whoever takes the files, far enough to go on during a commit or a fold, and no further than
/// so many files and events, so that memory stays bounded.
final class DecodingPool: Sendable {
    static let filesAheadMax = 512
    /// Threads begin no file while those that wait hold more events.
    static let eventsAheadMax = 60_000

    fileprivate struct State {
        var next = 0
        var isCancelled = false
        var decoded: [Int: ReadFile] = [:]
        /// Events of the files in `decoded`.
        var eventsAhead = 0
        /// Threads that wait until there are fewer.
        var paused = 0
    }

    private let files: [LogFile]
    private let plan: CountingPlan
    private let library: InflateLibrary
    private let state = Mutex(State())
    private let free = DispatchSemaphore(value: filesAheadMax)
    private let resumed = DispatchSemaphore(value: 0)
    /// One for each place ahead, raised when the file of that place is decoded.
    private let filled = (0..<filesAheadMax).map { _ in DispatchSemaphore(value: 0) }

    /// Starts decoding.
    init(_ files: [LogFile], plan: CountingPlan, library: InflateLibrary, workers: Int) {
        self.files = files
        self.plan = plan
        self.library = library
        for _ in 0..<max(1, workers) {
            let thread = Thread { self.work() }
            thread.start()
        }
    }

    /// The file at `index`; to be asked for once each, from 0 on.
    func take(_ index: Int) -> ReadFile? {
        filled[index % filled.count].wait()
        let (file, paused) = state.withLock { state in
            let file = state.decoded.removeValue(forKey: index)
            state.eventsAhead -= file?.extract?.events.count ?? 0
            return (file, state.eventsAhead <= Self.eventsAheadMax / 2 ? state.wakePaused() : 0)
        }
        for _ in 0..<paused { resumed.signal() }
        free.signal()
        return file
    }

    /// Lets the threads end; what is not taken is dropped.
    func cancel() {
        let paused = state.withLock { state in
            state.isCancelled = true
            return state.wakePaused()
        }
        for _ in 0..<paused { resumed.signal() }
        for _ in filled { free.signal() }
    }

    private enum Turn {
        case file(Int), pause, end
    }

    private func work() {
        var decoder = FileDecoder(plan: plan, library: library)
        while true {
            free.wait()
            var turn = nextTurn()
            while case .pause = turn {
                resumed.wait()
                turn = nextTurn()
            }
            guard case .file(let index) = turn else {
                // The next thread that waits has nothing to do either.
                free.signal()
                return
            }
            let file = decoder.decode(files[index])
            state.withLock { state in
                state.decoded[index] = file
                state.eventsAhead += file.extract?.events.count ?? 0
            }
            filled[index % filled.count].signal()
        }
    }

    private func nextTurn() -> Turn {
        state.withLock { state in
            guard !state.isCancelled, state.next < files.count else { return .end }
            guard state.eventsAhead <= Self.eventsAheadMax else {
                state.paused += 1
                return .pause
            }
            state.next += 1
            return .file(state.next - 1)
        }
    }
}

extension DecodingPool.State {
    /// The number of threads to wake, which are no longer paused.
    fileprivate mutating func wakePaused() -> Int {
        defer { paused = 0 }
        return paused
    }
}

/// Reads log files one after another: the part of intake that needs no store.
struct FileDecoder: ~Copyable {
    private var reader: LogFileReader
    private var extractor: FileExtractor
    private var text = LogText()
    private let workingDirectory = URL(fileURLWithPath: ".").standardizedFileURL.path

    init(plan: CountingPlan, library: InflateLibrary) {
        reader = LogFileReader(library: library)
        extractor = FileExtractor(plan: plan)
    }

    mutating func decode(_ file: LogFile) -> ReadFile {
        defer { if text.capacityBytes > LogFileReader.keptBytesMax { text = LogText() } }
        do throws(LogReadError) {
            let key = try reader.read(file, into: &text)
            // Not what was listed: the ledger must know the file by what was counted of it.
            let size = Int64(reader.fileBytes)
            do throws(LogFileError) {
                let extract = try extractor.extract(text)
                return ReadFile(
                    key: key, path: file.origin ?? absolute(file.path), size: size, status: .counted,
                    extract: extract)
            } catch .digest {
                return ReadFile(key: key, size: size, status: .digest)
            } catch {
                return ReadFile(key: key, size: size, status: .rejected, reason: "\(file.name): \(error)")
            }
        } catch {
            let key = LogFileReader.ledgerKey(ofPath: file.path) ?? file.path
            return ReadFile(
                key: key, size: file.size, status: .rejected,
                reason: error.message.replacing(file.path, with: file.name))
        }
    }

    /// The event index outlives the working directory.
    private func absolute(_ path: String) -> String {
        if path.hasPrefix("/") || path.contains("://") { return path }
        // Nearly all paths are plain, and a URL costs as much as reading the file.
        if path.contains("./") || path.contains("//") { return URL(fileURLWithPath: path).standardizedFileURL.path }
        return "\(workingDirectory)/\(path)"
    }
}
