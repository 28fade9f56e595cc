import Testing
import TrailEvents

/// Runs of members that are taken over from earlier records give what walking them gives.
struct MemberRunTests {
    private static let callers = [
        #"{"type":"IAMUser","principalId":"AIDA1","arn":"arn:aws:iam::111122223333:user/ann","accountId":"111122223333","userName":"ann"}"#,
        #"{"type":"IAMUser","principalId":"AIDA1","arn":"arn:aws:iam::111122223333:user/ann","accountId":"111122223333","userName":"an\u006e"}"#,
        #"{"type":"Root"}"#, "null", #""text""#, #"{"type":"AWSService","invokedBy":"x.amazonaws.com"}"#,
        #"{"type":"AssumedRole","arn":"a","arn":"b","sessionContext":{"sessionIssuer":{"userName":"r","arn":"q"}}}"#,
    ]
    private static let calls = [
        #""eventSource":"sts.amazonaws.com","eventName":"AssumeRole","awsRegion":"us-east-1""#,
        #""eventSource":"s3.amazonaws.com","eventName":"GetObject","awsRegion":"eu-west-1""#,
        #""eventSource":"s3.amazonaws.com","eventName":{"x":[1]},"awsRegion":"eu-west-1""#,
        #""eventSource":"s3.amazonaws.com", "eventName" :"GetObject","awsRegion":"eu-west-1""#,
        #""eventSource":"s3.amazonaws.com","awsRegion":"eu-west-1""#,
        #""eventSource":"s3.amazonaws.com","eventName":"GetObject","recipientAccountId":"1","awsRegion":"eu-west-1""#,
    ]
    private static let rests = [
        #","eventType":"AwsApiCall","managementEvent":true,"recipientAccountId":"111122223333","eventCategory":"Management""#,
        #","eventType":"AwsApiCall","managementEvent":true,"recipientAccountId":"444455556666","eventCategory":"Management""#,
        #","eventType":"AwsApiCall","managementEvent":true,"recipientAccountId":"444455556666","eventCategory":"Management","tlsDetails":{"tlsVersion":"TLSv1.3","clientProvidedHostHeader":"a"}"#,
        #","eventType":"AwsApiCall","resources":[{"ARN":"arn:1"},{"ARN":"arn:2","type":"t"}],"recipientAccountId":"1""#,
        #","eventType":"AwsApiCall","userIdentity":{"type":"Late","sessionContext":null},"recipientAccountId":"1""#,
        #","eventType":"AwsApiCall","n":12"#, #","eventType":"AwsApiCall","n":1"#, "",
    ]
    /// What stands between, mostly nothing; some repeat a name that a run has, too.
    private static let oddities = [
        #","eventName":"Other""#, #","userIdentity":{"arn":"other"}"#, #","errorCode":"AccessDenied""#,
        #","requestParameters":{"userName":"x","items":[{"instanceId":"i-1"}]}"#, #","recipientAccountId":7"#,
        #","resources":[{"ARN":"arn:0"}]"#, #","errorMessage":"no""#,
    ]

    private func record(_ number: Int, _ random: inout SplitMix64) -> String {
        func pick(_ texts: [String]) -> String { texts[random.below(random.below(3) == 0 ? texts.count : 2)] }
        func oddity() -> String { random.below(6) == 0 ? Self.oddities[random.below(Self.oddities.count)] : "" }
        // A long caller beyond what is kept, and one just below.
        let filler = String(repeating: "x", count: [0, 0, 0, 700, 900, 2000][random.below(6)])
        let caller =
            random.below(8) == 0
            ? #"{"type":"AssumedRole","arn":"\#(filler)","sessionContext":{}}"# : pick(Self.callers)
        return #"{"eventVersion":"1.08","userIdentity":\#(caller),"eventTime":"2026-01-02T03:04:05Z""# + oddity() + ","
            + pick(Self.calls) + oddity() + #","eventID":"\#(number)""# + oddity() + pick(Self.rests) + oddity() + "}"
    }

    private static let paths: [[PathStep]] = [
        "eventVersion", "userIdentity", "userIdentity.type", "userIdentity.arn", "userIdentity.userName",
        "userIdentity.sessionContext", "userIdentity.sessionContext.sessionIssuer.userName",
        "eventSource", "eventName", "eventName.x.0", "awsRegion", "recipientAccountId", "eventType", "eventCategory",
        "managementEvent", "n", "tlsDetails.tlsVersion", "resources", "resources.#.ARN", "resources.1.ARN", "errorCode",
        "requestParameters.items.#.instanceId",
    ].map { path($0) }

