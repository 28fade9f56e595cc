import Foundation
import TrailEvents

/// First inputs: the files of a trail, their records alone and in small files, cut, flipped and spliced; blocks of a
/// store; filter patterns; and alarm files.
struct Corpus {
    private static let recordsMax = 400
    private static let packedBytesMax = 4000

    private static let patterns = [
        #"{"source":["aws.iam"],"detail":{"eventName":[{"prefix":"Create"},{"anything-but":{"suffix":["x","y"]}}]}}"#,
        #"{"detail":{"$or":[{"resources":{"ARN":[{"wildcard":"*a*:b"}],"type":["x"]}},{"a.b":[{"exists":false}]}]}}"#,
        #"{"detail":{"sourceIPAddress":[{"cidr":"10.0.0.0/8"},"::1"],"n":[{"numeric":[">",-1,"<=",2e3]},5,null,true]}}"#,
    ]

    private var inputs: [[UInt8]] = []
    private var random = Xorshift(state: 0x5EED)

    init(logs: String) throws {
        var records: [[UInt8]] = []
        var seen: Set<String> = []
        var scanner = RecordScanner(FieldTable())
        for case let name as String in FileManager.default.enumerator(atPath: logs) ?? .init()
        where name.hasSuffix(".json.gz") {
            let packed = Array(try Data(contentsOf: URL(fileURLWithPath: "\(logs)/\(name)")))
            if packed.count <= Self.packedBytesMax { inputs.append([2] + packed) }
            var text = LogText()
            try Inflater().inflate(packed, into: &text)
            _ = try? scanner.scan(text) { record in
                let call = "\(record.string(.eventSource) ?? "") \(record.string(.eventName) ?? "")"
                if seen.insert(call).inserted, records.count < Self.recordsMax {
                    records.append(Array(record.recordBytes))
                }
            }
        }
        let (blocks, indexes) = StoredBytes.samples { random.next() }
        inputs += FilterPatterns.samples.map { [7] + Array($0.utf8) }
        inputs += Templates.samples.map { [8] + Array($0.utf8) }
        inputs += blocks.map { [4] + $0 } + indexes.map { [5] + $0 }
        for (index, record) in records.enumerated() { add(record, next: records[(index + 1) % records.count]) }
    }

    private mutating func add(_ record: [UInt8], next: [UInt8]) {
        let (start, end) = (Array("{\"Records\":[".utf8), Array("]}".utf8))
        let event = Array("{\"detail-type\":\"AWS API Call via CloudTrail\",\"detail\":".utf8) + record + [0x7D]
        inputs.append([1] + record)
        inputs.append([0] + start + record + [0x2C] + next + end)
        inputs.append([3] + record + [0x0A] + event)
        for pattern in Self.patterns { inputs.append([6] + Array(pattern.utf8) + [0x0A] + record) }
        // Spliced, cut and flipped.
        let place = Int(random.next() % UInt64(max(record.count, 1)))
        inputs.append([1] + record[..<place] + next[min(place, next.count)...])
        inputs.append([0] + start + record[..<place])
        var flipped = record
        flipped[place] ^= 1 << (random.next() % 8)
        inputs.append([1] + flipped)
    }

    func write(to directory: String) throws {
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        for (index, input) in inputs.enumerated() {
            try Data(input).write(to: URL(fileURLWithPath: "\(directory)/seed-\(index)"))
        }
    }
}

private struct Xorshift {
    var state: UInt64

    mutating func next() -> UInt64 {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return state
    }
}
