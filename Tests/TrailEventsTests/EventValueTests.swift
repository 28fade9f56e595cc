import Testing
import TrailEvents
import TrailModel

struct EventTimeTests {
    @Test(
        arguments: [
            ("1970-01-01T00:00:00Z", 0), ("2023-07-10T11:42:36Z", 1_688_989_356),
            ("2024-02-29T23:59:59Z", 1_709_251_199),
            ("2000-02-29T00:00:00Z", 951_782_400), ("1969-12-31T23:59:59Z", -1),
            ("9999-12-31T23:59:59Z", 253_402_300_799),
            ("2023-07-10T11:42:36.999Z", 1_688_989_356), ("2023-07-10T13:42:36+02:00", 1_688_989_356),
            ("2023-07-10T11:12:36.5-0030", 1_688_989_356),
        ] as [(String, Int64)])
    func `a time has its seconds`(_ text: String, _ want: Int64) {
        #expect(withUTF8(text) { EventTime.seconds($0) } == want)
    }

    @Test(arguments: [
        "", "2023-07-10", "2023-07-10T11:42:36", "2023-07-10T11:42:36Zx", "2023-02-29T00:00:00Z",
        "1900-02-29T00:00:00Z",
        "2023-04-31T00:00:00Z", "2023-13-01T00:00:00Z", "2023-00-01T00:00:00Z", "2023-01-00T00:00:00Z",
        "2023-07-10T24:00:00Z", "2023-07-10T11:60:00Z", "2023-07-10T11:42:60Z", "2023-07-10 11:42:36Z",
        "2023-07-10T11:42:3aZ", "20x3-07-10T11:42:36Z", "2023-07-10T11:42:36.Z", "2023-07-10T11:42:36+2:00",
        "20131102T010628Z", "Jul 19, 2023 9:25:09 PM", "2023/07/10T11:42:36Z",
    ])
    func `what is not a time is nil`(_ text: String) {
        #expect(withUTF8(text) { EventTime.seconds($0) } == nil)
    }

    @Test func `every day of four centuries agrees with the calendar arithmetic`() {
        var day = daysSinceEpoch(year: 1900, month: 1, day: 1)
        let last = daysSinceEpoch(year: 2300, month: 1, day: 1)
        while day < last {
            let seconds = day * 86_400 + 45_296
            #expect(withUTF8(Timestamp(seconds: seconds).rfc3339) { EventTime.seconds($0) } == seconds)
            day += 7
        }
    }

