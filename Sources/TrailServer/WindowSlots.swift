import TrailAlarms
import TrailModel
import TrailPatterns
import TrailStore

/// The slots of a window: those of the store, and in place of deleted ones what log files give when they are counted again.
struct WindowSlots {
    /// Where the slots come from when some of the store's were deleted.
    enum Origin {
        /// From so many log files, all that the ledger has for the window.
        case recounted(Store, files: Int)
        /// Of this width, since what they are made of cannot be counted again.
        case wider(Resolution, reason: String)
    }

    let range: Range<Timestamp>
    /// The width that they are counted in, and before which time those were deleted.
    let resolution: Resolution
    let keptFrom: Timestamp?
    /// `nil` when all are kept.
    let origin: Origin?
    private let reader: StoreReader

    fileprivate init(
        _ range: Range<Timestamp>, _ resolution: Resolution, keptFrom: Timestamp?, _ origin: Origin?,
        _ reader: StoreReader
    ) {
        self.range = range
        self.resolution = resolution
        self.keptFrom = keptFrom
        self.origin = origin
        self.reader = reader
    }

    /// The slots that are wider than those of counting; `nil` where all can be read as they were counted.
    var width: Resolution? {
        if case .wider(let width, _) = origin { width } else { nil }
    }

    /// What is known now.
    func now(_ metric: Metric, _ range: Range<Timestamp>) throws -> [(start: Timestamp, set: StatisticSet)] {
        guard case .recounted(let store, _) = origin, let keptFrom, metric.resolution == resolution else {
            return try reader.slots(of: metric, in: range)
        }
        let anew = try store.slots(
            of: metric, in: range.clamped(to: range.lowerBound..<max(range.lowerBound, keptFrom)))
        guard keptFrom < range.upperBound else { return anew }
        return anew + (try reader.slots(of: metric, in: max(range.lowerBound, keptFrom)..<range.upperBound))
    }

    /// What they were without some changes; not to be asked of wider slots.
    func undoing(
        _ changes: ChangesToUndo, _ metric: Metric, _ range: Range<Timestamp>
    ) throws -> [(start: Timestamp, set: StatisticSet)] {
        guard origin != nil else { return try reader.slots(of: metric, in: range, undoing: changes) }
        return try reader.undoing(changes, in: now(metric, range), of: metric, range)
    }

    /// A sentence on slots that were deleted; `nil` when all are kept.
    func note(of alarm: MetricAlarm, windowEnd: Timestamp) -> String? {
        guard let origin, let keptFrom else { return nil }
        let deleted =
            "Slots of \(resolution.seconds) s before \(keptFrom.rfc3339) were deleted, as --retention says: "
        switch origin {
        case .recounted(_, let files):
            return deleted
                + (files == 0
                    ? "no log file holds events of this window."
                    : "those of this window were counted again from \(files) log \(files == 1 ? "file" : "files").")
        case .wider(let width, let reason):
            let end = windowEnd.floored(toSeconds: width.seconds)
            let window = end == windowEnd ? "" : ", here at \(end.rfc3339)"
            let parts =
                alarm.periodSeconds % width.seconds == 0
                ? "" : "; each stands as its last \(resolution.seconds) s, so that shorter periods hold something else"
            return deleted + "what is known now is evaluated from slots of \(width.seconds) s, at the ends of these"
                + "\(window)\(parts), because \(reason)."
        }
    }

    /// For programs; `nil` when all are kept.
    var json: JSONValue? {
        guard let origin, let keptFrom else { return nil }
        var (files, seconds): (JSONValue, Int64) = (.null, resolution.seconds)
        var fault: String?
        switch origin {
        case .recounted(_, let count): files = .integer(Int64(count))
        case .wider(let width, let reason): (seconds, fault) = (width.seconds, reason)
        }
        return .members([
            ("keptFrom", .string(keptFrom.rfc3339)), ("recountedFiles", files), ("slotSeconds", .integer(seconds)),
            ("fault", .optional(fault)),
        ])
    }
}

/// Finds the slots of windows, and counts log files once for all contributors of an alarm.
final class WindowSlotsReader {
    private let reader: StoreReader
    private var last: (version: AlarmVersion, slots: WindowSlots)?

    init(_ reader: StoreReader) { self.reader = reader }

    /// The slots of `range` for the alarm of a version.
    ///
    /// - Throws: What keeps the store from being read, or the temporary one from being written.
    func slots(
        _ range: Range<Timestamp>, _ resolution: Resolution, _ version: AlarmVersion, _ filters: [MetricFilter]
    ) throws -> WindowSlots {
        if let last, last.version == version, last.slots.range == range, last.slots.resolution == resolution {
            return last.slots
        }
        let kept = try reader.keptFrom(resolution)
        var origin: WindowSlots.Origin?
        if let kept, range.lowerBound < kept {
            origin = try self.origin(range.clamped(to: range.lowerBound..<kept), resolution, version, filters)
        }
        let slots = WindowSlots(range, resolution, keptFrom: origin == nil ? nil : kept, origin, reader)
        last = (version, slots)
        return slots
    }

    private func origin(
        _ range: Range<Timestamp>, _ resolution: Resolution, _ version: AlarmVersion, _ filters: [MetricFilter]
    ) throws -> WindowSlots.Origin {
        func wider(_ reason: String) throws -> WindowSlots.Origin {
            let held = try resolution.coarser.first { level in
                try reader.keptFrom(level).map { range.lowerBound >= $0 } ?? true
            }
            return .wider(held ?? resolution.coarser.last ?? resolution, reason: reason)
        }
        guard version.filters != nil || resolution != .minute else {
            return try wider("the metric filters of then were not kept by the version that loaded the alarm")
        }
        let files = try reader.ledgerFiles(holding: range)
        let (store, account, lacking) = try BacktestFiles().recount(files, filters: filters)
        guard let first = lacking.first else { return .recounted(store, files: files.count) }
        let all = files.count == 1 ? "its log file" : "\(lacking.count) of its \(files.count) log files"
        return try wider("\(all) cannot be counted again: \(account.faults.first ?? first.reason)")
    }
}
