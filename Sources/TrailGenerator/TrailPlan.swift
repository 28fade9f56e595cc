package import TrailModel

/// Makes believable CloudTrail log files from a seed.
///
/// A plan is a sequence of log files in the order of their delivery. Only the files of one delivery and what it leaves
/// for the next are in memory, however many events there are. Traffic follows the working day in UTC: nights and
/// weekends are quiet.
package struct TrailPlan: Sequence, Sendable {
    /// A file with more events is cut, as a trail does.
    package static let eventsPerFileMax = 1000
    /// The slots in which events happen and the deliveries come.
    package static let slotSeconds: Int64 = 300

    package let estate: Estate
    package let events: Int
    package let seed: UInt64
    /// The start of the first slot and the end of the last one.
    package let start: Timestamp
    package let end: Timestamp

    /// Exactly `events` events over whole days.
    ///
    /// No file is delivered after `endingAt`; the last events are five minutes older.
    package init(events: Int, accounts: Int = 3, days: Int = 1, seed: UInt64 = 1, endingAt: Timestamp) {
        precondition(days > 0, "days must be positive; got \(days)")
        let end = endingAt.floored(toSeconds: Self.slotSeconds).adding(seconds: -Self.slotSeconds)
        self.init(
            estate: Estate(accounts: accounts, seed: seed), events: events, seed: seed,
            from: end.adding(seconds: Int64(-86_400 * days)), to: end)
    }

    /// Exactly `events` events between two times, which are rounded down to five minutes; deliveries follow up to ten
    /// minutes behind.
    package init(estate: Estate, events: Int, seed: UInt64, from: Timestamp, to: Timestamp) {
        precondition(events >= 0, "events must not be negative; got \(events)")
        self.estate = estate
        self.events = events
        self.seed = seed
        start = from.floored(toSeconds: Self.slotSeconds)
        end = to.floored(toSeconds: Self.slotSeconds)
        precondition(
            start < end || events == 0, "want at least five minutes for events; got \(from.rfc3339) to \(to.rfc3339)")
    }

    /// Traffic of so many events a minute on average.
    package static func normalTraffic(
        _ estate: Estate, from: Timestamp, to: Timestamp, eventsPerMinute: Int, seed: UInt64
    ) -> TrailPlan {
        let minutes = Swift.max(0, (to.seconds - from.seconds) / 60)
        return TrailPlan(estate: estate, events: Int(minutes) * eventsPerMinute, seed: seed, from: from, to: to)
    }

    package func makeIterator() -> Iterator {
        Iterator(self)
    }
}