    @Test(
        arguments: [
            (#"{"eventTime":"2023-07-10T11:42:36Z"}"#, 1_688_989_356),
            (#"{"eventTime":"2023-07-10T11\u003a42:36Z"}"#, 1_688_989_356), (#"{"eventTime":1688989356}"#, nil),
            (#"{"eventTime":null}"#, nil), ("{}", nil),
        ] as [(String, Int64?)])
    func `a record has its event time`(_ record: String, _ want: Int64?) throws {
        var scanner = RecordScanner(FieldTable())
        var got: [Int64?] = []
        try scanner.scan(record: LogText(record)) { got.append($0.eventSeconds) }
        #expect(got == [want])
    }
}

struct EventKeyTests {
    private func key(_ record: String) throws -> EventKey {
        var scanner = RecordScanner(FieldTable())
        var keys: [EventKey] = []
        try scanner.scan(record: LogText(record)) { keys.append($0.key) }
        return try #require(keys.first)
    }

    private let uuid = "293ba626-3be5-4a26-ab1b-0f4c54f49959"

    @Test func `a UUID and an account are kept exactly`() throws {
        let got = try key(#"{"eventID":"\#(uuid)","recipientAccountId":"123837392027"}"#)
        #expect(got == EventKey(high: 0x293B_A626_3BE5_4A26, low: 0xAB1B_0F4C_54F4_9959, account: 123_837_392_027))
        let upper = try key(#"{"eventID":"\#(uuid.uppercased())","recipientAccountId":"123837392027"}"#)
        #expect(got == upper)
    }

    @Test func `each character of a UUID is a digit or a hyphen in its place`() throws {
        for position in 0..<36 {
            for character in "09afAFgG@`/:-xZ ~" {
                var text = Array(uuid)
                text[position] = character
                let parts = String(text).split(separator: "-", omittingEmptySubsequences: false)
                let isUUID = parts.map(\.count) == [8, 4, 4, 4, 12] && parts.joined().allSatisfy(\.isHexDigit)
                let got = try key(#"{"eventID":"\#(String(text))"}"#)
                #expect(got.account >> 61 & 3 == (isUUID ? 0 : 1), "\(String(text))")
                guard isUUID else { continue }
                let digits = parts.joined()
                #expect(got.high == UInt64(digits.prefix(16), radix: 16))
                #expect(got.low == UInt64(digits.suffix(16), radix: 16))
            }
        }
    }

    @Test(arguments: [
        #"{"eventID":"293ba626-3be5-4a26-ab1b-0f4c54f49959"}"#,
        #"{"eventID":"293ba626-3be5-4a26-ab1b-0f4c54f49959","recipientAccountId":null}"#,
        #"{"eventID":"293ba626-3be5-4a26-ab1b-0f4c54f49959","recipientAccountId":""}"#,
    ])
    func `a missing account is zero`(_ record: String) throws {
        #expect(try key(record).account == 0)
    }

    @Test(
        arguments: [
            (#"{"eventID":"293ba626-3be5-4a26-ab1b-0f4c54f49959"}"#, 0),
            (#"{"eventID":"293ba626-3be5-4a26-ab1b-0f4c54f4995"}"#, 1),
            (#"{"eventID":"293ba626_3be5-4a26-ab1b-0f4c54f49959"}"#, 1),
            (#"{"eventID":"293ba626-3be5-4a26-ab1b-0f4c54f4995g"}"#, 1),
            (#"{"eventID":"event-1"}"#, 1), (#"{"eventID":7}"#, 1), ("{}", 2), (#"{"eventID":null}"#, 2),
            (#"{"eventID":""}"#, 2),
        ] as [(String, UInt64)])
    func `the form of the key stands in the account's bits`(_ record: String, _ want: UInt64) throws {
        #expect(try key(record).account == want << 61)
    }

    @Test(arguments: ["12345678901", "1234567890123", "12345678901x", "anonymous"])
    func `an account of another form is hashed under the top bit`(_ account: String) throws {
        let got = try key(#"{"eventID":"\#(uuid)","recipientAccountId":"\#(account)"}"#).account
        #expect(got >> 63 == 1)
        #expect(got >> 61 & 3 == 0)
    }

    @Test func `records without an id differ by their bytes`() throws {
        #expect(try key(#"{"a":1}"#) == key(#"{"a":1}"#))
        #expect(try key(#"{"a":1}"#) != key(#"{"a":2}"#))
        #expect(try key(#"{"a":1}"#) == key(#" {"a":1} "#))
    }

    @Test func `the hash of a text is the same for ever`() {
        let texts = ["", "a", "abcdefgh", "abcdefghijklmnop", "abcdefghijklmnopq", String(repeating: "x", count: 100)]
        let got = texts.map { text in
            let hash = withUTF8(text) { ContentHash($0) }
            return String(hash.high, radix: 16) + " " + String(hash.low, radix: 16)
        }
        #expect(got == Self.hashes)
    }

    /// Made by this function itself when it was written: stores keep these values.
    private static let hashes = [
        "a14050716285a05 42fef48f3a48035b", "ccceb711dced16aa ef350133ca8ca186",
        "97afd2e48e18603f 2973ba695284dc1b", "e3112cdb64ae31e3 9b0e7315e19bd3d4",
        "16225f554d0534fe 5ae166522639a3eb", "5dd0f59a6cf2a25f 8b6013a29d39da19",
    ]

    @Test func `one bit changes about half of the hash`() {
        var random = SplitMix64(seed: 31)
        var changed = 0
        let rounds = 2000
        for _ in 0..<rounds {
            var bytes = (0..<(1 + random.below(60))).map { _ in UInt8(truncatingIfNeeded: random.next()) }
            let before = bytes.withUnsafeBufferPointer { ContentHash($0) }
            bytes[random.below(bytes.count)] ^= 1 << UInt8(random.below(8))
            let after = bytes.withUnsafeBufferPointer { ContentHash($0) }
            let bits = (before.high ^ after.high).nonzeroBitCount + (before.low ^ after.low).nonzeroBitCount
            #expect((24...104).contains(bits))
            changed += bits
        }
        #expect((63.0...65.0).contains(Double(changed) / Double(rounds)))
    }

    @Test func `texts of zeros differ by their length`() {
        let hashes = Set(
            (0...200).map { length in
                [UInt8](repeating: 0, count: length).withUnsafeBufferPointer { ContentHash($0) }
            })
        #expect(hashes.count == 201)
    }
}

struct EventKindTests {
    @Test(
        arguments: [
            (#"{"eventCategory":"Management","managementEvent":false}"#, .management),
            (#"{"eventCategory":"Data"}"#, .data),
            (#"{"eventCategory":"Insight"}"#, .insight), (#"{"eventCategory":"NetworkActivity"}"#, .networkActivity),
            (#"{"eventCategory":"Aggregated"}"#, .aggregated), (#"{"eventType":"AwsCloudTrailInsight"}"#, .insight),
            (#"{"eventType":"AwsVpceEvent"}"#, .networkActivity), (#"{"eventType":"AwsAggregatedEvent"}"#, .aggregated),
            (#"{"eventType":"AwsApiCall","managementEvent":true}"#, .management),
            (#"{"eventType":"AwsApiCall","managementEvent":false}"#, .data),
            (#"{"eventCategory":"Other","managementEvent":false}"#, .data), ("{}", .management),
            (#"{"readOnly":true,"resources":[{"type":"AWS::S3::Bucket"},{"type":"AWS::S3::Object"}]}"#, .data),
            (#"{"resources":[{"type":"AWS::S3::Object"}]}"#, .management),
            (#"{"readOnly":true,"resources":[{"type":"AWS::S3::Bucket"}]}"#, .management),
        ] as [(String, EventKind)])
    func `the kind follows the category, else older marks`(_ record: String, _ want: EventKind) throws {
        var scanner = RecordScanner(FieldTable())
        var kinds: [EventKind] = []
        try scanner.scan(record: LogText(record)) { kinds.append($0.kind) }
        #expect(kinds == [want])
    }
}
