import Testing
import TrailEvents
import TrailSources

@Suite struct InflaterTests {
    static let libraries: [InflateLibrary] = [.zlib, .auto]
    static let sample = Array(String(repeating: #"{"eventName":"DescribeInstances"},"#, count: 500).utf8)

    @Test(arguments: libraries)
    func `a packed file comes back as it was`(library: InflateLibrary) throws {
        var output: [UInt8] = []
        try Inflater(library: library).inflate(gzipped(Self.sample), into: &output)
        #expect(output == Self.sample)
    }

    @Test(arguments: libraries)
    func `several members are read as one text`(library: InflateLibrary) throws {
        var output = [UInt8](repeating: 7, count: 3)
        let parts: [[UInt8]] = [Self.sample, [], Array("end".utf8)]
        try Inflater(library: library).inflate(parts.flatMap { gzipped($0) }, into: &output)
        #expect(output == parts.flatMap { $0 })
    }

    @Test(arguments: libraries)
    func `a file cut at any byte is truncated, never read as whole`(library: InflateLibrary) throws {
        let packed = gzipped(Self.sample)
        let inflater = Inflater(library: library)
        var output: [UInt8] = []
        for length in 1..<packed.count {
            let error = #expect(throws: InflateError.self) {
                try inflater.inflate(Array(packed[..<length]), into: &output)
            }
            guard case .truncated = error else {
                Issue.record("cut at \(length): got \(String(describing: error)); want truncated")
                return
            }
        }
    }

    @Test func `both libraries refuse a damaged file with the same error`() {
        let packed = gzipped(Self.sample)
        var output: [UInt8] = []
        for index in packed.indices {
            var damaged = packed
            damaged[index] ^= 0x55
            func outcome(_ library: InflateLibrary) -> Result<[UInt8], InflateError> {
                Result { () throws(InflateError) in
                    try Inflater(library: library).inflate(damaged, into: &output)
                    return output
                }
            }
            #expect(outcome(.zlib) == outcome(.auto), "byte \(index)")
        }
    }

    @Test(arguments: libraries)
    func `a bomb meets the limit, and a text of just the limit does not`(library: InflateLibrary) throws {
        var output: [UInt8] = []
        let zeros = [UInt8](repeating: 0, count: 1 << 20)
        let error = #expect(throws: InflateError.self) {
            try Inflater(library: library, limit: (1 << 20) - 1).inflate(gzipped(zeros), into: &output)
        }
        #expect(error == .tooLarge(limit: (1 << 20) - 1))
        try Inflater(library: library, limit: 1 << 20).inflate(gzipped(zeros), into: &output)
        #expect(output == zeros)
    }
}

@Suite struct InflateLimitTests {
    @Test(arguments: [InflateLibrary.zlib, .libdeflate])
    func `a checksum of the header is checked, whatever the library`(library: InflateLibrary) {
        var packed = gzipped(InflaterTests.sample)
        packed[3] = 2
        packed.insert(contentsOf: [0xBA, 0xD0], at: 10)
        var output: [UInt8] = []
        let error = #expect(throws: InflateError.self) { try Inflater(library: library).inflate(packed, into: &output) }
        guard case .corrupt = error else {
            Issue.record("got \(String(describing: error)); want corrupt")
            return
        }
    }

    @Test(arguments: [InflateLibrary.zlib, .libdeflate])
    func `a file that inflates to far more than any log does is refused before it fills the memory`(
        library: InflateLibrary
    ) {
        let bomb = gzipped([UInt8](repeating: 0x20, count: Inflater.freeBytesMax + 1))
        #expect(bomb.count * 900 < Inflater.freeBytesMax)
        var text = LogText()
        #expect(throws: InflateError.tooLarge(limit: Inflater.freeBytesMax)) {
            try Inflater(library: library).inflate(bomb, into: &text)
        }
        #expect(text.count == 0 && text.capacityBytes < 2 * Inflater.freeBytesMax)
        #expect(throws: Never.self) {
            try Inflater(library: library).inflate(
                gzipped([UInt8](repeating: 0x20, count: Inflater.freeBytesMax)), into: &text)
        }
    }

    @Test(arguments: [InflateLibrary.zlib, .libdeflate])
    func `members without end cost no more than their bytes`(library: InflateLibrary) throws {
        let empty = gzipped([])
        let members = Array(repeatElement(empty, count: 50_000).joined())
        var output: [UInt8] = []
        try Inflater(library: library).inflate(members + gzipped(Array("{}".utf8)) + empty, into: &output)
        #expect(output == Array("{}".utf8))
    }
}
