package import TrailModel

/// One `AWS::Events::ApiDestination`: a web address that event rules can name as a target.
package struct ApiDestination: Equatable, Sendable {
    package static let methods = ["POST", "GET", "HEAD", "OPTIONS", "PUT", "PATCH", "DELETE"]

    package var name: String
    package var arn: String
    package var connectionARN: String
    package var method: String
    /// The address, which may hold secrets.
    ///
    /// Each `*` of its path takes a path parameter of the target.
    package var endpoint: SecretText
    package var invocationRateLimitPerSecond: Int?
    package var location: SourceLocation

    package init(
        name: String, arn: String, connectionARN: String, method: String, endpoint: SecretText,
        invocationRateLimitPerSecond: Int? = nil, location: SourceLocation
    ) {
        self.name = name
        self.arn = arn
        self.connectionARN = connectionARN
        self.method = method
        self.endpoint = endpoint
        self.invocationRateLimitPerSecond = invocationRateLimitPerSecond
        self.location = location
    }

    /// Whether `arn` names it; AWS ends such ARNs by an identifier of its own, which is not compared.
    package func isNamed(by arn: String) -> Bool { hasSameResource(self.arn, arn) }
}

/// Whether two ARNs agree but for what comes after `kind/name`.
func hasSameResource(_ left: String, _ right: String) -> Bool {
    func key(_ arn: String) -> [Substring] {
        Array(arn.split(separator: "/", omittingEmptySubsequences: false).prefix(2))
    }
    return key(left).count == 2 && key(left) == key(right)
}
