import Crypto
import CryptoExtras
import Foundation
import SwiftASN1
package import TrailModel
import X509

/// The key that signs messages as SNS does, and the self-signed certificate that receivers check them with.
package struct SigningIdentity: Sendable {
    /// Lower-case hexadecimal SHA-256 of the certificate's DER form.
    package let fingerprint: String
    /// What `GET /<certificateName>` answers.
    package let certificatePEM: String
    let keyPEM: String
    private let key: _RSA.Signing.PrivateKey

    package static let keyBits = 2048
    package static let validityYears = 10
    package static let commonName = "Trailwatch"

    /// The last part of the certificate's address, named as SNS names its own.
    package var certificateName: String { "SimpleNotificationService-\(fingerprint).pem" }

    /// Makes a new key, whose randomness is the system's, and its certificate.
    ///
    /// - Parameters:
    ///   - now: Start of the certificate's validity.
    ///   - generator: Source of the certificate's serial number.
    /// - Throws: ``SigningError/keyGeneration(_:)`` or ``SigningError/certificate(_:)``.
    package init(madeAt now: Timestamp, using generator: inout some RandomNumberGenerator) throws(SigningError) {
        let key: _RSA.Signing.PrivateKey
        do {
            key = try _RSA.Signing.PrivateKey(keySize: .bits2048)
        } catch {
            throw .keyGeneration("\(error)")
        }
        self = try SigningIdentity(certifying: key.pemRepresentation, madeAt: now, using: &generator)
    }

    /// Makes a certificate for the key of `keyPEM`.
    init(
        certifying keyPEM: String, madeAt now: Timestamp, using generator: inout some RandomNumberGenerator
    ) throws(SigningError) {
        let key = try privateKey(keyPEM)
        do {
            let certificate = try selfSignedCertificate(for: key, madeAt: now, using: &generator)
            certificatePEM = try certificate.serializeAsPEM().pemString + "\n"
            fingerprint = try sha256Fingerprint(of: certificate)
        } catch {
            throw .certificate("\(error)")
        }
        self.keyPEM = key.pemRepresentation + "\n"
        self.key = key
    }

    /// Reads a key and its certificate back.
    package init(keyPEM: String, certificatePEM: String) throws(SigningError) {
        let key = try privateKey(keyPEM)
        let certificate: Certificate
        do {
            certificate = try Certificate(pemEncoded: certificatePEM)
            fingerprint = try sha256Fingerprint(of: certificate)
        } catch {
            throw .certificate("\(error)")
        }
        guard certificate.publicKey == Certificate.PublicKey(key.publicKey) else { throw .mismatch }
        self.keyPEM = keyPEM
        self.certificatePEM = certificatePEM
        self.key = key
    }

    /// The Base64 signature of `text`.
    package func signature(of text: String, version: SignatureVersion) throws(SigningError) -> String {
        let bytes = Array(text.utf8)
        do {
            let signature =
                switch version {
                case .one: try key.signature(for: Insecure.SHA1.hash(data: bytes), padding: .insecurePKCS1v1_5)
                case .two: try key.signature(for: SHA256.hash(data: bytes), padding: .insecurePKCS1v1_5)
                }
            return signature.rawRepresentation.base64EncodedString()
        } catch {
            throw .signing("\(error)")
        }
    }
}

extension SigningIdentity {
    /// What a visitor shows to confirm or end a subscription: who was not sent it cannot make it.
    ///
    /// - Parameters:
    ///   - action: `ConfirmSubscription` or `Unsubscribe`.
    ///   - subscriptionARN: The subscription.
    /// - Returns: 64 hexadecimal digits, the same after every restart.
    package func token(for action: String, of subscriptionARN: String) -> String {
        hexText(authenticationCode(action, subscriptionARN))
    }

    /// Whether `token` is that of the subscription, in a time that tells nothing of it.
    package func isToken(_ token: String, for action: String, of subscriptionARN: String) -> Bool {
        let expected = self.token(for: action, of: subscriptionARN)
        guard token.utf8.count == expected.utf8.count else { return false }
        return zip(token.utf8, expected.utf8).reduce(0) { $0 | ($1.0 ^ $1.1) } == 0
    }

    private func authenticationCode(_ action: String, _ subscriptionARN: String) -> HMAC<SHA256>.MAC {
        let key = SymmetricKey(data: SHA256.hash(data: Array("trailwatch tokens 1 \(keyPEM)".utf8)))
        return HMAC<SHA256>.authenticationCode(for: Array("\(action)\n\(subscriptionARN)".utf8), using: key)
    }
}

/// SNS's `SignatureVersion`; both are RSA with PKCS #1 v1.5 padding.
package enum SignatureVersion: String, CaseIterable, Sendable {
    /// SHA-1.
    case one = "1"
    /// SHA-256.
    case two = "2"

    /// True when `signature` (Base64) is that of `text` by the key of `publicKeyPEM`.
    ///
    /// False for anything unreadable; receivers of our own, and tests, check messages with it.
    package func isValid(_ signature: String, of text: String, publicKeyPEM: String) -> Bool {
        guard let raw = Data(base64Encoded: signature),
            let key = try? _RSA.Signing.PublicKey(pemRepresentation: publicKeyPEM)
        else { return false }
        let rsa = _RSA.Signing.RSASignature(rawRepresentation: raw)
        let bytes = Array(text.utf8)
        return switch self {
        case .one: key.isValidSignature(rsa, for: Insecure.SHA1.hash(data: bytes), padding: .insecurePKCS1v1_5)
        case .two: key.isValidSignature(rsa, for: SHA256.hash(data: bytes), padding: .insecurePKCS1v1_5)
        }
    }
}

/// Why a message could not be signed, or an identity not be made or read.
package enum SigningError: Error, Equatable, CustomStringConvertible {
    case keyGeneration(String)
    case key(String)
    case certificate(String)
    /// The certificate is for another key.
    case mismatch
    case signing(String)

    package var description: String {
        switch self {
        case .keyGeneration(let cause): "cannot make an RSA key: got \(cause)"
        case .key(let cause): "cannot read a private key: got \(cause); want an RSA key of at least 2048 bits in PEM"
        case .certificate(let cause): "cannot read a certificate: got \(cause); want X.509 in PEM"
        case .mismatch: "cannot use a certificate: got one for another key; want the one of the private key"
        case .signing(let cause): "cannot sign a message: got \(cause)"
        }
    }
}

private func privateKey(_ pem: String) throws(SigningError) -> _RSA.Signing.PrivateKey {
    do {
        return try _RSA.Signing.PrivateKey(pemRepresentation: pem)
    } catch {
        throw .key("\(error)")
    }
}