extension TrailPlan {
    package struct Iterator: IteratorProtocol {
        private struct Lane {
            let account: Estate.Account
            let region: String
            let regionBytes: [UInt8]
            /// Full and open files of this delivery.
            var now = Batch()
            /// Events too young for this delivery.
            var later = Batch()
        }

        private let plan: TrailPlan
        private var maker: RecordMaker
        private var random: SplitMix64
        private var lanes: [Lane]
        /// Each lane's index as often as its share of the traffic.
        private let laneDraws: [UInt16]
        private let profile: DayProfile
        private let weightTotal: Double
        private var weightDone = 0.0
        private var eventsDone = 0
        private var slot: Timestamp
        /// Files of the present delivery, last first.
        private var ready: [GeneratedFile] = []

        init(_ plan: TrailPlan) {
            self.plan = plan
            maker = RecordMaker(estate: plan.estate, seed: plan.seed)
            random = SplitMix64(seed: plan.seed ^ 0x6C61_6E65)
            lanes = plan.estate.accounts.flatMap { account in
                plan.estate.regions.map { Lane(account: account, region: $0, regionBytes: Array($0.utf8)) }
            }
            var draws: [UInt16] = []
            for (index, lane) in lanes.enumerated() {
                // The first region has three times the traffic of the others.
                let isMain = lane.region == plan.estate.regions.first
                draws += repeatElement(UInt16(index), count: lane.account.weight * (isMain ? 3 : 1))
            }
            laneDraws = draws
            profile = DayProfile()
            weightTotal = Swift.max(profile.weight(from: plan.start, to: plan.end), .leastNonzeroMagnitude)
            slot = plan.start
        }

        package mutating func next() -> GeneratedFile? {
            // One delivery after the last slot takes what came too late for its own.
            while ready.isEmpty, slot <= plan.end {
                if slot < plan.end { makeEvents() }
                deliver()
                slot = slot.adding(seconds: TrailPlan.slotSeconds)
            }
            return ready.popLast()
        }

        private mutating func makeEvents() {
            weightDone += profile.weight(of: slot)
            let isLast = slot.adding(seconds: TrailPlan.slotSeconds) >= plan.end
            let due = isLast ? plan.events : Int(Double(plan.events) * weightDone / weightTotal)
            let count = Swift.max(0, Swift.min(due, plan.events) - eventsDone)
            eventsDone += count
            for _ in 0..<count {
                let lane = Int(laneDraws[random.below(laneDraws.count)])
                let second = random.below(Int(TrailPlan.slotSeconds))
                // The trail needs a minute at least, sometimes nearly two: delays are 60 to 400 seconds.
                let isLate = second > 240 || second > 200 && random.isOne(in: 3)
                let time = slot.adding(seconds: Int64(second))
                let account = lanes[lane].account
                let region = lanes[lane].regionBytes
                if isLate {
                    lanes[lane].later.startRecord()
                    maker.appendNormal(account, region: region, at: time, to: &lanes[lane].later.open.bytes)
                } else {
                    lanes[lane].now.startRecord()
                    maker.appendNormal(account, region: region, at: time, to: &lanes[lane].now.open.bytes)
                }
            }
        }

        private mutating func deliver() {
            let stamp = slot.adding(seconds: TrailPlan.slotSeconds)
            for index in lanes.indices {
                for chunk in lanes[index].now.takeChunks() {
                    ready.append(
                        GeneratedFile(
                            joined: chunk.bytes, eventCount: chunk.count, accountID: lanes[index].account.id,
                            region: lanes[index].region, stamp: stamp, unique: maker.uniqueName()))
                }
                lanes[index].now = lanes[index].later
                lanes[index].later = Batch()
            }
            ready.reverse()
        }
    }
}

/// Records of one file to be, joined by commas, cut where a file is full.
private struct Batch {
    struct Chunk {
        var bytes: [UInt8] = []
        var count = 0
    }

    private var full: [Chunk] = []
    /// Where the record that was started is to be written.
    var open = Chunk()

    mutating func startRecord() {
        if open.count == TrailPlan.eventsPerFileMax {
            full.append(open)
            open = Chunk()
        }
        if open.count > 0 { open.bytes.append(UInt8(ascii: ",")) }
        open.count += 1
    }

    mutating func takeChunks() -> [Chunk] {
        let chunks = open.count > 0 ? full + [open] : full
        full = []
        open = Chunk()
        return chunks
    }
}

/// How busy a slot is, relative to others.
private struct DayProfile {
    /// Per hour of the day, UTC; between the hours the line is straight.
    private static let hours: [Double] = [
        8, 7, 6, 6, 6, 7, 12, 24, 48, 72, 86, 90, 82, 84, 95, 92, 84, 66, 46, 32, 24, 18, 13, 10,
    ]
    private static let weekend = 0.4

    func weight(of slot: Timestamp) -> Double {
        let second = Int(slot.seconds - floorDivide(slot.seconds, 86_400) * 86_400)
        let hour = second / 3600
        let part = Double(second % 3600) / 3600
        let weight = Self.hours[hour] * (1 - part) + Self.hours[(hour + 1) % 24] * part
        // 1970-01-01 was a Thursday.
        let weekday = floorDivide(slot.seconds, 86_400) + 3
        let isWeekend = weekday - floorDivide(weekday, 7) * 7 >= 5
        return isWeekend ? weight * Self.weekend : weight
    }

    func weight(from start: Timestamp, to end: Timestamp) -> Double {
        var sum = 0.0
        var slot = start
        while slot < end {
            sum += weight(of: slot)
            slot = slot.adding(seconds: TrailPlan.slotSeconds)
        }
        return sum
    }
}
