import Testing
import TrailBlocks

/// A file of a test and its terms.
private typealias Entry = (file: FileIndex.File, terms: [UInt32])

/// `count` files of one lane, each with terms that most have, some have and few have.
private func entries(_ count: Int, using random: inout SeededGenerator) -> [Entry] {
    (0..<count).map { number in
        let first = Int64.random(in: 1_700_000_000...1_700_086_000, using: &random)
        let path = "/trail/AWSLogs/1/CloudTrail/r\(number % 3)/f\(number)" + (number % 7 == 0 ? ".json" : ".json.gz")
        var terms: [UInt32] = []
        for kind in UInt32(0)..<16 where kind != 5 {
            for _ in 0..<Int.random(in: 0...4, using: &random) {
                let shared: UInt32 = .random(in: 0..<6, using: &random)
                let own: UInt32 = .random(in: 0..<(1 << 26), using: &random)
                terms.append(kind << 26 | (Bool.random(using: &random) ? shared * 11_000_000 : own))
            }
        }
        let last = first + Int64.random(in: 0...700, using: &random)
        return (FileIndex.File(path: path, firstSeconds: first, lastSeconds: last), terms)
    }
}

@Suite struct FileIndexTests {
    @Test(arguments: [0, 1, 2, 3, 40, 300], [UInt64](1...3))
    func `every file is found by each of its terms, before and after its bytes`(count: Int, seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let entries = entries(count, using: &random)
        let index = FileIndex(entries)
        let read = try FileIndex(decoding: index.encoded())
        #expect(read == index)
        #expect(index.files.count == count)
        for term in Set(entries.flatMap(\.terms)).shuffled(using: &random).prefix(1000) {
            let want = Set(entries.filter { $0.terms.contains(term) }.map(\.file))
            #expect(Set(read.files(holding: [[term]])) == want, "term \(term)")
        }
        #expect(read.files(holding: [[1 << 26 - 1 | 5 << 26]]).isEmpty)
        #expect(read.files(holding: []) == index.files)
    }

    @Test(arguments: UInt64(1)...4)
    func `groups are joined by and, the terms of a group by or`(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let entries = entries(200, using: &random)
        let index = FileIndex(entries)
        let terms = entries.flatMap(\.terms)
        var hits = 0
        for _ in 0..<60 {
            let groups = (0..<Int.random(in: 1...3, using: &random)).map { _ in
                (0..<Int.random(in: 1...4, using: &random)).map { _ in terms.randomElement(using: &random) ?? 0 }
            }
            let want = entries.filter { entry in groups.allSatisfy { $0.contains { entry.terms.contains($0) } } }
            #expect(Set(index.files(holding: groups)) == Set(want.map(\.file)))
            hits += want.count
            let kinds = Set(groups.joined().map { Int($0 >> 26) })
            let part = try FileIndex(decoding: index.encoded(), kinds: kinds)
            #expect(part.files(holding: groups) == index.files(holding: groups))
        }
        #expect(hits > 0)
    }

    @Test(arguments: UInt64(1)...4)
    func `an index merged from parts in any order is the index of all`(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let entries = entries(120, using: &random)
        var merged = FileIndex()
        var rest = entries.shuffled(using: &random)[...]
        while !rest.isEmpty {
            let part = rest.prefix(Int.random(in: 1...30, using: &random))
            rest = rest.dropFirst(part.count)
            merged.merge(FileIndex(Array(part)))
        }
        #expect(merged == FileIndex(entries))
    }

    @Test func `a file that comes again has the terms and the times of both`() {
        let early = FileIndex.File(path: "a", firstSeconds: -5, lastSeconds: 7)
        let late = FileIndex.File(path: "a", firstSeconds: 3, lastSeconds: 90)
        let want = FileIndex([(FileIndex.File(path: "a", firstSeconds: -5, lastSeconds: 90), [1, 2, 3])])
        #expect(FileIndex([(late, [2, 3]), (early, [1, 2, 2])]) == want)
        var merged = FileIndex([(early, [1, 2])])
        merged.merge(FileIndex([(late, [3, 2])]))
        #expect(merged == want)
    }

    @Test func `times however far apart come back as they were`() throws {
        let index = FileIndex([
            (FileIndex.File(path: "a", firstSeconds: -62_135_596_800, lastSeconds: 253_402_300_799), [1]),
            (FileIndex.File(path: "b", firstSeconds: 253_402_300_799, lastSeconds: 253_402_300_799), [1]),
        ])
        #expect(try FileIndex(decoding: index.encoded()) == index)
    }

