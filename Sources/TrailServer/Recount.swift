import TrailCounts
package import TrailModel
package import TrailPatterns
package import TrailSources
package import TrailStore

/// Counts known files back for the filters that they were read without, a slice at a time, in the order in which they
/// were counted first.
///
/// What was counted stays counted when it ends before all is done; a new one goes on with the rest.
package final class Recount {
    /// The name under which it leaves its changes: decisions that they make are never announced.
    static let source = "recount"
    /// A slice, which is one transaction, is at most so many files, and at most so many records unless one file has more.
    package static let sliceFilesMax = 64
    static let sliceRecordsMax = 20_000
    private static let namesMax = 3
    /// Files that are asked for at once.
    private static let queueFilesMax = 8192

    /// What has become of the files so far.
    package struct Progress: Equatable, Sendable {
        /// Files that were to be counted back at the beginning.
        package internal(set) var files = 0
        package internal(set) var counted = 0
        /// Files that are not where they were, hold something else now, or cannot be read; they are not tried again.
        package internal(set) var unavailable = 0
        /// Why the first of these was not counted.
        package internal(set) var firstFault: String?

        package var waiting: Int { max(0, files - counted - unavailable) }
    }

    package private(set) var progress = Progress()
    private let store: Store
    private let plan: RecountPlan
    private let library: InflateLibrary
    private let workers: Int
    private let sliceFilesMax: Int
    private var decoder: FileDecoder
    private var queue: ArraySlice<UncountedFile> = []
    private var last: UncountedFile?

    /// Finds out what `filters` were not counted over.
    package init(
        store: Store, filters: [MetricFilter], library: InflateLibrary = .auto, workers: Int = 1,
        sliceFilesMax: Int = Recount.sliceFilesMax
    ) throws {
        self.store = store
        self.sliceFilesMax = sliceFilesMax
        plan = try store.recountPlan(for: filters)
        self.library = library
        self.workers = workers
        decoder = FileDecoder(plan: plan.counting, library: library)
        progress.files = plan.files
        isDone = plan.files == 0
    }

    package private(set) var isDone: Bool

    /// The metrics whose history is not complete until it is done.
    package var metrics: Set<Metric> { isDone ? [] : Set(plan.counting.filters.map(\.metric)) }

    /// Those of which it takes samples away, so that what was counted may be too much until it is done.
    package var reducedMetrics: Set<Metric> {
        let added = Set(plan.uncounted.map(CountingPlan.ledgerName))
        let replaced = plan.counting.filters.filter { !added.contains(CountingPlan.ledgerName($0)) }
        return isDone ? [] : Set(replaced.map(\.metric))
    }

    /// The filters that are counted back, a few by name.
    package var filterText: String {
        let names = plan.uncounted.map(\.name)
        return names.count <= Self.namesMax ? names.joined(separator: ", ") : "\(names.count) metric filters"
    }

    /// Filters that files cannot be counted with, since the samples of one that is gone cannot be taken back.
    package var overlapping: [(filter: MetricFilter, files: Int)] { plan.overlapping }

    /// Counts one slice.
    ///
    /// - Returns: True when more files wait.
    /// - Throws: What keeps the store from reading or writing; the next call tries the same again.
    package func step() throws -> Bool {
        guard !isDone else { return false }
        if queue.isEmpty {
            let files = try store.uncountedFiles(of: plan, after: last, limit: Self.queueFilesMax)
            queue = files[...]
            isDone = files.isEmpty
        }
        let slice = nextSlice()
        var now = progress
        let read = decode(slice, &now)
        do {
            try store.recount(read, plan: plan, source: Self.source)
            now.counted += read.count
        } catch let error as StoreError where error.isAboutOneFile {
            // One of them is at fault: each alone shows which.
            for one in read {
                do {
                    try store.recount([one], plan: plan, source: Self.source)
                    now.counted += 1
                } catch let error as StoreError where error.isAboutOneFile {
                    now.note(UnavailableFile(reason: "\(one.file.key): \(error)"))
                }
            }
        }
        progress = now
        last = slice.last ?? last
        queue.removeFirst(slice.count)
        return !isDone
    }

    private func nextSlice() -> [UncountedFile] {
        var records = 0
        var slice: [UncountedFile] = []
        for file in queue.prefix(sliceFilesMax) {
            records += file.records
            if records > Self.sliceRecordsMax && !slice.isEmpty { break }
            slice.append(file)
        }
        return slice
    }

    private func decode(
        _ slice: [UncountedFile], _ progress: inout Progress
    ) -> [(file: UncountedFile, extract: FileExtract)] {
        var found: [(file: UncountedFile, log: LogFile)] = []
        for file in slice {
            do throws(UnavailableFile) {
                found.append((file, try LogFile(key: file.key, path: file.path, size: file.size)))
            } catch {
                progress.note(error)
            }
        }
        var read: [(file: UncountedFile, extract: FileExtract)] = []
        let pool =
            workers > 1 && found.count >= Ingest.parallelFilesMin
            ? DecodingPool(found.map(\.log), plan: plan.counting, library: library, workers: workers) : nil
        for (index, (file, log)) in found.enumerated() {
            guard let decoded = pool.map({ $0.take(index) }) ?? decoder.decode(log) else { continue }
            if let extract = decoded.extract, decoded.key == file.key {
                read.append((file, extract))
            } else {
                progress.note(UnavailableFile(reason: decoded.reason ?? "\(log.path) holds something else now"))
            }
        }
        pool?.cancel()
        return read
    }
}

extension Recount.Progress {
    fileprivate mutating func note(_ fault: UnavailableFile) {
        unavailable += 1
        if firstFault == nil { firstFault = fault.reason }
    }
}
