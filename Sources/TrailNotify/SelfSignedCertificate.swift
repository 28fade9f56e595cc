import Crypto
import CryptoExtras
import Foundation
import SwiftASN1
import TrailModel
import X509

/// A certificate for `key`, signed by it, valid for ``SigningIdentity/validityYears`` years from `now`.
func selfSignedCertificate(
    for key: _RSA.Signing.PrivateKey, madeAt now: Timestamp, using generator: inout some RandomNumberGenerator
) throws -> Certificate {
    let name = try DistinguishedName { CommonName(SigningIdentity.commonName) }
    let extensions = try Certificate.Extensions {
        Critical(BasicConstraints.notCertificateAuthority)
        Critical(KeyUsage(digitalSignature: true))
    }
    // Sixteen random bytes, the first below 0x80 and not 0, so that the number is positive and of one length.
    var serial = (0..<16).map { _ in UInt8.random(in: 0...255, using: &generator) }
    serial[0] = serial[0] & 0x7F | 0x40
    let start = date(now)
    return try Certificate(
        version: .v3,
        serialNumber: Certificate.SerialNumber(bytes: serial),
        publicKey: Certificate.PublicKey(key.publicKey),
        notValidBefore: start,
        notValidAfter: date(sameDay(of: now, yearsLater: SigningIdentity.validityYears)),
        issuer: name,
        subject: name,
        signatureAlgorithm: .sha256WithRSAEncryption,
        extensions: extensions,
        issuerPrivateKey: Certificate.PrivateKey(key))
}

func sha256Fingerprint(of certificate: Certificate) throws -> String {
    var serializer = DER.Serializer()
    try serializer.serialize(certificate)
    return hexText(SHA256.hash(data: serializer.serializedBytes))
}

/// The same day and time some years later; the day after it when that year has no 29 February.
private func sameDay(of time: Timestamp, yearsLater years: Int) -> Timestamp {
    let civil = CivilTime(time)
    let dayStart = daysSinceEpoch(year: civil.year, month: civil.month, day: civil.day) * 86_400
    let laterStart = daysSinceEpoch(year: civil.year + years, month: civil.month, day: civil.day) * 86_400
    return time.adding(seconds: laterStart - dayStart)
}

private func date(_ time: Timestamp) -> Date {
    Date(timeIntervalSince1970: Double(time.seconds))
}
