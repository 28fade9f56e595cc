import Foundation
import Testing
import TrailEvents

/// Broken records from fixed seeds, against Foundation; `Tests/Fuzz` does the same with a fuzzer.
///
/// `TRAILWATCH_ROUNDS` asks for more seeds.
struct MutationTests {
    private static let seeds: [UInt64] = {
        let rounds = ProcessInfo.processInfo.environment["TRAILWATCH_ROUNDS"].flatMap(UInt64.init) ?? 4
        return Array(1...max(1, rounds))
    }()

    private static let records = [
        #"{"eventTime":"2023-07-10T11:45:00Z","eventName":"Get\"Object","errorCode":null,"recipientAccountId":"1"}"#,
        #"{"userIdentity":{"type":"AssumedRole","sessionContext":{"sessionIssuer":{"arn":"arn:aws:iam::1:role/é"}}}}"#,
        #"{"resources":[{"ARN":"arn:1","type":"t"},{"ARN":null},7,[{"ARN":"no"}]],"managementEvent":true,"a":{"b":-0.5e3}}"#,
        #"{"a":1,"a":{"b":1},"a":{"b":"\u00e9\ud83d\ude00"},"eventName":"x","eventName":"😀\u0000\/\b"}"#,
        #" { "requestParameters" : { "a" : [ ] , "b" : { } } , "addendum" : { "originalEventID" : "o" } , "eventID" : 12 } "#,
        #"{"\u0065ventName":"escaped name","userIdentity":{"type":false},"userIdentity":"text","a":[[[]]],"":""}"#,
    ]
    /// Bytes and pieces that break JSON, or nearly.
    private static let pieces: [[UInt8]] =
        [
            "\"", "\\", "{", "}", "[", "]", ",", ":", " ", "0", "-", "1e5", ".", "\\u00", "\\ud83d", "null", "true",
            "tru",
            "\"a\":", "\"eventName\":", "\"Records\":[", "//", "\u{FEFF}", "é", "1.", "01", "+1", "NaN",
        ].map { Array($0.utf8) } + [[0], [0x1F], [0x7F], [0x80], [0xFF], [0xC3], [0xED, 0xA0, 0x80]]

    private static func mutate(_ text: [UInt8], _ random: inout SplitMix64) -> [UInt8] {
        var bytes = text
        for _ in 0...random.below(3) where !bytes.isEmpty {
            let place = random.below(bytes.count)
            switch random.below(7) {
            case 0: bytes.removeSubrange(place...)
            case 1: bytes.remove(at: place)
            case 2: bytes[place] ^= 1 << UInt8(random.below(8))
            case 3: bytes.insert(contentsOf: pieces[random.below(pieces.count)], at: place)
            case 4:
                let end = min(bytes.count, place + random.below(30))
                bytes.removeSubrange(place..<end)
            case 5:
                let piece = bytes[place..<min(bytes.count, place + random.below(40))]
                bytes.insert(contentsOf: piece, at: random.below(bytes.count))
            default:
                let other = Array(records[random.below(records.count)].utf8)
                bytes.replaceSubrange(place..., with: other[random.below(other.count)...])
            }
        }
        return bytes
    }

    @Test(arguments: seeds) func `the scanner and Foundation read the same, of whole and of broken records`(
        seed: UInt64
    ) {
        var random = SplitMix64(seed: seed)
        var oracle = FoundationOracle()
        for record in Self.records {
            #expect(oracle.difference(record: Array(record.utf8)) == nil, "\(record)")
        }
        for round in 0..<4000 {
            let record = Self.mutate(Array(Self.records[random.below(Self.records.count)].utf8), &random)
            let fault = oracle.difference(record: record)
            #expect(fault == nil, "seed \(seed), round \(round): \(String(decoding: record, as: UTF8.self))")
            guard round.isMultiple(of: 3) else { continue }
            let file = Self.mutate(
                Array(#"{"Records":["#.utf8) + record + Array(#",{"eventName":"last"}]}"#.utf8), &random)
            let fileFault = oracle.difference(file: file)
            #expect(fileFault == nil, "seed \(seed), round \(round): \(String(decoding: file, as: UTF8.self))")
        }
    }

    @Test(
        arguments: [
            #"{"eventName":"a"}"#, #"{"eventName":"a","eventName":"b"}"#, #"{"a":{"b":1},"a":2}"#,
            #"{"resources":[{"ARN":"x"}]}"#,
        ]) func `the oracle sees a difference`(record: String)
    {
        // The scanner's text and Foundation's, one of them with another value: an oracle that says nothing is none.
        var table = FieldTable()
        let name = table.add([.member("eventName")])
        var scanner = RecordScanner(table)
        var found: String?
        try? scanner.scan(record: LogText(record)) { found = $0.string(name) }
        let tree = try? JSONSerialization.jsonObject(with: Data(record.utf8)) as? [String: Any]
        #expect(found == tree?["eventName"] as? String)
    }
}
