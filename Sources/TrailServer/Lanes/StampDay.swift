import TrailModel

/// The five-minute stamps of 24 hours at which files were delivered, one bit each, up to the newest.
///
/// CloudTrail delivers about every five minutes and stamps its files with whole multiples of that; other times count in
/// the five minutes that hold them. Noting a stamp and counting take constant time.
struct StampDay: Equatable, Sendable {
    static let stepSeconds: Int64 = 300
    /// Stamps in 24 hours.
    static let stampCount = 288

    private static let wordCount = 5

    /// The newest stamp, in steps since the epoch.
    private(set) var newestStep: Int64
    /// Bit n of the whole: a file came n steps before the newest.
    private var words: [5 of UInt64] = [5 of UInt64](repeating: 0)

    init(_ stamp: Timestamp) {
        newestStep = Self.step(of: stamp)
        words[0] = 1
    }

    static func step(of time: Timestamp) -> Int64 { floorDivide(time.seconds, stepSeconds) }

    static func == (left: StampDay, right: StampDay) -> Bool {
        left.newestStep == right.newestStep && left.words.indices.allSatisfy { left.words[$0] == right.words[$0] }
    }

    /// Notes a delivery; one from more than a day before the newest leaves no trace.
    mutating func insert(_ stamp: Timestamp) {
        let step = Self.step(of: stamp)
        if step > newestStep { moveNewest(to: step) }
        let age = newestStep - step
        guard age < Self.stampCount else { return }
        words[Int(age) / 64] |= 1 << (UInt64(age) % 64)
    }

    /// Notes all deliveries of `other`.
    mutating func formUnion(_ other: StampDay) {
        if other.newestStep > newestStep { moveNewest(to: other.newestStep) }
        var shifted = other
        shifted.moveNewest(to: newestStep)
        for index in words.indices { words[index] |= shifted.words[index] }
    }

    /// The stamps with a file in the 24 hours up to `now`, of at most ``stampCount``.
    func count(at now: Timestamp) -> Int {
        let passed = max(0, Self.step(of: now) - newestStep)
        guard passed < Self.stampCount else { return 0 }
        let bits = Self.stampCount - Int(passed)
        var sum = 0
        for index in words.indices where bits > index * 64 {
            let kept = bits - index * 64
            sum += (kept >= 64 ? words[index] : words[index] & ((1 << UInt64(kept)) - 1)).nonzeroBitCount
        }
        return sum
    }

    /// The stamps with a file in the 24 hours up to the newest.
    var count: Int { words.indices.reduce(0) { $0 + words[$1].nonzeroBitCount } }

    /// Steps before the newest at which a file came, ascending; the first is 0.
    var ages: [Int] { (0..<Self.stampCount).filter { words[$0 / 64] >> UInt64($0 % 64) & 1 == 1 } }

    /// The median time between one stamp with a file and the next, in seconds; 0 when there is only one.
    var medianGapSeconds: Int64 {
        let ages = ages
        let gaps = zip(ages.dropFirst(), ages).map { $0 - $1 }.sorted()
        guard !gaps.isEmpty else { return 0 }
        return Int64(gaps[(gaps.count - 1) / 2] + gaps[gaps.count / 2]) * Self.stepSeconds / 2
    }

    /// The longest time without a file in the 24 hours up to the newest, their beginning included, in seconds.
    var longestGapSeconds: Int64 {
        let ages = ages
        let gaps = zip(ages.dropFirst() + [Self.stampCount], ages).map { $0 - $1 }
        return Int64(gaps.max() ?? Self.stampCount) * Self.stepSeconds
    }

    /// Makes `step`, which is not before the newest, the newest; what falls out of the 24 hours is dropped.
    private mutating func moveNewest(to step: Int64) {
        let steps = step - newestStep
        newestStep = step
        guard steps < Self.stampCount else {
            for index in words.indices { words[index] = 0 }
            return
        }
        let (whole, bits) = Int(steps).quotientAndRemainder(dividingBy: 64)
        for index in words.indices.reversed() {
            let high = index >= whole ? words[index - whole] << UInt64(bits) : 0
            let low = bits > 0 && index > whole ? words[index - whole - 1] >> UInt64(64 - bits) : 0
            words[index] = high | low
        }
        words[Self.wordCount - 1] &= (1 << UInt64(Self.stampCount % 64)) - 1
    }
}

extension StampDay {
    private static let digits = Array("0123456789abcdef")

    /// Four stamps to a hexadecimal digit, the newest first, without the zeros at the end.
    var text: String {
        var text = ""
        var zeros = 0
        for digit in 0..<(Self.stampCount / 4) {
            let nibble = Int(words[digit / 16] >> UInt64(digit % 16 * 4) & 15)
            if nibble == 0 {
                zeros += 1
            } else {
                text += String(repeating: "0", count: zeros)
                text.append(Self.digits[nibble])
                zeros = 0
            }
        }
        return text
    }

    /// Reads ``text``; `nil` for anything else.
    init?(newest: Timestamp, text: String) {
        guard text.utf8.count <= Self.stampCount / 4 else { return nil }
        self.init(newest)
        for (digit, character) in text.enumerated() {
            guard let nibble = character.hexDigitValue else { return nil }
            words[digit / 16] |= UInt64(nibble) << UInt64(digit % 16 * 4)
        }
    }
}
