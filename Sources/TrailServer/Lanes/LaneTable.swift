import TrailModel

/// The lanes of one source, and how far its events are complete by them.
///
/// Noting a file takes constant time on average, moving the watermark one pass over the lanes.
struct LaneTable: Sendable {
    /// However slow its files are, no lane holds others back for longer.
    static let ceilingSeconds: Int64 = 900
    /// Lanes that are kept, and digests apart from them; the tenth whose files are oldest makes room for new ones.
    static let lanesMax = 10_000

    /// How late events may be, by the operator's word (`--lateness`); measured when `nil`.
    let fixedLatenessSeconds: Int64?
    /// Slots that end here or before are believed complete; `nil` while none is.
    ///
    /// It never goes back.
    private(set) var watermark: Timestamp?
    /// In the order of their first files.
    private(set) var lanes: [Lane] = []
    /// The end time of the newest digest file of an account and region.
    private(set) var digests: [LaneID: Timestamp] = [:]
    /// Files whose stamp and events all lie after their arrival, by a clock that was wrong; they tell nothing.
    private(set) var futureFileCount = 0
    /// Lanes and digests that had to make room since the start.
    private(set) var forgottenCount = 0

    private var places: [LaneID: Int] = [:]
    private let lanesMax: Int

    /// A table that goes on from what was stored, or from nothing.
    init(
        state: State = State(), watermark: Timestamp? = nil, fixedLatenessSeconds: Int64? = nil,
        lanesMax: Int = LaneTable.lanesMax
    ) {
        self.fixedLatenessSeconds = fixedLatenessSeconds
        self.watermark = watermark
        self.lanesMax = lanesMax
        for lane in state.lanes where places[lane.id] == nil {
            makeRoom()
            places[lane.id] = lanes.count
            lanes.append(lane)
        }
        for digest in state.digests { note(digest: digest.id, end: digest.end) }
    }

    // MARK: Files

    /// Takes in a file by what its path and its events say.
    ///
    /// Account and region are those of the path, empty outside the layout. `stamp` is the delivery time in the file's
    /// name, for a digest its end; `oldestEvent` and `newestEvent` are `nil` when it has no events or they are not known.
    ///
    /// A stamp is a whole minute; an event in the file shows that it was delivered later than that. Neither may lie in
    /// the future, or one wrong clock would close slots that are still filling. A file may be noted again: only the
    /// measure of lateness counts it twice.
    mutating func note(
        account: String, region: String, stamp: Timestamp?, oldestEvent: Timestamp?, newestEvent: Timestamp?,
        arrivedAt now: Timestamp, isDigest: Bool = false
    ) {
        guard let delivered = Self.delivery(stamp, newestEvent, now) else {
            if stamp != nil || newestEvent != nil { futureFileCount += 1 }
            return
        }
        let id = LaneID(account: account, region: region)
        guard !isDigest else { return note(digest: id, end: delivered) }
        if let place = places[id] {
            lanes[place].note(stamp: delivered, oldestEvent: oldestEvent)
            return
        }
        makeRoom()
        var lane = Lane(id, stamp: delivered)
        lane.note(stamp: delivered, oldestEvent: oldestEvent)
        places[id] = lanes.count
        lanes.append(lane)
    }

    /// The later of both times, of those that are not after `now`.
    private static func delivery(_ stamp: Timestamp?, _ newestEvent: Timestamp?, _ now: Timestamp) -> Timestamp? {
        guard let stamp, stamp <= now else { return newestEvent.flatMap { $0 <= now ? $0 : nil } }
        guard let newestEvent, newestEvent <= now else { return stamp }
        return max(stamp, newestEvent)
    }

    private mutating func note(digest id: LaneID, end: Timestamp) {
        if digests[id] == nil, digests.count >= lanesMax {
            let gone = digests.sorted { ($0.value, $0.key) < ($1.value, $1.key) }.prefix(roomCount)
            for (key, _) in gone { digests[key] = nil }
            forgottenCount += gone.count
        }
        digests[id] = max(digests[id] ?? end, end)
    }

