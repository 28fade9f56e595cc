import TrailEvents

/// Members of the envelope that EventBridge puts around a CloudTrail record, each with the fields that decide it
/// (EventBridge user guide, "AWS service events delivered via AWS CloudTrail").
///
/// `resources` is an empty array, hence no value, and `detail` is the record.
enum EnvelopeField: String, Sendable {
    case version, id, source, account, time, region
    case detailType = "detail-type"

    /// Calls `body` with the member's text, or with nothing when what decides it is missing.
    func withText<Result>(
        in record: borrowing RecordView, _ body: (UnsafeBufferPointer<UInt8>?) -> Result
    ) -> Result {
        switch self {
        case .version: Self.with("0", body)
        case .id: Self.with(.eventID, record, body)
        case .time: Self.with(.eventTime, record, body)
        case .region: Self.with(.awsRegion, record, body)
        case .account:
            if record.value(.recipientAccountId) != nil {
                Self.with(.recipientAccountId, record, body)
            } else {
                Self.with(.userIdentityAccountID, record, body)
            }
        case .source: Self.withSource(record, body)
        case .detailType: Self.detailType(record).map { Self.with($0, body) } ?? body(nil)
        }
    }

    /// What decides ``detailType``; a console sign-in is written as in most rules, not as on one page of AWS's.
    static func detailType(_ record: borrowing RecordView) -> StaticString? {
        switch record.kind {
        case .insight: return "AWS Insight via CloudTrail"
        case .networkActivity: return "AWS Network Activity Event via CloudTrail"
        case .aggregated: return nil
        case .management, .data:
            if record.has(.eventType, "AwsServiceEvent") { return "AWS Service Event via CloudTrail" }
            if record.has(.eventType, "AwsConsoleSignIn") { return "AWS Console Sign In via CloudTrail" }
            if record.has(.eventType, "AwsConsoleAction") { return "AWS Console Action via CloudTrail" }
            return "AWS API Call via CloudTrail"
        }
    }

    /// Whether `holds` is true of what the member is, or of one thing that it may be, in a record of which only the fields
    /// `decided` are known.
    func mayBe(
        in record: borrowing RecordView, _ decided: [FieldID], _ holds: (UnsafeBufferPointer<UInt8>?) -> Bool
    ) -> Bool {
        switch self {
        case .region where decided.contains(.awsRegion): return withText(in: record, holds)
        case .source where decided.contains(.eventSource):
            return Self.withService(record, holds) || Self.with(Self.signInSource, holds)
                || Self.with(Self.insightSource, holds)
        default: return true
        }
    }

    private static let signInSource: StaticString = "aws.signin"
    private static let insightSource: StaticString = "aws.cloudtrail"

    /// `aws.` and the first label of `eventSource`; Insights come from CloudTrail.
    private static func withSource<Result>(
        _ record: borrowing RecordView, _ body: (UnsafeBufferPointer<UInt8>?) -> Result
    ) -> Result {
        if record.has(.eventType, "AwsConsoleSignIn") { return with(signInSource, body) }
        if record.kind == .insight { return with(insightSource, body) }
        return withService(record, body)
    }

    private static func withService<Result>(
        _ record: borrowing RecordView, _ body: (UnsafeBufferPointer<UInt8>?) -> Result
    ) -> Result {
        guard let value = record.value(.eventSource), value.kind == .string else { return body(nil) }
        return record.withText(of: value) { text in
            let label = text.prefix { $0 != UInt8(ascii: ".") }
            return withUnsafeTemporaryAllocation(of: UInt8.self, capacity: label.count + 4) { buffer in
                for (index, byte) in "aws.".utf8.enumerated() { buffer[index] = byte }
                for (index, byte) in label.enumerated() { buffer[4 + index] = byte }
                return body(UnsafeBufferPointer(buffer))
            }
        }
    }

    private static func with<Result>(
        _ field: FieldID, _ record: borrowing RecordView, _ body: (UnsafeBufferPointer<UInt8>?) -> Result
    ) -> Result {
        guard let value = record.value(field), value.kind == .string else { return body(nil) }
        return record.withText(of: value) { body($0) }
    }

    private static func with<Result>(
        _ text: StaticString, _ body: (UnsafeBufferPointer<UInt8>?) -> Result
    ) -> Result {
        body(UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }
}

extension EventField {
    /// The same with a sign-in's detail type spelt as here: AWS's pages know "Sign In" and "Signin".
    var withOneSignInSpelling: EventField {
        EventField(path: path, tests: tests.map(\.withOneSignInSpelling))
    }
}

extension EventTest {
    fileprivate var withOneSignInSpelling: EventTest {
        func respelt(_ text: [UInt8], _ from: String, _ to: String) -> [UInt8] {
            text.starts(with: from.utf8) ? Array(to.utf8) + text.dropFirst(from.utf8.count) : text
        }
        switch self {
        case .text(let text): return .text(respelt(text, "AWS Console Signin", "AWS Console Sign In"))
        case .prefix(let text): return .prefix(respelt(text, "AWS Console Signin", "AWS Console Sign In"))
        case .folded(let text): return .folded(respelt(text, "aws console signin", "aws console sign in"))
        case .foldedPrefix(let text): return .foldedPrefix(respelt(text, "aws console signin", "aws console sign in"))
        case .anythingBut(let tests): return .anythingBut(tests.map(\.withOneSignInSpelling))
        default: return self
        }
    }
}
