package import TrailModel

/// One `AWS::SNS::Topic`: where state changes are published.
package struct Topic: Equatable, Sendable {
    package var arn: String
    package var displayName: String?
    /// SNS's `SignatureVersion`, `1` or `2`.
    package var signatureVersion: String
    /// False keeps the events behind a decision out of its messages: `Metadata.Trailwatch.Evidence`.
    package var tellsEvidence: Bool
    package var location: SourceLocation

    package init(
        arn: String, displayName: String? = nil, signatureVersion: String = "1", tellsEvidence: Bool = true,
        location: SourceLocation
    ) {
        self.arn = arn
        self.displayName = displayName
        self.signatureVersion = signatureVersion
        self.tellsEvidence = tellsEvidence
        self.location = location
    }
}
