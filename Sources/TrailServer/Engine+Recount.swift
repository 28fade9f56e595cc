import Logging
import TrailCounts
import TrailModel
import TrailPatterns

extension Engine {
    /// Starts to count known files back for the present filters, from the beginning when these changed.
    func beginRecount() throws {
        guard plan.filterNames != recountedFilters else { return }
        let new = try Recount(
            store: store, filters: plan.filters, library: settings.inflateLibrary, workers: settings.workers)
        recountedFilters = plan.filterNames
        recount = new
        for (filter, files) in new.overlapping {
            logger.warning(
                "Files keep what a filter that is gone counted for a metric: its values differ from those of the present one",
                metadata: ["filter": "\(filter.name)", "metric": "\(filter.metric.name)", "files": "\(files)"])
        }
        guard !new.isDone else { return }
        logger.notice(
            "Counting known files back for filters that they were read without",
            metadata: ["files": "\(new.progress.files)", "filters": "\(new.filterText)"])
    }

    /// Counts a slice of the known files back.
    ///
    /// - Returns: True when more wait.
    func recountSlice() throws -> Bool {
        guard let recount, !recount.isDone else { return false }
        if try recount.step() { return true }
        let progress = recount.progress
        logger.notice("Counted known files back", metadata: ["files": "\(progress.counted)"])
        if progress.unavailable > 0 {
            logger.warning(
                "Files could not be counted back: put them where they were read and start again",
                metadata: [
                    "files": "\(progress.unavailable)", "first": "\(progress.firstFault ?? "")",
                ])
        }
        return false
    }
}
