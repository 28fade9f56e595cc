import TrailBlocks
import TrailCounts
import TrailEvents

/// The folded event ids of one slot in little more than the 122 random bits that a UUID of version 4 has.
///
/// ```text
/// varint number of groups · varint filters of each · bits of each group, filled with zeros to a byte
/// group: gamma(accounts + 1) · accounts, ascending
/// account: 7 bits width of its step from the one before · the step · gamma(u + 1) · gamma(o + 1) · u UUIDs · o other ids
/// UUID: rice(high step, k) · 32 bits · 62 bits         other id: 128 bits
/// ```
///
/// A UUID's 60 high bits without the version are a step from those of the one before, in two parts: what is above its low
/// 32 bits as a Rice code with k = 28 − (number of bits of u), at least 0, and these. The 62 low bits come without the
/// variant. Ids are sorted, so that the order of random ids costs nothing. Codes are those of `TrailBlocks`.
enum EventIDCodec {
    /// In the column `format` of the table `event_ids`; 0 are the bytes of ``encodeGroups(_:)``.
    static let format: Int64 = 1

    private static let versionMask: UInt64 = 0xF000
    private static let version4: UInt64 = 0x4000
    private static let variantShift: UInt64 = 62
    private static let variant: UInt64 = 2
    private static let lowMask: UInt64 = 1 << 62 - 1

    static func encode(_ groups: [SeenEvents.Group]) -> [UInt8] {
        var header = ByteWriter()
        header.writeCount(groups.count)
        for group in groups { header.writeVarint(UInt64(bitPattern: group.filters)) }
        var bits = BitWriter()
        for group in groups { append(group.keys, to: &bits) }
        header.write(raw: bits.finish())
        return header.bytes
    }

    static func decode(_ bytes: [UInt8], format: Int64, unnamed: Int64) throws -> [SeenEvents.Group] {
        switch format {
        case 0: return try decodeGroups(bytes, unnamed: unnamed)
        case Self.format: return try decode(bytes)
        default:
            throw damaged("got the form \(format); want 0 or \(Self.format) (a newer program wrote it: use that one)")
        }
    }

    private static func decode(_ bytes: [UInt8]) throws -> [SeenEvents.Group] {
        var header = ByteReader(bytes)
        var filters: [Int64] = []
        for _ in 0..<(try header.readCount(max: header.remaining)) {
            filters.append(Int64(bitPattern: try header.readVarint()))
        }
        var bits = BitReader(bytes, in: header.offset..<bytes.count)
        var groups: [SeenEvents.Group] = []
        for filters in filters { groups.append(SeenEvents.Group(filters: filters, keys: try readKeys(from: &bits))) }
        guard bits.isAtPaddedEnd else { throw damaged("got more bits than ids; want their end") }
        return groups
    }

    // MARK: Writing

    private static func append(_ keys: [EventKey], to bits: inout BitWriter) {
        let sorted = sortedOnce(keys)
        var starts: [Int] = []
        for index in sorted.indices where index == 0 || sorted[index].account != sorted[index - 1].account {
            starts.append(index)
        }
        bits.append(gamma: UInt64(starts.count) + 1)
        var previous: UInt64 = 0
        for (number, start) in starts.enumerated() {
            let end = number + 1 < starts.count ? starts[number + 1] : sorted.count
            let account = sorted[start].account
            let step = account - previous
            let width = 64 - step.leadingZeroBitCount
            bits.append(UInt64(width), count: 7)
            bits.append(step, count: width)
            previous = account
            let others = sorted[start..<end].firstIndex { !isVersion4($0) } ?? end
            bits.append(gamma: UInt64(others - start) + 1)
            bits.append(gamma: UInt64(end - others) + 1)
            append(uuids: sorted[start..<others], to: &bits)
            for key in sorted[others..<end] {
                bits.append(key.high, count: 64)
                bits.append(key.low, count: 64)
            }
        }
    }

