import TrailModel
import TrailSources

/// The records of a trail as CloudTrail writes them, and all that can happen to them on the way, from one seed.
struct TrailDeck {
    /// Distinct records, the bad ones among them.
    let records: [String]
    private(set) var random: SeededGenerator

    /// 2023-11-14T22:13:00Z, in the middle of a slot of five minutes.
    static let start = Timestamp(seconds: 1_699_999_980)
    static let spanSeconds: Int64 = 7200

    init(seed: UInt64, count: Int) {
        var random = SeededGenerator(seed: seed)
        var made: [String] = []
        for number in 0..<count { made += Self.records(number, &random) }
        records = made
        self.random = random
    }

    // MARK: Records

    private static func records(_ number: Int, _ random: inout SeededGenerator) -> [String] {
        // Few are days old, so that slots far from each other are asked for.
        let age = random.isOne(in: 12) ? Int64.random(in: 1...5, using: &random) * 86_400 : 0
        let time = start.adding(seconds: Int64.random(in: 0..<spanSeconds, using: &random) - age).rfc3339
        let account = "11112222333\(Int.random(in: 0..<3, using: &random))"
        let call = call(time, &random)
        let id = random.isOne(in: 3) ? "id-\(number)" : uuid(number)
        switch Int.random(in: 0..<20, using: &random) {
        case 0: return [#"{\#(call),"recipientAccountId":"\#(account)","requestID":"\#(number)"}"#]
        case 1:
            // One event for two accounts; each counts it.
            return ["111122223330", "111122223331"].enumerated().map { index, account in
                #"{\#(call),"eventID":"\#(uuid(number * 2 + index + 1_000_000))","sharedEventID":"\#(uuid(number))","#
                    + #""recipientAccountId":"\#(account)"}"#
            }
        case 2:
            // A correction of something that counts nowhere, under an id of its own.
            return [
                #"{\#(call),"eventID":"\#(id)","recipientAccountId":"\#(account)"}"#,
                #"{\#(call),"eventID":"c\#(number)","recipientAccountId":"\#(account)","userAgent":"mended","#
                    + #""addendum":{"reason":"UPDATED_DATA","updatedFields":"userAgent","originalEventID":"\#(id)"}}"#,
            ]
        case 3:
            return [
                #"{\#(call),"eventID":"\#(id)","recipientAccountId":"\#(account)","#
                    + #""addendum":{"reason":"DELIVERY_DELAY","originalEventID":null}}"#
            ]
        case 4:
            return [
                #"{"eventTime":"\#(time)","eventID":"\#(id)","eventCategory":"Insight","eventType":"AwsCloudTrailInsight","#
                    + #""recipientAccountId":"\#(account)","insightDetails":{"state":"Start","#
                    + #""eventSource":"ec2.amazonaws.com","eventName":"N\#(number % 3)"}}"#
            ]
        case 5:
            return [
                #"{"accountId":"\#(account)","eventId":"\#(id)","eventCategory":"Aggregated","awsRegion":"us-east-1","#
                    + #""eventSource":"s3.amazonaws.com","timeWindow":{"windowStart":"\#(time)"},"summary":"#
                    + #"{"primaryDimension":{"dimension":"eventName","statistics":[{"name":"GetObject","value":"#
                    + #"\#(Int.random(in: 1...900, using: &random))},{"name":"N\#(number % 2)","value":3}]}}}"#
            ]
        case 6: return [bad(number, &random)]
        default: return [#"{\#(call),"eventID":"\#(id)","recipientAccountId":"\#(account)"}"#]
        }
    }

    private static func call(_ time: String, _ random: inout SeededGenerator) -> String {
        let name = ["Bad", "GetObject", "ListUsers", #"Tr\u00e4ge"#, "AssumeRole"].randomElement(using: &random) ?? ""
        let error =
            switch Int.random(in: 0..<6, using: &random) {
            case 0: #","errorCode":"AccessDenied""#
            case 1: #","errorMessage":"Failed authentication""#
            case 2: #","errorCode":"Success""#
            default: ""
            }
        let region = ["us-east-1", "eu-west-1"].randomElement(using: &random) ?? ""
        let identity = random.isOne(in: 5) ? "null" : #"{"type":"IAMUser","userName":"u{\"[,"}"#
        return #""eventTime":"\#(time)","eventSource":"s\#(Int.random(in: 0..<3, using: &random)).amazonaws.com","#
            + #""eventName":"\#(name)","awsRegion":"\#(region)","userIdentity":\#(identity)\#(error)"#
    }

    private static func bad(_ number: Int, _ random: inout SeededGenerator) -> String {
        let deep = String(repeating: "[", count: 600) + String(repeating: "]", count: 600)
        return [
            "\(number)", #""\#(number)""#, "null", "{}", #"{"eventTime":"yesterday","eventID":"b\#(number)"}"#,
            #"{"eventTime":"1970-01-01T00:00:00Z","eventID":"b\#(number)"}"#, #"{"requestParameters":\#(deep)}"#,
        ].randomElement(using: &random) ?? ""
    }

    private static func uuid(_ number: Int) -> String {
        let digits = String(number)
        return "00000000-0000-4000-8000-" + String(repeating: "0", count: 12 - digits.count) + digits
    }

    // MARK: Files

    struct File {
        let path: String
        let bytes: [UInt8]
        /// The step at which it arrives.
        let step: Int
        /// A beginning of it that cannot be read, and that comes a step before.
        var beginning: [UInt8]?
        let recordCount: Int
    }

    /// Every record at least once, some often, in any order, in files of any form, some of which come twice.
    mutating func files(steps: Int) -> [File] {
        var dealt = records
        for record in records where random.isOne(in: 4) {
            dealt += Array(repeating: record, count: Int.random(in: 1...3, using: &random))
        }
        dealt.shuffle(using: &random)
        var rest = dealt[...]
        var files: [File] = []
        while !rest.isEmpty {
            let part = Array(rest.prefix(Int.random(in: 1...40, using: &random)))
            rest = rest.dropFirst(part.count)
            let bytes = form(part)
            for _ in 0..<(random.isOne(in: 6) ? 2 : 1) {
                let number = files.count
                var file = File(
                    path: path(number), bytes: random.isOne(in: 2) ? bytes : form(part),
                    step: Int.random(in: 1..<steps, using: &random), recordCount: part.count)
                if random.isOne(in: 8) {
                    file.beginning = Array(file.bytes.prefix(Int.random(in: 1...file.bytes.count / 2, using: &random)))
                }
                files.append(file)
            }
        }
        return files
    }

    private mutating func path(_ number: Int) -> String {
        guard random.isOne(in: 2) else { return "folder\(number % 3)/\(number).json" }
        let account = "99998888777\(number % 3)"
        let region = ["us-east-1", "eu-west-1"].randomElement(using: &random) ?? ""
        let kind = number % 7 == 0 ? "CloudTrail-Insight" : "CloudTrail"
        let minute = 10 + Int.random(in: 0..<50, using: &random)
        return "AWSLogs/\(account)/\(kind)/\(region)/2023/11/14/"
            + "\(account)_\(kind)_\(region)_20231114T23\(minute)Z_\(100_000 + number).json.gz"
    }

    /// A log file of `records`: plain, packed, or packed in several members, with more or less around the records.
    private mutating func form(_ records: [String]) -> [UInt8] {
        let comma = ["", " ", "\r\n"].randomElement(using: &random) ?? ""
        let list = records.joined(separator: "\(comma),\(comma)")
        let text =
            switch Int.random(in: 0..<4, using: &random) {
            case 0: "\u{FEFF}{\"Records\" : [ \(list) ] }\n"
            case 1: #"{"before":{"Records":[1]},"Records":[\#(list)],"after":[{}]}"#
            default: "{\"Records\":[\(list)]}"
            }
        let bytes = Array(text.utf8)
        switch Int.random(in: 0..<3, using: &random) {
        case 0: return bytes
        case 1: return gzipped(bytes)
        default:
            let cut = Int.random(in: 0...bytes.count, using: &random)
            return gzipped(Array(bytes[..<cut])) + gzipped(Array(bytes[cut...]))
        }
    }
}
