package import TrailModel

/// One `AWS::Events::Connection`: how API destinations are authorised.
package struct Connection: Equatable, Sendable {
    package enum Authorization: Equatable, Sendable {
        case basic(username: SecretText, password: SecretText)
        /// A header of that name.
        case apiKey(name: String, value: SecretText)
        case clientCredentials(ClientCredentials)
    }

    /// OAuth 2.0's grant of that name.
    package struct ClientCredentials: Equatable, Sendable {
        package var endpoint: SecretText
        package var method: String
        package var clientID: SecretText
        package var clientSecret: SecretText
        package var parameters: Parameters

        package init(
            endpoint: SecretText, method: String, clientID: SecretText, clientSecret: SecretText,
            parameters: Parameters = Parameters()
        ) {
            self.endpoint = endpoint
            self.method = method
            self.clientID = clientID
            self.clientSecret = clientSecret
            self.parameters = parameters
        }
    }

    /// What is added to each request.
    package struct Parameters: Equatable, Sendable {
        package struct Entry: Equatable, Sendable {
            package let key: String
            package let value: SecretText

            package init(_ key: String, _ value: SecretText) {
                self.key = key
                self.value = value
            }
        }

        package var headers: [Entry] = []
        package var query: [Entry] = []
        package var body: [Entry] = []

        package init(headers: [Entry] = [], query: [Entry] = [], body: [Entry] = []) {
            self.headers = headers
            self.query = query
            self.body = body
        }
    }

    package var name: String
    package var arn: String
    package var authorization: Authorization
    /// Of every request to a destination.
    package var parameters: Parameters
    package var location: SourceLocation

    package init(
        name: String, arn: String, authorization: Authorization, parameters: Parameters = Parameters(),
        location: SourceLocation
    ) {
        self.name = name
        self.arn = arn
        self.authorization = authorization
        self.parameters = parameters
        self.location = location
    }

    /// Whether `arn` names it; AWS ends such ARNs by an identifier of its own, which is not compared.
    package func isNamed(by arn: String) -> Bool { hasSameResource(self.arn, arn) }
}
