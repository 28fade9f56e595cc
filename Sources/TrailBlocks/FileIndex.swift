/// Which log files can hold an event with a given value: the event index of one commit and day, or of several together.
///
/// A *term* is a number of 30 bits that stands for one value of one field: its kind in the upper 4 bits, a fingerprint
/// of the text in the lower ``fingerprintBits``. Two texts may share a fingerprint, so a file that is found *may* hold
/// the value; a file that is not found does not hold it. In memory and in bytes the index is inverted: for each term the
/// files that have it, since neighbouring files have most of their terms in common.
package struct FileIndex: Equatable, Sendable {
    package struct File: Hashable, Sendable {
        /// Where the file was when it was read.
        package let path: String
        /// Earliest event in the index, in seconds since the epoch.
        package let firstSeconds: Int64
        package let lastSeconds: Int64

        package init(path: String, firstSeconds: Int64, lastSeconds: Int64) {
            precondition(
                firstSeconds <= lastSeconds, "times must be in order; got \(firstSeconds) and \(lastSeconds)")
            self.path = path
            self.firstSeconds = firstSeconds
            self.lastSeconds = lastSeconds
        }
    }

    /// A lookup among n values of one kind finds a file that it need not find in n of 67 million cases.
    package static let fingerprintBits = 26
    package static let kindBits = 4
    static let termBits = kindBits + fingerprintBits

    /// Sorted by path, each path once.
    package private(set) var files: [File]
    /// Term in the upper half, number of the file in the lower; sorted, each pair once.
    private(set) var postings: [UInt64]

    /// The index of `files` with the terms of each, in any order; terms above 30 bits are a programmer's error.
    package init(_ files: [(file: File, terms: [UInt32])] = []) {
        let order = files.indices.sorted { files[$0].file.path < files[$1].file.path }
        self.files = []
        postings = []
        postings.reserveCapacity(files.reduce(0) { $0 + $1.terms.count })
        for place in order {
            let file = files[place].file
            if let last = self.files.last, last.path == file.path {
                self.files[self.files.count - 1] = last.joined(file)
            } else {
                self.files.append(file)
            }
            let number = UInt64(self.files.count - 1)
            for term in files[place].terms {
                precondition(term >> UInt32(Self.termBits) == 0, "a term must have 30 bits at most; got \(term)")
                postings.append(UInt64(term) << 32 | number)
            }
        }
        sortByTerm(&postings)
        removeRepeated(&postings)
    }

    /// What ``FileIndexFormat`` read: sorted already.
    init(files: [File], sortedPostings: [UInt64]) {
        self.files = files
        postings = sortedPostings
    }

    /// Adds the files of `other`; a file that both have gets the terms and times of both.
    package mutating func merge(_ other: FileIndex) {
        var merged: [File] = []
        var mine: [UInt64] = []
        var theirs: [UInt64] = []
        var rest = other.files[...]
        func take(_ file: File) {
            theirs.append(UInt64(merged.count))
            merged.append(file)
        }
        for file in files {
            while let next = rest.first, next.path < file.path {
                take(next)
                rest.removeFirst()
            }
            mine.append(UInt64(merged.count))
            if let next = rest.first, next.path == file.path {
                theirs.append(UInt64(merged.count))
                merged.append(file.joined(next))
                rest.removeFirst()
            } else {
                merged.append(file)
            }
        }
        rest.forEach(take)
        files = merged
        postings =
            postings.map { $0 & ~0xFFFF_FFFF | mine[Int($0 & 0xFFFF_FFFF)] }
            + other.postings.map { $0 & ~0xFFFF_FFFF | theirs[Int($0 & 0xFFFF_FFFF)] }
        postings.sort()
        removeRepeated(&postings)
    }

    /// The files that may hold, for each group, one of its terms at least; all of them when there is no group.
    ///
    /// - Complexity: O(log postings + files) for each term.
    package func files(holding groups: [[UInt32]]) -> [File] {
        var hits = [Int](repeating: 0, count: files.count)
        for (number, group) in groups.enumerated() {
            for term in group {
                forEachFile(of: term) { file in
                    if hits[file] == number { hits[file] += 1 }
                }
            }
        }
        return files.indices.filter { hits[$0] == groups.count }.map { files[$0] }
    }

    private func forEachFile(of term: UInt32, _ body: (Int) -> Void) {
        var low = 0
        var high = postings.count
        while low < high {
            let middle = (low + high) / 2
            if UInt32(postings[middle] >> 32) < term { low = middle + 1 } else { high = middle }
        }
        while low < postings.count, UInt32(postings[low] >> 32) == term {
            body(Int(postings[low] & 0xFFFF_FFFF))
            low += 1
        }
    }
}

extension FileIndex.File {
    fileprivate func joined(_ other: FileIndex.File) -> FileIndex.File {
        FileIndex.File(
            path: path, firstSeconds: min(firstSeconds, other.firstSeconds),
            lastSeconds: max(lastSeconds, other.lastSeconds))
    }
}

/// Sorts by the 30 bits of the term, keeping the order of equal ones: the file numbers of one term ascend already.
///
/// Three passes by 10 bits each cost a tenth of a comparison sort, and every commit pays for them.
private func sortByTerm(_ postings: inout [UInt64]) {
    guard postings.count > 256 else {
        postings.sort()
        return
    }
    var other = [UInt64](repeating: 0, count: postings.count)
    for shift in stride(from: UInt64(32), to: 62, by: 10) {
        var starts = [Int](repeating: 0, count: 1025)
        for posting in postings { starts[Int(posting >> shift & 0x3FF) + 1] += 1 }
        for digit in 1...1024 { starts[digit] += starts[digit - 1] }
        for posting in postings {
            let digit = Int(posting >> shift & 0x3FF)
            other[starts[digit]] = posting
            starts[digit] += 1
        }
        swap(&postings, &other)
    }
}

private func removeRepeated(_ postings: inout [UInt64]) {
    var kept = 0
    for index in postings.indices where kept == 0 || postings[index] != postings[kept - 1] {
        postings[kept] = postings[index]
        kept += 1
    }
    postings.removeLast(postings.count - kept)
}
