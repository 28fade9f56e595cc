import TrailModel

/// How late the events of a lane may still come, measured on its last files.
///
/// Only the files that can still be the largest are kept, each with its place: noting one takes constant time on average,
/// and a lane whose files are all on time keeps nothing.
struct Lateness: Equatable, Sendable {
    /// The bounds of the measure, in seconds; the upper one holds until ``filesMin`` files were seen.
    static let secondsMin: Int64 = 300
    static let secondsMax: Int64 = 900
    /// The measure is the largest of so many files.
    static let filesMax = 200
    static let filesMin = 20

    private struct Peak: Equatable {
        /// Number of the file, from 1.
        let file: Int
        let seconds: Int64
    }

    private(set) var fileCount = 0
    /// Files that are later than each file after them and than the least measure, oldest first.
    private var peaks: [Peak] = []

    init() {}

    /// Takes in a file by its stamp and its oldest event.
    mutating func note(stamp: Timestamp, oldestEvent: Timestamp) {
        // Rounded up: an event that is a part of a second later is later.
        let late = -floorDivide(oldestEvent.milliseconds - stamp.milliseconds, 1000)
        let seconds = min(late, Self.secondsMax)
        fileCount += 1
        if let first = peaks.first, first.file <= fileCount - Self.filesMax { peaks.removeFirst() }
        while let last = peaks.last, last.seconds <= seconds { peaks.removeLast() }
        if seconds > Self.secondsMin { peaks.append(Peak(file: fileCount, seconds: seconds)) }
    }

    var seconds: Int64 {
        fileCount < Self.filesMin ? Self.secondsMax : peaks.first?.seconds ?? Self.secondsMin
    }
}

extension Lateness {
    /// The files that were seen, as far as it matters how many.
    var keptFileCount: Int { min(fileCount, Self.filesMax) }

    /// Files since a peak, and its seconds, by turns, oldest first.
    var peakNumbers: [Int64] { peaks.flatMap { [Int64(fileCount - $0.file), $0.seconds] } }

    /// Reads ``keptFileCount`` and ``peakNumbers``; `nil` for numbers that cannot be theirs.
    init?(fileCount: Int, peakNumbers: [Int64]) {
        guard (0...Self.filesMax).contains(fileCount), peakNumbers.count.isMultiple(of: 2) else { return nil }
        self.fileCount = fileCount
        for start in stride(from: 0, to: peakNumbers.count, by: 2) {
            let (age, seconds) = (peakNumbers[start], peakNumbers[start + 1])
            guard (0..<Int64(fileCount)).contains(age), seconds > Self.secondsMin, seconds <= Self.secondsMax
            else { return nil }
            let peak = Peak(file: fileCount - Int(age), seconds: seconds)
            if let last = peaks.last, last.file >= peak.file || last.seconds <= peak.seconds { return nil }
            peaks.append(peak)
        }
    }
}