    /// By account, UUIDs first, none twice.
    private static func sortedOnce(_ keys: [EventKey]) -> [EventKey] {
        var sorted = keys.sorted { left, right in
            if left.account != right.account { return left.account < right.account }
            let isLeft = isVersion4(left)
            if isLeft != isVersion4(right) { return isLeft }
            return left.high != right.high ? left.high < right.high : left.low < right.low
        }
        var kept = 0
        for key in sorted where kept == 0 || sorted[kept - 1] != key {
            sorted[kept] = key
            kept += 1
        }
        sorted.removeLast(sorted.count - kept)
        return sorted
    }

    private static func append(uuids keys: ArraySlice<EventKey>, to bits: inout BitWriter) {
        let parameter = riceParameter(count: keys.count)
        var previous: UInt64 = 0
        for key in keys {
            let high = (key.high >> 16) << 12 | key.high & 0xFFF
            let step = high - previous
            previous = high
            bits.append(rice: step >> 32, parameter: parameter)
            bits.append(step & 0xFFFF_FFFF, count: 32)
            bits.append(key.low & lowMask, count: 62)
        }
    }

    private static func isVersion4(_ key: EventKey) -> Bool {
        key.high & versionMask == version4 && key.low >> variantShift == variant
    }

    /// For the upper 28 bits of the steps between `count` even numbers of 60 bits.
    private static func riceParameter(count: Int) -> Int {
        max(28 - (Int.bitWidth - count.leadingZeroBitCount), 0)
    }

    // MARK: Reading

    private static func readKeys(from bits: inout BitReader) throws -> [EventKey] {
        var keys: [EventKey] = []
        let accountCount = bits.readGamma() &- 1
        // An account takes nine bits at least, an id 94.
        guard accountCount <= UInt64(bits.bitsLeft / 9) else {
            throw damaged("got \(accountCount) accounts; want fewer")
        }
        var account: UInt64 = 0
        for number in 0..<accountCount {
            let width = Int(bits.read(7))
            guard width <= 64 else { throw damaged("got a step of \(width) bits; want 64 at most") }
            let step = bits.readLong(width)
            let (next, isOver) = account.addingReportingOverflow(step)
            guard !isOver && (step > 0 || number == 0) else {
                throw damaged("got accounts out of order; want them sorted")
            }
            account = next
            let uuids = bits.readGamma() &- 1
            let others = bits.readGamma() &- 1
            let most = UInt64(bits.bitsLeft / 94)
            guard uuids <= most && others <= most else { throw damaged("got more ids than bits; want fewer") }
            keys.reserveCapacity(keys.count + Int(uuids) + Int(others))
            try read(uuids: Int(uuids), account, from: &bits, into: &keys)
            try read(others: Int(others), account, from: &bits, into: &keys)
        }
        return keys
    }

    private static func read(
        uuids count: Int, _ account: UInt64, from bits: inout BitReader, into keys: inout [EventKey]
    ) throws {
        let parameter = riceParameter(count: count)
        var high: UInt64 = 0
        var low: UInt64 = 0
        for index in 0..<count {
            guard let step = bits.readRice(parameter: parameter), step < 1 << 28 else {
                throw damaged("got a step past a UUID; want 60 bits at most")
            }
            let next = high + (step << 32 | bits.read(32))
            let nextLow = variant << variantShift | bits.readLong(62)
            guard next >> 60 == 0, !bits.isOverrun, index == 0 || next > high || nextLow > low else {
                throw damaged("got ids out of order, or their bits end; want them sorted and whole")
            }
            high = next
            low = nextLow
            keys.append(EventKey(high: (high >> 12) << 16 | version4 | high & 0xFFF, low: low, account: account))
        }
    }

    private static func read(
        others count: Int, _ account: UInt64, from bits: inout BitReader, into keys: inout [EventKey]
    ) throws {
        var previous: EventKey?
        for _ in 0..<count {
            let key = EventKey(high: bits.readLong(64), low: bits.readLong(64), account: account)
            guard !bits.isOverrun, !isVersion4(key), previous.map({ $0 < key }) ?? true else {
                throw damaged("got ids out of order, or their bits end; want them sorted and whole")
            }
            previous = key
            keys.append(key)
        }
    }

    private static func damaged(_ reason: String) -> StoreError {
        .corrupt(what: "event ids", reason: reason)
    }
}