    private mutating func makeRoom() {
        guard lanes.count >= lanesMax else { return }
        let gone = lanes.sorted { ($0.newestStamp, $0.id) < ($1.newestStamp, $1.id) }.prefix(roomCount)
        let ids = Set(gone.map(\.id))
        lanes.removeAll { ids.contains($0.id) }
        places = Dictionary(uniqueKeysWithValues: lanes.enumerated().map { ($1.id, $0) })
        forgottenCount += ids.count
    }

    private var roomCount: Int { max(1, lanesMax / 10) }

    // MARK: The watermark

    /// Moves the watermark to where the lanes have come, and returns it.
    ///
    /// A source is behind until every file of its listing is read: then the watermark stays where it is, be it nowhere,
    /// and no ceiling applies.
    ///
    /// - Complexity: O(lanes).
    @discardableResult
    mutating func advance(now: Timestamp, isBehind: Bool) -> Timestamp? {
        guard !isBehind else { return watermark }
        let ceiling = now.adding(seconds: -Self.ceilingSeconds)
        var slowestActive: Timestamp?
        var newest: Timestamp?
        for place in lanes.indices {
            let reached = lanes[place].advance(fixedLatenessSeconds: fixedLatenessSeconds)
            newest = max(newest ?? reached, reached)
            if lanes[place].isActive(at: now) { slowestActive = min(slowestActive ?? reached, reached) }
        }
        // Where no lane is active, files of one tell nothing of the others, unless there are no others or the operator
        // has said how late files are.
        let isOneEnough = lanes.count == 1 || fixedLatenessSeconds != nil
        let reached = slowestActive ?? (isOneEnough ? newest : nil) ?? ceiling
        let allowed = min(max(reached, ceiling), now)
        watermark = max(watermark ?? allowed, allowed)
        return watermark
    }
}

extension LaneTable {
    /// What outlasts a restart, but for the watermark, which is stored with each evaluation.
    ///
    /// It is made from files that the ledger knows: when the last few minutes of it are lost in a crash, lanes seem a
    /// little less active than they are, and the next files mend that.
    struct State: Codable, Equatable, Sendable {
        struct Digest: Codable, Equatable, Sendable {
            let id: LaneID
            let end: Timestamp

            init(id: LaneID, end: Timestamp) {
                self.id = id
                self.end = end
            }
        }

        var lanes: [Lane] = []
        /// By account and region.
        var digests: [Digest] = []
    }

    var state: State {
        State(
            lanes: lanes,
            digests: digests.map { State.Digest(id: $0.key, end: $0.value) }.sorted { $0.id < $1.id })
    }
}

extension LaneTable.State.Digest {
    private enum CodingKeys: String, CodingKey {
        case account = "a"
        case region = "r"
        case end = "n"
    }

    init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        self.init(
            id: LaneID(
                account: try values.decode(String.self, forKey: .account),
                region: try values.decode(String.self, forKey: .region)),
            end: try values.decodeTime(forKey: .end))
    }

    func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: CodingKeys.self)
        try values.encode(id.account, forKey: .account)
        try values.encode(id.region, forKey: .region)
        try values.encode(end.milliseconds, forKey: .end)
    }
}

extension KeyedDecodingContainer {
    /// A time in milliseconds, of a year that can be: sums with it never overflow.
    func decodeTime(forKey key: Key) throws -> Timestamp {
        let milliseconds = try decode(Int64.self, forKey: key)
        guard milliseconds.magnitude < 1 << 53 else {
            throw DecodingError.dataCorruptedError(
                forKey: key, in: self,
                debugDescription: "cannot read the time of a lane: got \(milliseconds) ms; want less than 2^53")
        }
        return Timestamp(milliseconds: milliseconds)
    }
}
