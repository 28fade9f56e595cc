import TrailModel

/// Whose files a lane of a source holds: account and region of their paths, both empty outside CloudTrail's layout.
struct LaneID: Hashable, Comparable, Sendable {
    let account: String
    let region: String

    static func < (left: LaneID, right: LaneID) -> Bool { (left.account, left.region) < (right.account, right.region) }
}

/// What is known of the files of one account and region of a source.
///
/// Activity and quiet go by the files' stamps, not by their arrival: an old file that comes now says nothing of now.
struct Lane: Equatable, Sendable {
    /// What a lane does at a moment; the raw value is a metric label.
    enum Condition: String, CaseIterable, Sendable {
        /// Others wait for it.
        case active
        case idle
        /// It was active and no files come any more.
        case silent
    }

    /// An active lane had files at so many of the last 24 hours' five-minute stamps.
    static let activeStampsMin = StampDay.stampCount / 2
    /// An active lane is silent after so long without files, and after so many times its median gap.
    static let quietSecondsMin: Int64 = 3600
    static let quietGaps: Int64 = 10
    /// What has been quiet for longer was given up: it is not reported any more.
    static let quietSecondsMax: Int64 = 7 * 86_400
    /// A file this much older than the newest says nothing of how late files are now.
    private static let backfillSeconds: Int64 = 86_400

    let id: LaneID
    private(set) var newestStamp: Timestamp
    /// Slots of this lane that end here or before are believed complete; never goes back.
    private(set) var watermark: Timestamp?
    private(set) var stamps: StampDay
    private(set) var lateness = Lateness()

    /// A lane that begins with a file of `stamp`, which is still to be noted.
    init(_ id: LaneID, stamp: Timestamp) {
        self.id = id
        newestStamp = stamp
        stamps = StampDay(stamp)
    }

    mutating func note(stamp: Timestamp, oldestEvent: Timestamp?) {
        newestStamp = max(newestStamp, stamp)
        stamps.insert(stamp)
        guard let oldestEvent, stamp >= newestStamp.adding(seconds: -Self.backfillSeconds) else { return }
        lateness.note(stamp: stamp, oldestEvent: oldestEvent)
    }

    /// Moves the watermark to where the files have come.
    mutating func advance(fixedLatenessSeconds: Int64?) -> Timestamp {
        let reached = newestStamp.adding(seconds: -(fixedLatenessSeconds ?? lateness.seconds))
        let advanced = max(watermark ?? reached, reached)
        watermark = advanced
        return advanced
    }

    /// True for a lane that others wait for.
    func isActive(at now: Timestamp) -> Bool { stamps.count(at: now) >= Self.activeStampsMin }

    /// When a lane that was active at its last file counts as silent; `nil` for an idle one.
    var silentFrom: Timestamp? {
        guard stamps.count >= Self.activeStampsMin else { return nil }
        return newestStamp.adding(seconds: max(Self.quietSecondsMin, Self.quietGaps * stamps.medianGapSeconds))
    }

    /// When the lane fell silent; `nil` while it is not.
    func silentSince(at now: Timestamp) -> Timestamp? {
        // Most lanes had a file within the hour; they cost nothing more.
        guard newestStamp <= now.adding(seconds: -Self.quietSecondsMin),
            newestStamp > now.adding(seconds: -Self.quietSecondsMax), let silentFrom, silentFrom <= now
        else { return nil }
        return silentFrom
    }

    func condition(at now: Timestamp) -> Condition {
        if silentSince(at: now) != nil { return .silent }
        return isActive(at: now) ? .active : .idle
    }
}

/// As short as may be, since a source may have thousands of lanes: about 200 bytes of JSON for an active one.
extension Lane: Codable {
    private enum CodingKeys: String, CodingKey {
        case account = "a"
        case region = "r"
        case newestStamp = "n"
        case watermark = "w"
        case stamps = "s"
        case fileCount = "f"
        case peaks = "p"
    }

    init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        id = LaneID(
            account: try values.decode(String.self, forKey: .account),
            region: try values.decode(String.self, forKey: .region))
        newestStamp = try values.decodeTime(forKey: .newestStamp)
        watermark = values.contains(.watermark) ? try values.decodeTime(forKey: .watermark) : nil
        let text = try values.decode(String.self, forKey: .stamps)
        guard let stamps = StampDay(newest: newestStamp, text: text) else {
            throw DecodingError.dataCorruptedError(
                forKey: .stamps, in: values,
                debugDescription: "cannot read the stamps of a lane: got \(text); want at most 72 hexadecimal digits")
        }
        self.stamps = stamps
        let fileCount = try values.decode(Int.self, forKey: .fileCount)
        let peaks = try values.decodeIfPresent([Int64].self, forKey: .peaks) ?? []
        guard let lateness = Lateness(fileCount: fileCount, peakNumbers: peaks) else {
            throw DecodingError.dataCorruptedError(
                forKey: .peaks, in: values,
                debugDescription: """
                    cannot read the lateness of a lane: got \(peaks) of \(fileCount) files; want pairs of an age below \
                    that number and seconds, both falling
                    """)
        }
        self.lateness = lateness
    }

    func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: CodingKeys.self)
        try values.encode(id.account, forKey: .account)
        try values.encode(id.region, forKey: .region)
        try values.encode(newestStamp.milliseconds, forKey: .newestStamp)
        try values.encodeIfPresent(watermark?.milliseconds, forKey: .watermark)
        try values.encode(stamps.text, forKey: .stamps)
        try values.encode(lateness.keptFileCount, forKey: .fileCount)
        let peaks = lateness.peakNumbers
        if !peaks.isEmpty { try values.encode(peaks, forKey: .peaks) }
    }
}
