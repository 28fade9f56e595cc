import Hummingbird
import NIOCore
import TrailModel
import TrailNotify

/// SNS's actions that receivers of messages may call, without signing in: `ConfirmSubscription` and `Unsubscribe`.
extension Routes {
    /// The answer in SNS's XML; `nil` for a request that asks for no such action.
    func subscriptionAnswer(to request: Request) async throws -> Response? {
        let parameters = request.uri.queryParameters
        guard let action = parameters["Action"].map(String.init) else { return nil }
        let token = parameters["Token"].map(String.init) ?? ""
        let answer: SubscriptionAnswer
        switch action {
        case SNSLinks.confirmAction:
            answer = try await engine.confirm(
                topicARN: parameters["TopicArn"].map(String.init) ?? "", token: token)
        case SNSLinks.unsubscribeAction:
            answer = try await engine.unsubscribe(
                subscriptionARN: parameters["SubscriptionArn"].map(String.init) ?? "", token: token)
        default: return Self.fault("InvalidAction", "Could not find operation \(action.prefix(100))")
        }
        switch answer {
        case .unknown: return Self.fault("InvalidParameter", "Invalid parameter: Token")
        case .done(let arn):
            let result =
                action == SNSLinks.confirmAction
                ? "<\(action)Result><SubscriptionArn>\(xmlEscaped(arn))</SubscriptionArn></\(action)Result>" : ""
            return Self.xml(.ok, "<\(action)Response xmlns=\"\(Self.namespace)\">\(result)</\(action)Response>")
        }
    }

    private static let namespace = "http://sns.amazonaws.com/doc/2010-03-31/"

    private static func fault(_ code: String, _ message: String) -> Response {
        xml(
            .badRequest,
            "<ErrorResponse xmlns=\"\(namespace)\"><Error><Type>Sender</Type><Code>\(code)</Code>"
                + "<Message>\(xmlEscaped(message))</Message></Error></ErrorResponse>")
    }

    private static func xml(_ status: HTTPResponse.Status, _ text: String) -> Response {
        response(status, "text/xml", ByteBuffer(string: text + "\n"))
    }
}

private func xmlEscaped(_ text: String) -> String {
    text.unicodeScalars.reduce(into: "") { result, scalar in
        switch scalar {
        case "&": result += "&amp;"
        case "<": result += "&lt;"
        case ">": result += "&gt;"
        default: result.unicodeScalars.append(scalar)
        }
    }
}
