package import TrailEvents
package import TrailModel

/// What one log file holds, ready to be counted: a few bytes for each event, and each distinct activity once.
///
/// Extracts are made in parallel; only counting them needs to know which events were seen before.
package struct FileExtract: Sendable {
    /// Of more bad records in a file only the first so many are listed; all are counted.
    package static let badRecordsListedMax = 1000

    package struct Event: Sendable {
        package let key: EventKey
        /// `eventTime` in seconds since the epoch.
        package let seconds: Int64
        /// Index into `activities`; `nil` for an event of another category, which the built-in metrics do not count.
        package let activity: UInt32?
        /// End of this event's matches in `matches`; they begin where the previous event's end.
        package let matchEnd: UInt32
    }

    package struct Match: Sendable {
        /// Index into the plan's filters.
        package let filter: UInt32
        /// The highest number for none: there are millions of matches in a large file.
        private let place: UInt32
        package let value: Double

        init(filter: UInt32, value: Double, dimensioned: UInt32? = nil) {
            self.filter = filter
            self.value = value
            place = dimensioned ?? .max
        }

        /// Index into ``FileExtract/dimensioned``; `nil` for a match of a filter without dimensions.
        package var dimensioned: UInt32? { place == .max ? nil : place }
    }

    package struct BadRecord: Sendable, Equatable {
        /// Number of the record in its file, from 0.
        package let index: Int
        package let offset: Int
        package let length: Int
        package let reason: BadRecordReason
    }

    package internal(set) var events: [Event] = []
    package internal(set) var matches: [Match] = []
    /// The distinct metrics of matches of filters with dimensions.
    package private(set) var dimensioned: [Metric] = []
    private var dimensionedIndices: [Metric: UInt32] = [:]
    package private(set) var activities: [Activity] = []
    /// ``Activity/contentHash`` of each of the activities.
    private(set) var activityHashes: [UInt64] = []
    /// Where the first of the activities stand, by their hashes; filled when one is looked for.
    private var activityIndices: [UInt64: UInt32] = [:]
    private var indexedActivities = 0
    package internal(set) var apart: [ApartCount] = []
    /// What rules matched, with the index of each event, in the order of the events.
    package internal(set) var ruleMatches: [(event: Int, match: RuleMatch)] = []
    /// How many more there are than a file may have: counted, and told of nobody.
    package internal(set) var ruleMatchesLeftOut = 0
    /// The first of the records that cannot be events, at most ``badRecordsListedMax``.
    package private(set) var badRecords: [BadRecord] = []
    /// How many there are in all.
    package private(set) var badRecordCount = 0
    /// What the event index keeps of this file, by day.
    package internal(set) var indexedDays: [IndexedDay] = []
    /// Records that are errors, by ``Activity/isError``.
    package internal(set) var errorCount = 0
    package internal(set) var firstEvent: Timestamp?
    package internal(set) var lastEvent: Timestamp?

    package init() {}

    init(eventsExpected count: Int) {
        events.reserveCapacity(count)
    }

    /// Records read, the bad ones among them.
    package var recordCount: Int { events.count + badRecordCount }

    /// Appends an activity and returns its index.
    mutating func add(_ activity: Activity, hash: UInt64) -> UInt32 {
        activities.append(activity)
        activityHashes.append(hash)
        return UInt32(activities.count - 1)
    }

    /// The index of an activity that the file may hold already: appended only when it does not.
    mutating func addOnce(_ activity: Activity, hash: UInt64) -> UInt32 {
        for index in indexedActivities..<activities.count { activityIndices[activityHashes[index]] = UInt32(index) }
        if let index = activityIndices[hash], activities[Int(index)] == activity {
            indexedActivities = activities.count
            return index
        }
        let index = add(activity, hash: hash)
        activityIndices[hash] = index
        indexedActivities = activities.count
        return index
    }

    /// Adds a match of a filter with dimensions.
    mutating func add(_ match: Match, of metric: Metric) {
        let fresh = UInt32(dimensioned.count)
        let index = dimensionedIndices[metric] ?? fresh
        if index == fresh {
            dimensioned.append(metric)
            dimensionedIndices[metric] = index
        }
        matches.append(Match(filter: match.filter, value: match.value, dimensioned: index))
    }

    mutating func add(_ bad: BadRecord) {
        badRecordCount += 1
        if badRecords.count < Self.badRecordsListedMax { badRecords.append(bad) }
    }

    mutating func note(time: Timestamp) {
        firstEvent = min(firstEvent ?? time, time)
        lastEvent = max(lastEvent ?? time, time)
    }
}

/// How much one file may hold; one with more is refused whole.
package struct FileLimits: Sendable {
    /// CloudTrail's own files hold some thousands.
    package var eventsMax = 4_000_000
    /// Slots of five minutes that the events may lie in: more than two years of them come from clocks that are wrong.
    package var slotsMax = 1 << 18
    /// Distinct calls, each of which may need a dozen series.
    package var activitiesMax = 200_000
    /// Matches of metric filters.
    package var matchesMax = 16_000_000
    /// Distinct dimensions of matches, each of which needs a series.
    package var dimensionedMax = 200_000
    /// Events that rules tell of, each a message; what comes after them is counted as ever, and not told.
    package var ruleMatchesMax = 10_000
    /// Calls of aggregated records and Insights, each of which may need a series.
    package var apartMax = 200_000

    package init() {}

    /// What `extract` holds too much of.
    @inline(__always)
    func excess(in extract: borrowing FileExtract) -> (what: String, max: Int)? {
        if extract.events.count > eventsMax { return ("events", eventsMax) }
        if extract.matches.count > matchesMax { return ("matches of metric filters", matchesMax) }
        if extract.dimensioned.count > dimensionedMax {
            return ("sets of dimension values of metric filters", dimensionedMax)
        }
        if extract.apart.count > apartMax { return ("calls in aggregated records", apartMax) }
        return extract.activities.count > activitiesMax ? ("distinct calls", activitiesMax) : nil
    }

    /// Whether the events lie in few enough slots; they are looked at only when they span more.
    func fitsSlots(_ extract: borrowing FileExtract) -> Bool {
        guard let first = extract.firstEvent, let last = extract.lastEvent else { return true }
        let span = (last.seconds - first.seconds) / BuiltInMetrics.resolution.seconds
        return span < slotsMax || CountBatch.neededSlots(of: copy extract).count <= slotsMax
    }
}

/// What a record counts into that is not a call: a CloudTrail Insights record, or a line of an aggregated one.
package struct ApartCount: Sendable {
    /// Index of the event in its extract.
    package let event: Int
    package let metric: Metric
    package let count: Int64
}

/// Why a record was set aside; the raw value is a metric label.
package enum BadRecordReason: String, Sendable, CaseIterable {
    case notAnObject = "not_an_object"
    case tooLarge = "too_large"
    case tooManyValues = "too_many_values"
    case missingEventTime = "missing_event_time"
    case invalidEventTime = "invalid_event_time"
    /// See ``EventTime/range``.
    case eventTimeOutOfRange = "event_time_out_of_range"
    /// See ``RecordScanner/nestingMax``.
    case tooDeep = "too_deep"
    /// An aggregated record of more calls than ``AggregationFields/callsMax``.
    case tooManyCalls = "too_many_calls"
}
