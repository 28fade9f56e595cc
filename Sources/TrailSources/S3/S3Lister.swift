package import TrailModel

/// How far a bucket is listed, to be stored with the commit of the files that were listed.
package struct S3Progress: Codable, Equatable, Sendable {
    struct Lane: Codable, Equatable, Sendable {
        var prefix: String
        var newestKey: String?
        var floorDay: S3Day
        var oldestDay: S3Day
        var recheckedThrough: S3Day
        var pending: [S3DayRange]
    }

    var lanes: [Lane] = []

    package init() {}
}

/// Decides what of a bucket is to be listed next; holds no connection and no clock.
///
/// Lanes are found by listing folders. Each lane has a tail, polled often while files come, seldom else, and days
/// behind it, listed newest first over all lanes. Each step that ``next(now:includingHistory:)`` gives is under way
/// until one of the `finish` methods or ``fail(_:now:)`` is told; several may be.
package struct S3Lister: Sendable {
    /// Between two listings of the tail of a lane with files of the last hour.
    package static let activePollSeconds: Int64 = 60
    package static let idlePollSeconds: Int64 = 600
    /// A lane is active while its newest file is younger.
    package static let activeSeconds: Int64 = 3600
    /// Between two listings of each folder above the lanes.
    package static let discoverySeconds: Int64 = 600
    /// A listing of the tail goes back so far before the newest file.
    package static let overlapSeconds: Int64 = 1200
    static let digestOverlapSeconds: Int64 = 7200
    /// A day is over for good when so much of the next one has passed.
    package static let settleSeconds: Int64 = 3600
    /// After a step that failed.
    package static let failureSeconds: Int64 = 60
    /// A part that cannot be listed for longer is not waited for.
    package static let outageSeconds: Int64 = 900
    static let clockSkewSeconds: Int64 = 300
    /// More lanes than this are not followed; the largest trails known have some 10,000.
    package static let lanesMax = 100_000

    package enum Request: Hashable, Sendable {
        /// To be answered by ``S3Bucket/commonPrefixes(prefix:delimiter:)``.
        case folders(prefix: String)
        /// To be answered by one page of ``S3Bucket/list(prefix:startAfter:limit:)``.
        case objects(prefix: String, startAfter: String?)
    }

    package enum Purpose: String, CaseIterable, Sendable {
        case discovery
        /// What comes in now.
        case live
        /// Days before the tail, back to `since`.
        case history
        /// A day that is over, once more: what is new in it came late.
        case recheck
    }

    package struct Step: Hashable, Sendable {
        package let id: Int
        package let request: Request
        package let purpose: Purpose
        package let lane: S3Lane?
    }

    private enum Work {
        case folder(Int)
        case tail(Int)
        case history(Int, S3LaneState.HistoryStep)
    }

    private struct FolderState {
        let folder: S3Folder
        var dueAt: Timestamp
        var isInFlight = false
        var isListed = false
        var failingSince: Timestamp?
    }

    private let since: S3Day
    private let progressBefore: [String: S3Progress.Lane]
    private var folders: [FolderState] = []
    private var laneStates: [S3LaneState] = []
    private var known: Set<String> = []
    private var underWay: [Int: Work] = [:]
    private var nextID = 0

    /// A lister that has seen nothing, or what `progress` says, as it was stored last for this location.
    ///
    /// Files of days before that of `since` are not looked for.
    package init(
        location: S3Location, since: Timestamp, progress: S3Progress = S3Progress(), now: Timestamp
    ) throws(S3LayoutError) {
        self.since = S3Day(of: since)
        progressBefore = Dictionary(progress.lanes.map { ($0.prefix, $0) }) { first, _ in first }
        add(try S3Folder.start(at: location), now: now)
        // Lanes known from before are listed at once, whatever finding new ones takes.
        for lane in progress.lanes where lane.prefix.hasPrefix(location.prefix) {
            guard let place = S3Location(url: "s3://\(location.bucket)/\(lane.prefix)"),
                case .lane(let found)? = try? S3Folder.start(at: place)
            else { continue }
            add(.lane(found), now: now)
        }
    }

    package var lanes: [S3Lane] { laneStates.map(\.lane) }

    /// To be stored when the files of all pages taken so far are.
    package var progress: S3Progress {
        var progress = S3Progress()
        progress.lanes = laneStates.map(\.progress)
        return progress
    }

    /// True until every folder and the tail of every lane were listed to their ends, those left out that fail for long.
    package func isBehind(now: Timestamp) -> Bool {
        func isWaitedFor(_ isListed: Bool, _ failingSince: Timestamp?) -> Bool {
            !isListed && failingSince.map { now.seconds(since: $0) < Double(Self.outageSeconds) } ?? true
        }
        return folders.contains { isWaitedFor($0.isListed, $0.failingSince) }
            || laneStates.contains { isWaitedFor($0.isListed, $0.failingSince) }
    }

    /// The start of the days that are listed whole, while older ones that never were are left behind them; else `nil`.
    ///
    /// Lanes that fail for long are left out.
    package func listedFrom(now: Timestamp) -> Timestamp? {
        laneStates.filter { lane in
            lane.failingSince.map { now.seconds(since: $0) < Double(Self.outageSeconds) } ?? true
        }.compactMap(\.newestUnlistedDay).max().map { Timestamp(seconds: ($0.number + 1) * 86_400) }
    }

    /// When a step will be due, if none is now; `nil` while all are under way.
    package var nextDue: Timestamp? {
        let folderTimes = folders.lazy.filter { !$0.isInFlight }.map(\.dueAt)
        let tailTimes = laneStates.lazy.filter { !$0.isTailInFlight }.map(\.dueAt)
        let historyTimes = laneStates.lazy.filter { !$0.isHistoryInFlight && $0.newestPendingDay != nil }
            .map(\.historyDueAt)
        return [folderTimes.min(), tailTimes.min(), historyTimes.min()].compactMap { $0 }.min()
    }

    // MARK: Steps

    /// The next thing to list: what is due first, and only then history, the newest day of all lanes first.
    ///
    /// With `includingHistory` false, while enough waits to be read, only what is due. O(lanes).
    package mutating func next(now: Timestamp, includingHistory: Bool = true) -> Step? {
        let tail = laneStates.indices.filter { !laneStates[$0].isTailInFlight && laneStates[$0].dueAt <= now }
            .min { laneStates[$0].dueAt < laneStates[$1].dueAt }
        let folder = folders.indices.filter { !folders[$0].isInFlight && folders[$0].dueAt <= now }
            .min { folders[$0].dueAt < folders[$1].dueAt }
        if let folder, tail.map({ folders[folder].dueAt < laneStates[$0].dueAt }) ?? true {
            folders[folder].isInFlight = true
            return step(.folders(prefix: folders[folder].folder.prefix), .discovery, nil, .folder(folder))
        }
        if let tail {
            laneStates[tail].isTailInFlight = true
            let lane = laneStates[tail].lane
            return step(
                .objects(prefix: lane.prefix, startAfter: laneStates[tail].tailStart), .live, lane, .tail(tail))
        }
        return includingHistory ? nextHistory(now: now) : nil
    }

    private mutating func nextHistory(now: Timestamp) -> Step? {
        let year = CivilTime(now).year
        while true {
            let waiting = laneStates.indices.filter {
                !laneStates[$0].isHistoryInFlight && laneStates[$0].historyDueAt <= now
            }.compactMap { index in laneStates[index].newestPendingDay.map { (index: index, day: $0) } }
            guard let newest = waiting.max(by: { ($0.day, $1.index) < ($1.day, $0.index) }) else { return nil }
            // What is known of the folders may put this lane's next day behind another lane's.
            guard let next = laneStates[newest.index].nextHistory(year: year) else { continue }
            guard next.day == newest.day else { continue }
            laneStates[newest.index].isHistoryInFlight = true
            let state = laneStates[newest.index]
            let prefix = state.prefix(of: next.step)
            let request: Request
            if case .objects(_, let startAfter) = next.step {
                request = .objects(prefix: prefix, startAfter: startAfter)
            } else {
                request = .folders(prefix: prefix)
            }
            return step(
                request, next.isRecheck ? .recheck : .history, state.lane, .history(newest.index, next.step))
        }
    }

    private mutating func step(_ request: Request, _ purpose: Purpose, _ lane: S3Lane?, _ work: Work) -> Step {
        nextID += 1
        underWay[nextID] = work
        return Step(id: nextID, request: request, purpose: purpose, lane: lane)
    }

    /// Takes the answer to ``Request/folders(prefix:)``: the common prefixes as S3 gives them.
    package mutating func finish(_ step: Step, folders prefixes: [String], now: Timestamp) {
        guard case .folders(let prefix) = step.request, let work = underWay.removeValue(forKey: step.id) else {
            return
        }
        let names = prefixes.compactMap { path -> String? in
            guard path.hasPrefix(prefix), path.hasSuffix("/") else { return nil }
            return String(path.dropFirst(prefix.count).dropLast())
        }
        switch work {
        case .folder(let index):
            folders[index].isInFlight = false
            folders[index].isListed = true
            folders[index].failingSince = nil
            folders[index].dueAt = now.adding(seconds: Self.discoverySeconds)
            for name in names {
                if let child = folders[index].folder.child(name) { add(child, now: now) }
            }
        case .history(let index, let asked):
            laneStates[index].isHistoryInFlight = false
            laneStates[index].takeFolders(names, of: asked)
        case .tail: break
        }
    }

    /// Takes the answer to ``Request/objects(prefix:startAfter:)`` and returns the log files in it that are new here.
    ///
    /// After a start, and in history, files come that the ledger knows.
    package mutating func finish(_ step: Step, page: S3Page, now: Timestamp) -> [S3Object] {
        switch underWay.removeValue(forKey: step.id) {
        case .tail(let index):
            laneStates[index].isTailInFlight = false
            return laneStates[index].takeTail(page, now: now)
        case .history(let index, .objects(let day, _)):
            laneStates[index].isHistoryInFlight = false
            return laneStates[index].takeHistory(page, day: day)
        default: return []
        }
    }

    /// Puts a step that failed off for a while.
    package mutating func fail(_ step: Step, now: Timestamp) {
        let later = now.adding(seconds: Self.failureSeconds)
        switch underWay.removeValue(forKey: step.id) {
        case .folder(let index):
            folders[index].isInFlight = false
            folders[index].dueAt = later
            folders[index].failingSince = folders[index].failingSince ?? now
        case .tail(let index):
            laneStates[index].isTailInFlight = false
            laneStates[index].dueAt = later
            laneStates[index].failingSince = laneStates[index].failingSince ?? now
        case .history(let index, _):
            laneStates[index].isHistoryInFlight = false
            laneStates[index].historyDueAt = later
        case nil: break
        }
    }

    private mutating func add(_ child: S3Folder.Child, now: Timestamp) {
        switch child {
        case .folder(let folder):
            guard known.insert(folder.prefix).inserted else { return }
            folders.append(FolderState(folder: folder, dueAt: now))
        case .lane(let lane):
            guard laneStates.count < Self.lanesMax, known.insert(lane.prefix).inserted else { return }
            laneStates.append(
                progressBefore[lane.prefix].map { S3LaneState(lane: lane, progress: $0, since: since, now: now) }
                    ?? S3LaneState(lane: lane, since: since, now: now))
        }
    }
}
