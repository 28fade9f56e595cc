// Hot path: compares the name of a member with the one that stood at its place in an earlier record, sixteen bytes at a
// time through raw pointers. The records of a log have few shapes, so that most names need not be searched for their end
// and looked up. A comparison reads at most 32 bytes from a name's start: at worst into the padding of `LogText`.

/// A name seen before in the object of one node, as it stands in the text up to its colon.
struct KeyGuess {
    /// Longest name, with its quotation mark and colon.
    static let bytesMax = 32

    /// The first and the last sixteen bytes of `name":`; of a shorter one the bytes that count are in `mask`.
    var head = SIMD16<UInt8>(repeating: 0)
    var mask = SIMD16<UInt8>(repeating: 0)
    var tail = SIMD16<UInt8>(repeating: 0)
    /// Bytes of `name":`.
    var count = 0
    /// The node whose object it stands in, and the one that it leads to, or -1.
    var node: Int32 = -1
    var child: Int32 = -1
    /// The field of that node when a string there needs nothing but to be stored, or -1.
    var plainField: Int32 = -1
    /// ``LayoutNode/mustClearWhenRepeated`` of `child`.
    var mustClearWhenRepeated = false
    /// The run that begins here.
    var run: MemberRun?
    var endsRun = false
    /// The guesses for the name that follows: the one that followed last, and the one before it.
    var next: Int32 = 0
    var other: Int32 = 0

    @inline(__always)
    func matches(_ start: BytePointer) -> Bool {
        let bytes = UnsafeRawPointer(start).loadUnaligned(as: SIMD16<UInt8>.self)
        let difference = unsafeBitCast((bytes ^ head) & mask, to: SIMD2<UInt64>.self)
        guard difference[0] | difference[1] == 0 else { return false }
        if count <= 16 { return true }
        let last = UnsafeRawPointer(start + (count - 16)).loadUnaligned(as: SIMD16<UInt8>.self)
        let rest = unsafeBitCast(last ^ tail, to: SIMD2<UInt64>.self)
        return rest[0] | rest[1] == 0
    }
}

/// The names seen so far, each pointing to its usual successor.
struct KeyGuesses: ~Copyable {
    /// Names beyond these are looked up each time.
    static let guessesMax = 512
    private static let placesCount = 2048

    /// Guess 0 is none.
    let guesses: UnsafeMutablePointer<KeyGuess>
    /// Objects of one node begin alike for one kind of call: the first names by node and context.
    static let contextsCount = 32
    let first: UnsafeMutablePointer<Int32>
    /// What tells the kinds of call apart; any number.
    var context: UInt64 = 0
    private let places: UnsafeMutablePointer<Int32>
    private var count = 1

    init(nodeCount: Int) {
        guesses = .allocate(capacity: Self.guessesMax)
        guesses.initialize(repeating: KeyGuess(), count: Self.guessesMax)
        first = .allocate(capacity: nodeCount * Self.contextsCount)
        first.initialize(repeating: 0, count: nodeCount * Self.contextsCount)
        places = .allocate(capacity: Self.placesCount)
        places.initialize(repeating: 0, count: Self.placesCount)
    }

    deinit {
        guesses.deallocate()
        first.deallocate()
        places.deallocate()
    }

    /// The guess that holds for the text at `start`, from among what followed `previous`; 0 for none.
    @inline(__always)
    func match(_ start: BytePointer, after previous: Int32, in node: Int32) -> Int32 {
        guard previous != 0 else {
            let guess = first[firstPlace(node)]
            return guess != 0 && guesses[Int(guess)].matches(start) ? guess : 0
        }
        let next = guesses[Int(previous)].next
        if next != 0, guesses[Int(next)].matches(start) { return next }
        let other = guesses[Int(previous)].other
        return other != 0 && guesses[Int(other)].matches(start) ? other : 0
    }

    @inline(__always)
    private func firstPlace(_ node: Int32) -> Int {
        Int(node) * Self.contextsCount + Int(truncatingIfNeeded: context) & (Self.contextsCount - 1)
    }

    /// Learns that the name at `start`, which leads to `child`, followed `previous`; its guess, or 0.
    @inline(never)
    mutating func learn(
        _ start: BytePointer, length: Int, hash: UInt64, after previous: Int32, in node: Int32, child: Int32,
        of layout: borrowing FieldLayout
    ) -> Int32 {
        // Only the usual spelling, without space around the colon, is worth a guess.
        guard length + 2 <= KeyGuess.bytesMax, start[length + 1] == Byte.colon else { return 0 }
        var place = Int(truncatingIfNeeded: hash ^ UInt64(truncatingIfNeeded: node) &* 31) & (Self.placesCount - 1)
        while places[place] != 0 {
            let guess = guesses[Int(places[place])]
            if guess.node == node, guess.count == length + 2, guess.matches(start) { break }
            place = (place + 1) & (Self.placesCount - 1)
        }
        if places[place] == 0 {
            guard count < Self.guessesMax else { return 0 }
            places[place] = Int32(count)
            guesses[count] = Self.guess(start, count: length + 2, node: node, child: child)
            if child >= 0 {
                let node = layout.nodes[Int(child)]
                guesses[count].plainField = node.plainField
                guesses[count].mustClearWhenRepeated = node.mustClearWhenRepeated
            }
            if node == 0 {
                let name = UnsafeBufferPointer(start: start, count: length)
                guesses[count].run = MemberRun.starting(with: name)
                guesses[count].endsRun = MemberRun.ends(with: name)
            }
            count += 1
        }
        let guess = places[place]
        if previous == 0 {
            first[firstPlace(node)] = guess
        } else {
            guesses[Int(previous)].other = guesses[Int(previous)].next
            guesses[Int(previous)].next = guess
        }
        return guess
    }

    private static func guess(_ start: BytePointer, count: Int, node: Int32, child: Int32) -> KeyGuess {
        var guess = KeyGuess(count: count, node: node, child: child)
        for index in 0..<min(count, 16) {
            guess.head[index] = start[index]
            guess.mask[index] = 0xFF
        }
        if count > 16 {
            for index in 0..<16 { guess.tail[index] = start[count - 16 + index] }
        }
        return guess
    }
}
