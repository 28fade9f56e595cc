import Testing
import TrailPatterns
import TrailPatterns
import TrailTemplates

/// `FieldSelectionCriteria` of metric filters.
struct FieldSelectionTests {
    private func filter(_ criteria: String, pattern: String) -> (set: AlarmSet, findings: [String]) {
        load(filterTemplate(properties: "      FieldSelectionCriteria: \(criteria)", pattern: pattern))
    }

    @Test func `a filter counts what its pattern and its criteria select`() {
        let loaded = filter(#"'@aws.account IN ["111122223333"]'"#, pattern: "'{ $.eventName = CreateUser }'")
        #expect(loaded.findings == [])
        #expect(
            loaded.set.filters.first?.pattern.text
                == #"{ ( $.eventName = CreateUser ) && (($.recipientAccountId = "111122223333")) }"#)
    }

    @Test(arguments: [
        (
            "'@aws.account = 1'", "'{ $.a = 1 }'",
            "cannot read FieldSelectionCriteria of Users: got \"1\"; want an account or a region in double quotes, at byte 15"
        ),
        (
            #"'@aws.region = "eu-west-1"'"#, "AccessDenied",
            "cannot use FieldSelectionCriteria of Users: got a FilterPattern of terms or fields; want one over JSON, { … }, or none"
        ),
        (
            #"'@aws.region = "eu-west-1"'"#, "'{ $.a = \"\(String(repeating: "x", count: 1000))\" }'",
            "cannot use FieldSelectionCriteria of Users: with the FilterPattern got 1047 characters; want at most 1024"
        ),
    ])
    func `criteria that cannot be used are one error`(criteria: String, pattern: String, message: String) {
        let loaded = filter(criteria, pattern: pattern)
        #expect(loaded.set.filters == [])
        #expect(loaded.findings.count == 1)
        #expect(loaded.findings.first?.hasSuffix(": error: \(message)") == true, "\(loaded.findings)")
    }
}