    @Test func `the bytes are those of the description`() {
        let index = FileIndex([
            (FileIndex.File(path: "/t/a.json.gz", firstSeconds: 100, lastSeconds: 130), [0, 1 << 26]),
            (FileIndex.File(path: "/t/b.json", firstSeconds: 101, lastSeconds: 101), [0]),
        ])
        var want: [UInt8] = [0x54, 0x58, 1, 2]
        // The earliest event at 100 s; "/t/a" and the ending, at 0 s after it, 30 s long; 3 bytes shared, "b.json".
        let list: [UInt8] =
            [0xC8, 0x01, 0, 4 << 1 | 1] + Array("/t/a".utf8) + [0, 30, 3, 6 << 1] + Array("b.json".utf8) + [1, 0]
        want += [UInt8(list.count)] + list
        // One term of kind 0 and one of kind 1; the others are empty.
        want += [1, 4, 1, 4] + [UInt8](repeating: 0, count: 28)
        // Fingerprint 0 as a Rice code of parameter 24; 1 and gamma(1): no file has it not.
        want += [0b1000_0000, 0, 0, 0b0110_0000]
        // Likewise; 0 and gamma(1): one file has it, number 0 in a Rice code of parameter 0.
        want += [0b1000_0000, 0, 0, 0b0011_0000]
        let checksum = CRC32C.checksum(of: want)
        want += (0..<4).map { UInt8(truncatingIfNeeded: checksum >> UInt32(8 * $0)) }
        #expect(index.encoded() == want)
    }

    @Test func `neighbouring files cost few bytes`() {
        var random = SeededGenerator(seed: 1)
        let files = (0..<1000).map { number -> Entry in
            let unique = (0..<16).map { _ in "abcdefgh".randomElement(using: &random) ?? "a" }
            let minute = 100 + number * 5 % 60
            let day = "/trail/AWSLogs/111122223333/CloudTrail/eu-west-1/2026/01/02"
            let path = "\(day)/f\(minute)Z_\(String(unique)).json.gz"
            let terms = (0..<40).map { UInt32($0) * 1_600_000 }.filter { _ in Bool.random(using: &random) }
            return (FileIndex.File(path: path, firstSeconds: Int64(number), lastSeconds: Int64(number) + 300), terms)
        }
        // 16 bytes of chance in the name and 20 of 40 terms at a bit or two each.
        #expect(FileIndex(files).encoded().count < 1000 * 35)
    }
}

@Suite struct FileIndexDamageTests {
    private static func sample() -> [UInt8] {
        var random = SeededGenerator(seed: 5)
        return FileIndex(entries(9, using: &random)).encoded()
    }

    private static func resealed(_ bytes: [UInt8]) -> [UInt8] { DamageTests.resealed(bytes) }

    @Test func `every truncation and every flipped bit is an error`() {
        var bytes = Self.sample()
        for count in bytes.indices {
            #expect(throws: FileIndexError.self) { try FileIndex(decoding: Array(bytes[..<count])) }
        }
        #expect(throws: FileIndexError.self) { try FileIndex(decoding: bytes + [0]) }
        for bit in 0..<(bytes.count * 8) {
            bytes[bit / 8] ^= 1 << UInt8(bit % 8)
            #expect(throws: FileIndexError.self, "bit \(bit)") { try FileIndex(decoding: bytes) }
            bytes[bit / 8] ^= 1 << UInt8(bit % 8)
        }
    }

    @Test(arguments: UInt64(1)...8)
    func `forged bytes with a right checksum are refused or read, never a crash`(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var refused = 0
        for _ in 0..<300 {
            var forged = Self.sample()
            for _ in 0..<Int.random(in: 1...5, using: &random) {
                forged[Int.random(in: 3..<forged.count, using: &random)] = .random(in: 0...255, using: &random)
            }
            guard let index = try? FileIndex(decoding: Self.resealed(forged)) else {
                refused += 1
                continue
            }
            #expect((try? FileIndex(decoding: index.encoded())) == index)
        }
        #expect(refused > 100, "seed \(seed)")
    }

    @Test func `errors say what, got and want`() {
        var bytes = Self.sample()
        bytes[2] = 9
        #expect(throws: FileIndexError.unknownVersion(got: 9, want: 1)) { try FileIndex(decoding: bytes) }
        bytes[0] = 0
        #expect(throws: FileIndexError.notAnIndex(got: 0x5800)) { try FileIndex(decoding: bytes) }
        #expect("\(FileIndexError.truncated(got: 3, want: 42))".contains("got 3 bytes; want at least 42"))
        #expect(FileIndexError.badTerms(kind: 2).code == "bad_terms")
    }
}
