package import TrailEvents

/// What the event index keeps of one file and day.
package struct IndexedDay: Hashable, Sendable {
    /// Days since the epoch; ``anyDay`` for the events of a file with more than ``IndexCollector/daysMax`` days.
    package let day: Int64
    package fileprivate(set) var firstSeconds: Int64
    package fileprivate(set) var lastSeconds: Int64
    /// The distinct terms, unsorted: a ``TermKind`` in the upper 4 of 30 bits, a fingerprint in the lower 26.
    package fileprivate(set) var terms: [UInt32]

    /// A day that every search looks at.
    package static let anyDay = Int64.min
}

/// Gathers the terms of one file's events for the event index, without building a string.
package struct IndexCollector: Sendable {
    /// A file of more days than this is one of wrong clocks; its further days are kept together.
    package static let daysMax = 64

    private let terms: EventTerms
    private var days: [IndexedDay] = []
    /// Where the day of the last event stands in `days`, since the next one's is nearly always the same.
    private var current = -1
    private var set = TermSet()
    /// Which calls and callers have all their terms in `set`, for the day at hand.
    private var calls = RecentNumbers()
    private var callers = RecentNumbers()
    private var file: UInt64 = 0

    package init(_ terms: EventTerms) {
        self.terms = terms
    }

    /// Forgets the file before; memory is kept.
    package mutating func beginFile() {
        days.removeAll(keepingCapacity: true)
        current = -1
        set.removeAll()
        file += 1
    }

    /// Adds the terms of a record.
    ///
    /// - Parameters:
    ///   - record: The event.
    ///   - seconds: Its time.
    ///   - callNumber: Equal for records with the same source, name, region, receiving account and error; 0 for unknown.
    package mutating func add(_ record: borrowing RecordView, seconds: Int64, callNumber: UInt64 = 0) {
        selectDay(of: seconds)
        set.day = UInt64(current) << 32
        let place = file << 8 | UInt64(current)
        if !calls.holds(callNumber, at: place) {
            terms.visitCall(record, &set)
            // Without a receiving account that of the caller stands for it.
            if let account = record.value(.recipientAccountId), account.kind == .string, account.rawCount > 0 {
                calls.insert(callNumber, at: place)
            }
        }
        terms.visitAddress(record, &set)
        if !callers.holds(record.callerNumber, at: place) {
            terms.visitUser(record, &set)
            callers.insert(record.callerNumber, at: place)
        }
        let isChange = terms.isChange(record)
        if isChange { set.add(.change) }
        set.resourceKind = isChange ? .changedResource : .resource
        terms.visitResources(record, &set)
    }

    private mutating func selectDay(of seconds: Int64) {
        let day = seconds >= 0 ? seconds / 86_400 : (seconds + 1) / 86_400 - 1
        if current < 0 || days[current].day != day { current = number(of: day, seconds) }
        days[current].firstSeconds = min(days[current].firstSeconds, seconds)
        days[current].lastSeconds = max(days[current].lastSeconds, seconds)
    }

    private mutating func number(of day: Int64, _ seconds: Int64) -> Int {
        if let number = days.firstIndex(where: { $0.day == day }) { return number }
        if days.count > Self.daysMax { return Self.daysMax }
        let kept = days.count == Self.daysMax ? IndexedDay.anyDay : day
        days.append(IndexedDay(day: kept, firstSeconds: seconds, lastSeconds: seconds, terms: []))
        return days.count - 1
    }

    /// What was gathered since ``beginFile()``.
    package mutating func finish() -> [IndexedDay] {
        var result = days
        if result.count == 1 {
            result[0].terms = set.keys.map { UInt32(truncatingIfNeeded: $0) }
        } else {
            for key in set.keys { result[Int(key >> 32)].terms.append(UInt32(truncatingIfNeeded: key)) }
        }
        return result
    }
}

/// Numbers that were met at a place, as far as there is room; what is forgotten is only met again.
private struct RecentNumbers: Sendable {
    private static let count = 512
    private var entries = [(number: UInt64, place: UInt64)](repeating: (0, 0), count: count)

    @inline(__always)
    func holds(_ number: UInt64, at place: UInt64) -> Bool {
        entries[Int(truncatingIfNeeded: number) & (Self.count - 1)] == (number, place) && number != 0
    }

    @inline(__always)
    mutating func insert(_ number: UInt64, at place: UInt64) {
        entries[Int(truncatingIfNeeded: number) & (Self.count - 1)] = (number, place)
    }
}

/// The distinct terms of a file, each with the number of its day above it, in order of first sight: open addressing over flat memory that is kept from file to file.
private struct TermSet: TermVisitor, Sendable {
    /// The number of the day at hand, in the upper half.
    var day: UInt64 = 0
    var resourceKind = TermKind.resource
    private(set) var keys: [UInt64] = []
    /// A key plus 1, so that 0 is free; the highest key there can be leaves room for that.
    private var slots = [UInt64](repeating: 0, count: 256)
    /// The slot of each key, so that emptying costs no more than filling did.
    private var places: [Int32] = []

    @inline(__always)
    mutating func visit(_ kind: TermKind, _ text: EventTerms.Text) {
        insert(day | UInt64(kind.rawValue << TermHash.bits | TermHash.fingerprint(text)))
        if case .errorCode = kind { add(.error) }
    }

    @inline(__always)
    mutating func visit(resource text: EventTerms.Text, _ place: EventTerms.ResourcePlace) {
        insert(day | UInt64(resourceKind.rawValue << TermHash.bits | TermHash.fingerprint(text)))
    }

    mutating func add(_ trait: EventTrait) {
        insert(day | UInt64(TermKind.trait.rawValue << TermHash.bits | trait.rawValue))
    }

    /// Nearly every term was seen before, at the place where it belongs.
    @inline(__always)
    private mutating func insert(_ key: UInt64) {
        if slots[place(key) & (slots.count - 1)] != key + 1 { search(key) }
    }

    @inline(never)
    private mutating func search(_ key: UInt64) {
        if (keys.count + 1) * 2 > slots.count { grow() }
        let mask = slots.count - 1
        var index = place(key) & mask
        while slots[index] != 0 {
            if slots[index] == key + 1 { return }
            index = (index + 1) & mask
        }
        slots[index] = key + 1
        places.append(Int32(truncatingIfNeeded: index))
        keys.append(key)
    }

    mutating func removeAll() {
        for place in places { slots[Int(place)] = 0 }
        places.removeAll(keepingCapacity: true)
        keys.removeAll(keepingCapacity: true)
    }

    /// The fingerprint is random already; the kind and the day only shift it.
    @inline(__always)
    private func place(_ key: UInt64) -> Int {
        Int(truncatingIfNeeded: key ^ key >> 26 &* 0x9E37_79B9)
    }

    private mutating func grow() {
        slots = Array(repeating: 0, count: slots.count * 2)
        let mask = slots.count - 1
        places.removeAll(keepingCapacity: true)
        for key in keys {
            var index = place(key) & mask
            while slots[index] != 0 { index = (index + 1) & mask }
            slots[index] = key + 1
            places.append(Int32(truncatingIfNeeded: index))
        }
    }
}
