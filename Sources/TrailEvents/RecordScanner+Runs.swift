// Hot path: finds out whether the members that follow are a run that was met before; see `MemberRuns`.

/// A run that is being walked, to be kept at its end.
struct OpenRun {
    var kind: MemberRun?
    var tag: UInt64 = 0
    var start: BytePointer?
    /// Whether the member at hand is the last of its run.
    var isEnding = false
    private(set) var nodes = SIMD4<Int32>(repeating: -1)
    private var nodeCount = 0

    init() {}

    init(kind: MemberRun, tag: UInt64, start: BytePointer) {
        self.kind = kind
        self.tag = tag
        self.start = start
    }

    /// Keeps in mind that the run enters a node.
    @inline(__always)
    mutating func note(_ child: Int32, isNoted: Bool) {
        if isNoted, kind != nil { add(child) }
    }

    @inline(never)
    private mutating func add(_ child: Int32) {
        if nodeCount == MemberRuns.nodesMax {
            kind = nil
        } else {
            nodes[nodeCount] = child
            nodeCount += 1
        }
    }
}

extension RecordScanner {
    /// Takes the values of the run at `start` over when it was met before, and returns where it ends, after its comma or
    /// brace; else `run` is to be kept when its end is reached.
    @inline(never)
    mutating func replay(
        _ kind: MemberRun, _ start: BytePointer, _ level: Level, _ bounds: TextBounds, _ run: inout OpenRun,
        _ previous: inout Int32
    ) -> BytePointer? {
        // The end of the record tells much of the service that was called, which stands before it.
        let hint = kind == .rest ? record.runs[MemberRun.call.rawValue].serial : 0
        let tag = runs.tag(kind, start, hint: hint, bounds)
        guard tag != 0 else {
            run = OpenRun()
            return nil
        }
        let index = runs.match(kind, tag, start, bounds)
        guard index >= 0 else {
            run = OpenRun(kind: kind, tag: tag, start: start)
            return nil
        }
        let entry = runs.entries + index
        if entry.pointee.nodes[0] >= 0 {
            for place in 0..<MemberRuns.nodesMax where entry.pointee.nodes[place] >= 0 {
                _ = enter(entry.pointee.nodes[place], level)
            }
        }
        runs.replay(kind, index, at: bounds.offset(start), into: &record)
        if kind == .call { guesses.context = entry.pointee.serial }
        previous = entry.pointee.lastGuess
        run.kind = nil
        return start + entry.pointee.count
    }

    /// Keeps a run whose last member ended before `end`, after its comma or brace.
    @inline(never)
    mutating func keep(_ run: inout OpenRun, _ end: BytePointer, _ lastGuess: Int32, _ bounds: TextBounds) {
        if let kind = run.kind, let start = run.start {
            runs.keep(kind, run.tag, start, end, bounds, lastGuess: lastGuess, nodes: run.nodes, of: &record)
        }
        run = OpenRun()
    }
}
