import Testing
import TrailEvents
import TrailPatterns

struct PatternCandidateTests {
    private static let decided: [FieldID] = [.eventSource, .eventName, .errorCode, .userIdentityType]
    private static let patterns = [
        "{ $.eventName = ConsoleLogin && $.errorMessage = \"Failed authentication\" }",
        "{ $.eventName = ConsoleLogin && $.additionalEventData.MFAUsed != Yes }",
        "{ ($.errorCode = \"*UnauthorizedOperation\") || ($.errorCode = \"AccessDenied*\") }",
        "{ $.userIdentity.type = Root && $.userIdentity.invokedBy NOT EXISTS && $.eventType != AwsServiceEvent }",
        "{ $.errorCode NOT EXISTS && $.eventSource = \"s3*\" }", "{ $.errorCode IS NULL }", "{ $.errorCode > 3 }",
        "{ $.errorCode = 7 || $.eventName != GetObject }", "{ $.* = Root }", "{ $.eventName = \"*\" }",
        "{ $.sourceIPAddress = 1.2.3.4 }", "{ $.eventName = \"a\" || $.eventName = \"b\" || $.errorMessage = \"c\" }",
    ]

    private func record(_ random: inout some RandomNumberGenerator) -> String {
        func member(_ name: String, _ values: [String?]) -> String? {
            values.randomElement(using: &random).flatMap { $0 }.map { #""\#(name)":\#($0)"# }
        }
        let identity = [
            member("type", [#""Root""#, #""IAMUser""#, nil, "null"]), member("invokedBy", [#""x""#, nil, nil]),
        ].compactMap { $0 }
        let members = [
            member("eventName", [#""ConsoleLogin""#, #""GetObject""#, #""a""#, #""""#, nil, "7"]),
            member("eventSource", [#""s3.amazonaws.com""#, #""signin.amazonaws.com""#, nil]),
            member(
                "errorCode", [#""AccessDenied""#, #""x.UnauthorizedOperation""#, nil, nil, "null", "7", "4", #""7""#]),
            member("errorMessage", [#""Failed authentication""#, #""c""#, nil]),
            member("additionalEventData", [#"{"MFAUsed":"No"}"#, nil]),
            member("sourceIPAddress", [#""1.2.3.4""#, nil]),
            #""userIdentity":{\#(identity.joined(separator: ","))}"#,
        ]
        return "{\(members.compactMap { $0 }.joined(separator: ","))}"
    }

    @Test(arguments: [1, 2, 3] as [UInt64])
    func `a pattern that holds is among the candidates of every record with the same decided fields`(
        seed: UInt64
    ) throws {
        var random = SeededGenerator(seed: seed)
        var table = FieldTable()
        let set = PatternSet(filters: try Self.patterns.map { try FilterPattern($0).compile(into: &table) })
        var matcher = PatternMatcher(set)
        var tuples = FieldTupleTable(fields: Self.decided)
        var candidates: [Int: [Int32]] = [:]
        var matches = 0
        var ruledOut = 0
        var scanner = RecordScanner(table)
        let records = (0..<2000).map { _ in record(&random) }
        try scanner.scan(LogText(#"{"Records":[\#(records.joined(separator: ","))]}"#)) { view in
            let number: Int
            switch tuples.place(of: view, flag: false) {
            case .known(let place): number = place
            case .new(let place):
                number = place
                candidates[place] = set.candidates(for: view, decided: Self.decided)
            case .tooLong: return
            }
            let known = candidates[number] ?? []
            var all: [Int] = []
            matcher.forEachMatch(view) { all.append($0) }
            var found: [Int] = []
            matcher.forEachMatch(view, among: known[...], withRules: true) { found.append($0) }
            #expect(found == all, "seed \(seed): \(records[view.index])")
            matches += all.count
            ruledOut += Self.patterns.count - known.count
        }
        #expect(matches > 1000 && ruledOut > 5000, "the records must show both")
    }
}
