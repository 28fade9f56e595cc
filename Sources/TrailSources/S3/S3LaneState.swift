import TrailEvents
import TrailModel

/// How far one lane is listed: its tail, where new files come, and the days behind it.
struct S3LaneState: Sendable {
    /// What a lane's history needs to be asked next.
    enum HistoryStep: Hashable {
        case months(year: Int)
        case days(year: Int, month: Int)
        case objects(S3Day, startAfter: String?)
    }

    let lane: S3Lane
    var dueAt: Timestamp
    var historyDueAt: Timestamp
    var isTailInFlight = false
    var isHistoryInFlight = false
    /// True once the tail was listed to its end.
    var isListed = false
    var failingSince: Timestamp?
    var pending: [S3DayRange] = []
    /// The first day that the lane's listings cover.
    var oldestDay: S3Day
    private(set) var newestKey: String?
    private(set) var newestStamp: Timestamp?
    /// Where the tail begins while no file is known.
    private var floorDay: S3Day
    /// The last key of a page that was not the last one.
    private var cursor: String?
    /// Sizes of the keys behind the tail's start, which each listing gives again.
    private var seen: [String: Int64] = [:]
    private var recheckedThrough: S3Day
    /// After a long pause: the tail may leap to today, and the days between become history.
    private var mayLeap = false
    private var months: [Int: [Int]] = [:]
    private var days: [S3Day: [S3Day]] = [:]
    private var historyCursor: (day: S3Day, key: String)?

    init(lane: S3Lane, since: S3Day, now: Timestamp) {
        self.lane = lane
        dueAt = now
        historyDueAt = now
        oldestDay = since
        floorDay = S3Day(of: now.adding(seconds: -S3Lister.settleSeconds))
        recheckedThrough = floorDay.previous
        if since < floorDay { pending = [S3DayRange(first: since, last: floorDay.previous)] }
    }

    init(lane: S3Lane, progress: S3Progress.Lane, since: S3Day, now: Timestamp) {
        self.init(lane: lane, since: since, now: now)
        pending = progress.pending
        oldestDay = progress.oldestDay
        if since < oldestDay {
            pending.append(S3DayRange(first: since, last: oldestDay.previous))
            oldestDay = since
        }
        recheckedThrough = progress.recheckedThrough
        let leapDay = floorDay
        floorDay = min(progress.floorDay, floorDay)
        if let key = progress.newestKey { note(key, now: now) }
        mayLeap = (newestStamp.map { S3Day(of: $0) } ?? floorDay) < leapDay.previous
    }

    var progress: S3Progress.Lane {
        S3Progress.Lane(
            prefix: lane.prefix, newestKey: newestKey, floorDay: floorDay, oldestDay: oldestDay,
            recheckedThrough: recheckedThrough, pending: pending)
    }

    // MARK: The tail

    /// The key after which the next listing of the tail starts.
    ///
    /// Files of one minute are named by chance and may appear a little out of order, so a listing starts some time
    /// before the newest file. It reaches over midnight: keys sort by their dates.
    var tailStart: String { cursor ?? restStart }

    private var restStart: String {
        guard let newestKey, let newestStamp else { return lane.prefix + floorDay.path }
        // In a digest's name the stamp comes after the trail's name, so that its order says nothing.
        if lane.kind == .digest {
            return lane.prefix + S3Day(of: newestStamp.adding(seconds: -S3Lister.digestOverlapSeconds)).path
        }
        let from = newestStamp.adding(seconds: -S3Lister.overlapSeconds)
        let name = newestKey.split(separator: "/").last ?? ""
        let head = name.split(separator: "_").prefix(3).map { "\($0)_" }.joined()
        let civil = CivilTime(from)
        let date = civil.dateText.filter { $0 != "-" }
        let stamp = "\(date)T\(padded(civil.hour, 2))\(padded(civil.minute, 2))"
        return "\(lane.prefix)\(S3Day(of: from).path)/\(head)\(stamp)"
    }

    func isActive(at now: Timestamp) -> Bool {
        newestStamp.map { now.seconds(since: $0) < Double(S3Lister.activeSeconds) } ?? false
    }

    /// Takes a page of the tail and returns what is new in it.
    mutating func takeTail(_ page: S3Page, now: Timestamp) -> [S3Object] {
        failingSince = nil
        var new: [S3Object] = []
        for object in page.objects where isLogFile(object.key) {
            note(object.key, now: now)
            if seen[object.key] != object.size { new.append(object) }
            seen[object.key] = object.size
        }
        if let next = page.next, next != cursor {
            cursor = next
            dueAt = now
            if mayLeap { leap(now: now) }
        } else {
            cursor = nil
            isListed = true
            planRecheck(now)
            dueAt = now.adding(
                seconds: isActive(at: now) ? S3Lister.activePollSeconds : S3Lister.idlePollSeconds)
        }
        mayLeap = false
        let start = restStart
        seen = seen.filter { keyPrecedes(start, $0.key) }
        return new
    }

