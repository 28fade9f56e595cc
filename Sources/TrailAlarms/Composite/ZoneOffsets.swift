package import TrailModel

/// How far local time is from UTC, over time: a time zone as a plain value, filled from the time zone database outside.
package struct ZoneOffsets: Equatable, Sendable {
    /// The zone's name in the database, such as `Europe/Berlin`.
    package let identifier: String
    /// Seconds east of UTC before the first change.
    package let initialOffset: Int
    /// When the offset changed and to what, oldest first.
    package let changes: [Change]

    /// A change of a zone's offset.
    package struct Change: Equatable, Sendable {
        package let at: Timestamp
        /// Seconds east of UTC.
        package let offset: Int

        package init(at: Timestamp, offset: Int) {
            self.at = at
            self.offset = offset
        }
    }

    package static let utc = ZoneOffsets(identifier: "UTC", initialOffset: 0)

    package init(identifier: String, initialOffset: Int, changes: [Change] = []) {
        self.identifier = identifier
        self.initialOffset = initialOffset
        self.changes = changes.sorted { $0.at < $1.at }
    }

    func offset(at time: Timestamp) -> Int {
        var low = 0
        var high = changes.count
        while low < high {
            let middle = (low + high) / 2
            if changes[middle].at <= time { low = middle + 1 } else { high = middle }
        }
        return low == 0 ? initialOffset : changes[low - 1].offset
    }

    /// Seconds since 1970-01-01T00:00 on the wall clock.
    func local(_ time: Timestamp) -> Int64 { time.seconds + Int64(offset(at: time)) }

    /// When the wall clock shows `local`: the first time of two, and the end of the gap for a time that is left out.
    func time(ofLocal local: Int64) -> Timestamp {
        let before = offset(at: Timestamp(seconds: local - 86_400))
        let after = offset(at: Timestamp(seconds: local + 86_400))
        let early = Timestamp(seconds: local - Int64(before))
        if offset(at: early) == before { return early }
        let late = Timestamp(seconds: local - Int64(after))
        if offset(at: late) == after { return late }
        // `early` lies behind the gap, `late` before it: the change is between them.
        return changes.last { $0.at <= early }?.at ?? early
    }
}
