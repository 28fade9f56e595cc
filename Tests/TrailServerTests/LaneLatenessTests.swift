import Testing
import TrailModel

@testable import TrailServer

@Suite struct LaneLatenessTests {
    private func lateness(_ seconds: [Int64]) -> Lateness {
        var lateness = Lateness()
        for late in seconds { lateness.note(stamp: laneStart, oldestEvent: laneStart.adding(seconds: -late)) }
        return lateness
    }

    @Test(
        arguments: [
            ("no file", [], 900),
            ("too few files", Array(repeating: 10, count: 19), 900),
            ("enough files, at the least bound", Array(repeating: 10, count: 20), 300),
            ("events after their stamp", Array(repeating: -500, count: 20), 300),
            ("on the least bound", Array(repeating: 300, count: 20), 300),
            ("just above it", Array(repeating: 301, count: 20), 301),
            ("the largest counts, wherever it stands", [310, 594] + Array(repeating: 305, count: 18), 594),
            ("on the upper bound", Array(repeating: 900, count: 20), 900),
            ("beyond it", [86_400] + Array(repeating: 10, count: 30), 900),
            ("the 200th file before counts", [700] + Array(repeating: 10, count: 199), 700),
            ("the 201st does not", [700] + Array(repeating: 10, count: 200), 300),
            ("the next largest takes over", [700, 450] + Array(repeating: 400, count: 199), 450),
            ("and the one after it", [700, 450, 420] + Array(repeating: 400, count: 199), 420),
            (
                "an equal one holds for its own 200",
                [700] + Array(repeating: 10, count: 100) + [700]
                    + Array(repeating: 10, count: 199), 700
            ),
        ] as [(String, [Int64], Int64)])
    func `lateness is the largest of the last 200 files within its bounds`(why: String, files: [Int64], want: Int64) {
        #expect(lateness(files).seconds == want, "\(why)")
    }

    @Test func `a part of a second counts as one`() {
        var lateness = Lateness()
        for _ in 0..<20 { lateness.note(stamp: laneStart, oldestEvent: laneStart.adding(milliseconds: -400_001)) }
        #expect(lateness.seconds == 401)
    }

    @Test(arguments: 1...10) func `lateness equals that of a plain list, and outlasts being stored`(seed: Int) {
        var random = SeededGenerator(seed: UInt64(seed))
        var lateness = Lateness()
        var list: [Int64] = []
        for round in 0..<3000 {
            // Long stretches that fall, so that many files stay in question.
            let late = seed % 2 == 0 ? Int64.random(in: 0...1000, using: &random) : Int64(900 - round * 3 % 650)
            lateness.note(stamp: laneStart, oldestEvent: laneStart.adding(seconds: -late))
            list.append(late)
            let plain = list.count < 20 ? 900 : min(900, max(300, list.suffix(200).max() ?? 0))
            #expect(lateness.seconds == plain, "seed \(seed), round \(round)")
            guard round % 7 == 0 else { continue }
            let numbers = lateness.peakNumbers
            #expect(numbers.count <= 2 * Lateness.filesMax)
            guard let restored = Lateness(fileCount: lateness.keptFileCount, peakNumbers: numbers) else {
                Issue.record("seed \(seed), round \(round): cannot restore \(numbers)")
                return
            }
            #expect(restored.seconds == plain)
            lateness = restored
        }
    }

    @Test(
        arguments: [
            ("an odd number", 20, [3]), ("an age that no file has", 20, [20, 400]), ("a negative age", 20, [-1, 400]),
            ("too little to be kept", 20, [3, 300]), ("above the bound", 20, [3, 901]),
            ("ages that rise", 20, [3, 500, 4, 400]), ("seconds that do not fall", 20, [4, 400, 3, 400]),
            ("too many files", 201, []), ("a negative number of files", -1, []),
        ] as [(String, Int, [Int64])])
    func `numbers that no lane can have are refused`(why: String, files: Int, peaks: [Int64]) {
        #expect(Lateness(fileCount: files, peakNumbers: peaks) == nil, "\(why)")
    }

    /// Five-minute stamps against a plain set of them.
    @Test(arguments: 1...8) func `the day of stamps equals a plain set`(seed: Int) {
        var random = SeededGenerator(seed: UInt64(seed))
        var newest = StampDay.step(of: laneStart)
        var day = StampDay(laneStart)
        var set: Set<Int64> = [newest]
        for round in 0..<600 {
            let jump = round % 100 == 99 ? Int64.random(in: 0...700, using: &random) : 5
            let step = newest + Int64.random(in: -300...jump, using: &random)
            let stamp = Timestamp(seconds: step * 300 + Int64.random(in: 0..<300, using: &random))
            day.insert(stamp)
            if step > newest - 288 { set.insert(step) }
            newest = max(newest, step)
            set = set.filter { $0 > newest - 288 }
            let later = Int64.random(in: -3...300, using: &random)
            let now = Timestamp(seconds: (newest + later) * 300)
            let place = "seed \(seed), round \(round)"
            #expect(day.count == set.count, "\(place)")
            #expect(day.count(at: now) == set.count { $0 > newest + max(0, later) - 288 }, "\(place)")
            #expect(day.ages.map { newest - Int64($0) } == set.sorted(by: >), "\(place)")
            #expect(
                StampDay(newest: Timestamp(seconds: newest * 300), text: day.text) == day, "\(place): \(day.text)")
            guard round % 50 == 0 else { continue }
            var other = StampDay(Timestamp(seconds: (newest - later) * 300))
            other.insert(Timestamp(seconds: (newest - later - 7) * 300))
            var union = other
            union.formUnion(day)
            var swapped = day
            swapped.formUnion(other)
            #expect(union == swapped, "\(place)")
            let all = set.union([newest - later, newest - later - 7])
            let top = all.max() ?? 0
            #expect(union.newestStep == top && union.count == all.count { $0 > top - 288 }, "\(place)")
        }
    }

    @Test(
        arguments: [
            ("one stamp", [0], 0, 86_400),
            ("every five minutes for a while", [0, 1, 2, 3], 300, 285 * 300),
            ("two gaps: their mean", [0, 1, 4], 600, 284 * 300),
            ("three gaps: the middle one", [0, 1, 4, 14], 900, 274 * 300),
            ("a pause in the middle", [0, 200, 287], 287 * 150, 200 * 300),
        ] as [(String, [Int64], Int64, Int64)])
    func `gaps lie between stamps`(why: String, ages: [Int64], median: Int64, longest: Int64) {
        var day = StampDay(laneStart)
        for age in ages { day.insert(laneStart.adding(seconds: -age * 300)) }
        #expect(day.medianGapSeconds == median, "\(why)")
        #expect(day.longestGapSeconds == longest, "\(why)")
    }

    @Test(arguments: ["g", "0x", String(repeating: "f", count: 73), "ä"]) func `a text of no stamps is refused`(
        text: String
    ) {
        #expect(StampDay(newest: laneStart, text: text) == nil)
    }
}