    /// For each record of one file what a scanner that saw the ones before finds.
    private func scan(
        _ records: [String], _ paths: [[PathStep]], _ body: (borrowing RecordView) -> Void
    ) throws -> [[[ScannedValue]]] {
        var table = FieldTable()
        let fields = paths.map { table.add($0) }
        var scanner = RecordScanner(table)
        var found: [[[ScannedValue]]] = []
        try scanner.scan(LogText(#"{"Records":[\#(records.joined(separator: ","))]}"#)) { view in
            found.append(fields.map { view.scanned($0) })
            body(view)
        }
        return found
    }

    @Test(arguments: 1...6)
    func `a run met before gives the values of walking it`(_ seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let records = (0..<400).map { record($0, &random) }
        var paths = Self.paths
        if seed == 5 { paths.append(path("userIdentity.*")) }
        if seed == 6 { paths.append(path("*.type")) }
        let found = try scan(records, paths) { _ in }
        for (record, found) in zip(records, found) {
            // A text so short is never looked up.
            #expect(found == (try scanRecord(record, paths)), "seed \(seed): \(record)")
        }
    }

    @Test(arguments: 11...14)
    func `equal numbers mean equal fields`(_ seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let records = (0..<600).map { record($0, &random) }
        var callers: [UInt64: [ScannedValue]] = [:]
        var calls: [(CallNumbers, [[ScannedValue]])] = []
        var known = 0
        let fields = ["eventSource", "eventName", "awsRegion", "recipientAccountId", "userIdentity.type"].map {
            path($0)
        }
        let mixed = [path("userIdentity.arn"), path("userIdentity.userName"), path("userIdentity.type")]
        var table = FieldTable()
        let ids = fields.map { table.add($0) }
        let callerIDs = mixed.map { table.add($0) }
        var scanner = RecordScanner(table)
        try scanner.scan(LogText(#"{"Records":[\#(records.joined(separator: ","))]}"#)) { view in
            if view.callerNumber != 0 {
                let values = callerIDs.flatMap { view.scanned($0) }
                #expect(callers[view.callerNumber, default: values] == values, "seed \(seed) record \(view.index)")
                callers[view.callerNumber] = values
            }
            guard let numbers = view.callNumbers else { return }
            #expect(view.value(.errorCode) == nil && view.value(.errorMessage) == nil)
            let values = ids.map { view.scanned($0) }
            if let earlier = calls.first(where: { $0.0 == numbers }) {
                known += 1
                #expect(earlier.1 == values, "seed \(seed): \(records[view.index])")
            } else {
                calls.append((numbers, values))
            }
        }
        #expect(known > 100, "most records must be known by numbers for this to show something")
        #expect(calls.count > 4)
    }

    @Test func `a record with too many values leaves no run behind`() throws {
        let rest = #""eventType":"AwsApiCall","resources":[{"ARN":"arn:1"}],"recipientAccountId":"111122223333"}"#
        func record(_ items: Int) -> String {
            let many = Array(repeating: #"{"ARN":"a"}"#, count: items).joined(separator: ",")
            return #"{"eventVersion":"1.08","userIdentity":{"type":"Root"},"resources":[\#(many)],\#(rest)"#
        }
        let many = record(RecordScanner.wildcardValuesMax)
        let found = try scan([record(1), many, record(2), many, record(2)], [path("resources.#.ARN")]) { _ in }
        let text = ScannedValue(kind: .string, text: "arn:1")
        #expect(found.map { $0[0].filter { $0 == text }.count } == [1, 1, 1])
    }

    @Test func `a run that the text ends in is not read beyond`() throws {
        let usual = #"{"eventVersion":"1.08","userIdentity":\#(Self.callers[0]),\#(Self.calls[0])\#(Self.rests[2])}"#
        let file = Array(#"{"Records":[\#(usual),\#(usual),\#(usual)]}"#.utf8)
        var scanner = RecordScanner(FieldTable())
        try scanner.scan(LogText(file), onRecord: { _ in })
        for length in stride(from: file.count - 1, to: 0, by: -1) {
            #expect(throws: LogFileError.self) { try scanner.scan(LogText(file[..<length]), onRecord: { _ in }) }
        }
    }
}