    private mutating func note(_ key: String, now: Timestamp) {
        // One wrong clock must not carry the tail past what is still to come.
        guard let stamp = LogFileName(path: key)?.stamp, stamp <= now.adding(seconds: S3Lister.clockSkewSeconds)
        else { return }
        let isNewer = newestStamp.map { $0 < stamp } ?? true
        if isNewer { (newestKey, newestStamp) = (key, stamp) }
    }

    private mutating func leap(now: Timestamp) {
        let day = S3Day(of: now.adding(seconds: -S3Lister.settleSeconds))
        let reached = newestStamp.map { S3Day(of: $0) } ?? floorDay
        guard reached < day else { return }
        pending.append(S3DayRange(first: reached, last: day.previous))
        (cursor, newestKey, newestStamp, floorDay) = (nil, nil, nil, day)
        seen = [:]
    }

    /// Once a day is over for good it is listed whole, for files that came out of order by more than the overlap.
    private mutating func planRecheck(_ now: Timestamp) {
        let day = S3Day(of: now.adding(seconds: -S3Lister.settleSeconds)).previous
        guard recheckedThrough < day else { return }
        recheckedThrough = day
        guard let newestStamp, S3Day(of: newestStamp) >= day else { return }
        pending.append(S3DayRange(first: day, last: day, isRecheck: true))
    }

    // MARK: The days behind

    /// The newest day not listed to its end yet, no earlier than what is known not to exist.
    ///
    /// Years before `year`, the present one, are asked for their months first.
    mutating func nextHistory(year: Int) -> (day: S3Day, step: HistoryStep, isRecheck: Bool)? {
        while let index = pending.indices.max(by: { pending[$0].last < pending[$1].last }) {
            let range = pending[index]
            guard range.first <= range.last else {
                pending.remove(at: index)
                continue
            }
            let day = range.last
            let ask = HistoryStep.objects(day, startAfter: historyCursor.flatMap { $0.day == day ? $0.key : nil })
            if range.first == range.last { return (day, ask, range.isRecheck) }
            let civil = day.civil
            if civil.year < year {
                guard let months = months[civil.year] else { return (day, .months(year: civil.year), false) }
                guard months.contains(civil.month) else {
                    let next = months.filter { $0 < civil.month }.max()
                    pending[index].last =
                        next.map { S3Day(year: civil.year, month: $0 + 1).previous }
                        ?? S3Day(year: civil.year, month: 1).previous
                    continue
                }
            }
            guard let days = days[day.firstOfMonth] else {
                return (day, .days(year: civil.year, month: civil.month), false)
            }
            guard let found = days.filter({ $0 <= day }).max() else {
                pending[index].last = day.firstOfMonth.previous
                continue
            }
            if found == day { return (day, ask, range.isRecheck) }
            pending[index].last = found
        }
        (months, days, historyCursor) = ([:], [:], nil)
        return nil
    }

    var newestPendingDay: S3Day? { pending.lazy.filter { $0.first <= $0.last }.map(\.last).max() }

    /// The newest of the days behind the tail that were never listed to their ends.
    var newestUnlistedDay: S3Day? {
        pending.lazy.filter { !$0.isRecheck && $0.first <= $0.last }.map(\.last).max()
    }

    func prefix(of step: HistoryStep) -> String {
        switch step {
        case .months(let year): "\(lane.prefix)\(padded(year, 4))/"
        case .days(let year, let month): "\(lane.prefix)\(padded(year, 4))/\(padded(month, 2))/"
        case .objects(let day, _): "\(lane.prefix)\(day.path)/"
        }
    }

    mutating func takeFolders(_ names: [String], of step: HistoryStep) {
        switch step {
        case .months(let year): months[year] = names.compactMap { Int($0) }.filter { (1...12).contains($0) }
        case .days(let year, let month):
            let numbers = names.compactMap { Int($0) }.filter { (1...31).contains($0) }
            days[S3Day(year: year, month: month)] = numbers.map { S3Day(year: year, month: month, day: $0) }
        case .objects: break
        }
    }

    mutating func takeHistory(_ page: S3Page, day: S3Day) -> [S3Object] {
        if let next = page.next, historyCursor.map({ $0.key != next }) ?? true {
            historyCursor = (day, next)
        } else {
            historyCursor = nil
            for index in pending.indices where pending[index].last == day { pending[index].last = day.previous }
            pending.removeAll { $0.first > $0.last }
        }
        return page.objects.filter { isLogFile($0.key) }
    }
}

private func isLogFile(_ key: String) -> Bool {
    key.split(separator: "/").last.map { LogFile.hasLogFileName(String($0)) } ?? false
}
