import Foundation
import SwiftASN1
import Testing
import TrailModel
import TrailNotify
import X509

func publicKeyPEM(ofCertificate pem: String) throws -> String {
    try Certificate(pemEncoded: pem).publicKey.serializeAsPEM().pemString
}

@Suite struct SigningIdentityTests {
    /// A directory that is removed after `body`.
    private func withDirectory(_ body: (String) throws -> Void) throws {
        let url = FileManager.default.temporaryDirectory.appendingPathComponent("trail-notify-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: url) }
        try body(url.path)
    }

    private func loadOrMake(_ directory: String, seed: UInt64 = 1) throws -> SigningIdentity {
        var generator = SeededGenerator(seed: seed)
        return try SigningIdentityFiles(directory: directory).loadOrMake(
            now: time("2026-02-03T04:05:06Z"), using: &generator)
    }

    private func contents(_ path: String) throws -> String {
        try String(contentsOfFile: path, encoding: .utf8)
    }

    @Test func `the first start makes the files, later ones read them`() throws {
        try withDirectory { directory in
            let made = try loadOrMake(directory)
            let names = try FileManager.default.contentsOfDirectory(atPath: directory).sorted()
            #expect(names == ["signing-certificate.pem", "signing-key.pem"])
            let attributes = try FileManager.default.attributesOfItem(atPath: directory + "/signing-key.pem")
            #expect(attributes[.posixPermissions] as? Int == 0o600)
            let read = try loadOrMake(directory, seed: 2)
            #expect(read.fingerprint == made.fingerprint)
            #expect(read.certificatePEM == made.certificatePEM)
            #expect(try read.signature(of: "x", version: .one) == made.signature(of: "x", version: .one))
        }
    }

    @Test func `the certificate is self-signed, ours, and valid for ten years`() throws {
        var generator = SeededGenerator(seed: 1)
        let identity = try SigningIdentity(madeAt: time("2024-02-29T04:05:06Z"), using: &generator)
        let certificate = try Certificate(pemEncoded: identity.certificatePEM)
        #expect(certificate.subject == certificate.issuer)
        #expect(certificate.subject.description == "CN=Trailwatch")
        #expect(certificate.publicKey.isValidSignature(certificate.signature, for: certificate))
        #expect(certificate.notValidBefore == Date(timeIntervalSince1970: Double(time("2024-02-29T04:05:06Z").seconds)))
        #expect(certificate.notValidAfter == Date(timeIntervalSince1970: Double(time("2034-03-01T04:05:06Z").seconds)))
        #expect(certificate.serialNumber.bytes.count == 16)
        #expect(identity.fingerprint.count == 64)
        #expect(identity.certificateName == "SimpleNotificationService-\(identity.fingerprint).pem")
    }

    @Test func `a start that was cut off between the files makes the certificate for the stored key`() throws {
        try withDirectory { directory in
            _ = try loadOrMake(directory)
            let key = try contents(directory + "/signing-key.pem")
            try FileManager.default.removeItem(atPath: directory + "/signing-certificate.pem")
            let remade = try loadOrMake(directory, seed: 2)
            #expect(try contents(directory + "/signing-key.pem") == key)
            #expect(try loadOrMake(directory).fingerprint == remade.fingerprint)
        }
    }

    @Test func `a leftover temporary file does no harm`() throws {
        try withDirectory { directory in
            try "half".write(toFile: directory + "/signing-key.pem.new", atomically: false, encoding: .utf8)
            _ = try loadOrMake(directory)
            #expect(!FileManager.default.fileExists(atPath: directory + "/signing-key.pem.new"))
        }
    }

    @Test(
        arguments: ["signing-key.pem", "signing-certificate.pem"],
        ["", "rubbish", "-----BEGIN RSA PRIVATE KEY-----\nAAAA\n-----END RSA PRIVATE KEY-----\n"])
    func `a corrupt file is named and never overwritten`(_ name: String, text: String) throws {
        try withDirectory { directory in
            _ = try loadOrMake(directory)
            let path = directory + "/" + name
            try text.write(toFile: path, atomically: false, encoding: .utf8)
            let error = #expect(throws: SigningFileError.self) { try loadOrMake(directory) }
            guard case .unusable(path, _) = error else {
                Issue.record("got \(String(describing: error))")
                return
            }
            #expect(error?.description.hasPrefix("cannot use \(path): ") == true)
            #expect(try contents(path) == text)
        }
    }

    @Test func `a certificate of another key, or without a key, is refused`() throws {
        try withDirectory { directory in
            _ = try loadOrMake(directory)
            let certificatePath = directory + "/signing-certificate.pem"
            var generator = SeededGenerator(seed: 3)
            let other = try SigningIdentity(madeAt: time("2026-01-01T00:00:00Z"), using: &generator)
            try other.certificatePEM.write(toFile: certificatePath, atomically: false, encoding: .utf8)
            #expect(throws: SigningFileError.unusable(path: certificatePath, cause: .mismatch)) {
                try loadOrMake(directory)
            }
            let keyPath = directory + "/signing-key.pem"
            try FileManager.default.removeItem(atPath: keyPath)
            #expect(throws: SigningFileError.keyMissing(key: keyPath, certificate: certificatePath)) {
                try loadOrMake(directory)
            }
        }
    }

    @Test func `a directory that is not there is an error that names the file`() throws {
        try withDirectory { directory in
            let error = #expect(throws: SigningFileError.self) { try loadOrMake(directory + "/none") }
            guard case .unwritable(let path, _) = error else {
                Issue.record("got \(String(describing: error))")
                return
            }
            #expect(path == directory + "/none/signing-key.pem")
        }
    }
}

@Suite struct SubscriptionTokenTests {
    @Test func `a token holds for its action, subscription and identity alone, to the last digit`() throws {
        var generator = SeededGenerator(seed: 1)
        let identity = try SigningIdentity(madeAt: time("2026-01-01T00:00:00Z"), using: &generator)
        let other = try SigningIdentity(madeAt: time("2026-01-01T00:00:00Z"), using: &generator)
        let token = identity.token(for: "Unsubscribe", of: "t:1")
        #expect(identity.isToken(token, for: "Unsubscribe", of: "t:1"))
        #expect(!identity.isToken(token, for: "ConfirmSubscription", of: "t:1"))
        #expect(!identity.isToken(token, for: "Unsubscribe", of: "t:2"))
        #expect(!other.isToken(token, for: "Unsubscribe", of: "t:1"))
        for index in token.indices {
            var wrong = token
            wrong.replaceSubrange(index...index, with: token[index] == "0" ? "1" : "0")
            #expect(!identity.isToken(wrong, for: "Unsubscribe", of: "t:1"))
        }
        for wrong in ["", String(token.dropLast()), token + "0"] {
            #expect(!identity.isToken(wrong, for: "Unsubscribe", of: "t:1"))
        }
    }
}
