import Foundation
import TrailModel

/// Asks the services that hand out credentials, again where that can help.
struct CredentialCaller: Sendable {
    /// Longest answer with credentials that is read.
    static let answerBytesMax = 256 << 10

    let transport: any AWSTransport
    let time: any TimeSource
    let generator: SharedGenerator

    /// Sends `request`, made anew for each attempt, until it is answered with success.
    ///
    /// `source` names who is asked, for errors.
    func answer(
        of source: String, backoff: RequestBackoff, _ request: (Timestamp) -> AWSRequest
    ) async throws(CredentialError) -> [UInt8] {
        var attempts = 0
        while true {
            attempts += 1
            let fault: CredentialError
            let isTransient: Bool
            do throws(AWSTransportFailure) {
                let response = try await transport.send(request(time.now()))
                if response.status == 200 { return response.body }
                let code = Self.errorCode(response.body)
                fault = .refused(source: source, status: response.status, code: code)
                isTransient = response.status == 429 || response.status >= 500 || Self.transientCodes.contains(code)
            } catch {
                if error == .cancelled { throw .cancelled }
                fault = .unreachable(source: source, error)
                isTransient = error.isTransient
            }
            guard isTransient else { throw fault }
            guard let delay = backoff.delay(afterAttempts: attempts, using: generator) else { throw fault }
            do { try await time.sleep(for: delay) } catch { throw .cancelled }
        }
    }

    /// Credentials in the JSON of containers and instances.
    func credentials(inJSON bytes: [UInt8], of source: String) throws(CredentialError) -> AWSCredentials {
        struct Answer: Decodable {
            var Code: String?
            var AccessKeyId: String
            var SecretAccessKey: String
            var Token: String?
            var Expiration: String?
        }
        guard let answer = try? JSONDecoder().decode(Answer.self, from: Data(bytes)),
            answer.Code == nil || answer.Code == "Success"
        else { throw .malformed(source: source) }
        let expiration = answer.Expiration.map { Timestamp(rfc3339: $0) }
        if case .some(.none) = expiration { throw .malformed(source: source) }
        return AWSCredentials(
            accessKeyID: answer.AccessKeyId, secretAccessKey: answer.SecretAccessKey, sessionToken: answer.Token,
            expiration: expiration ?? nil, source: source)
    }

    private static let transientCodes: Set<String> = ["IDPCommunicationError", "Throttling", "ThrottlingException"]

    /// The error code of an answer in XML; the messages may quote tokens and are not repeated.
    private static func errorCode(_ body: [UInt8]) -> String {
        let code = (try? XMLTree.read(body))?.descendant("Error")?.text(of: "Code")
        return code.map { String($0.prefix(S3Error.codeCharactersMax)) } ?? "without an error code"
    }
}
