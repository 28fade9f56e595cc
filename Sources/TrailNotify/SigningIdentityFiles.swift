import Foundation
package import TrailModel

/// The two files of the data directory that hold the signing identity.
package struct SigningIdentityFiles: Sendable {
    package let keyPath: String
    package let certificatePath: String

    package init(directory: String) {
        keyPath = directory + "/signing-key.pem"
        certificatePath = directory + "/signing-certificate.pem"
    }

    /// Reads the identity, or makes and stores one on the first start.
    ///
    /// The key is stored first and only the owner may read it; a start that ended between the two files makes the
    /// certificate anew for the stored key.
    ///
    /// - Parameters:
    ///   - now: Start of a new certificate's validity.
    ///   - generator: Source of a new certificate's serial number.
    /// - Returns: The identity that both files hold now.
    /// - Throws: ``SigningFileError``, which names the file and the way out; nothing stored is ever overwritten.
    package func loadOrMake(
        now: Timestamp, using generator: inout some RandomNumberGenerator
    ) throws(SigningFileError) -> SigningIdentity {
        let keyPEM = try read(keyPath)
        let certificatePEM = try read(certificatePath)
        switch (keyPEM, certificatePEM) {
        case (let keyPEM?, let certificatePEM?):
            return try load(keyPEM: keyPEM, certificatePEM: certificatePEM)
        case (let keyPEM?, nil):
            let identity = try blaming(keyPath) { () throws(SigningError) in
                try SigningIdentity(certifying: keyPEM, madeAt: now, using: &generator)
            }
            try write(identity.certificatePEM, to: certificatePath, mode: 0o644)
            return identity
        case (nil, _?):
            throw .keyMissing(key: keyPath, certificate: certificatePath)
        case (nil, nil):
            let identity = try blaming(keyPath) { () throws(SigningError) in
                try SigningIdentity(madeAt: now, using: &generator)
            }
            try write(identity.keyPEM, to: keyPath, mode: 0o600)
            try write(identity.certificatePEM, to: certificatePath, mode: 0o644)
            return identity
        }
    }

    private func load(keyPEM: String, certificatePEM: String) throws(SigningFileError) -> SigningIdentity {
        do {
            return try SigningIdentity(keyPEM: keyPEM, certificatePEM: certificatePEM)
        } catch .certificate(let cause) {
            throw .unusable(path: certificatePath, cause: .certificate(cause))
        } catch .mismatch {
            throw .unusable(path: certificatePath, cause: .mismatch)
        } catch {
            throw .unusable(path: keyPath, cause: error)
        }
    }
}

/// Why the stored signing identity cannot be used.
package enum SigningFileError: Error, Equatable, CustomStringConvertible {
    /// The file's contents are no good.
    case unusable(path: String, cause: SigningError)
    case keyMissing(key: String, certificate: String)
    case unreadable(path: String, cause: String)
    case unwritable(path: String, cause: String)

    package var description: String {
        switch self {
        case .unusable(let path, let cause):
            "cannot use \(path): \(cause); restore the file, or remove signing-key.pem and signing-certificate.pem "
                + "to make a new identity"
        case .keyMissing(let key, let certificate):
            "cannot load the signing identity: got \(certificate) without \(key); want both; restore the key, or "
                + "remove the certificate to make a new identity"
        case .unreadable(let path, let cause): "cannot read \(path): got \(cause); want a readable file"
        case .unwritable(let path, let cause): "cannot write \(path): got \(cause); want a writable data directory"
        }
    }
}

private func blaming<Value>(
    _ path: String, _ work: () throws(SigningError) -> Value
) throws(SigningFileError) -> Value {
    do {
        return try work()
    } catch {
        throw .unusable(path: path, cause: error)
    }
}

/// The text of a file; `nil` when there is none.
private func read(_ path: String) throws(SigningFileError) -> String? {
    do {
        let data = try Data(contentsOf: URL(fileURLWithPath: path))
        return String(decoding: data, as: UTF8.self)
    } catch CocoaError.fileReadNoSuchFile {
        return nil
    } catch {
        throw .unreadable(path: path, cause: "\(error)")
    }
}

/// Writes a file whole or not at all: a temporary file beside it, made with its final mode, synchronized and renamed.
private func write(_ text: String, to path: String, mode: mode_t) throws(SigningFileError) {
    let temporaryPath = path + ".new"
    do {
        // Left over from a start that was cut off; its mode may be anything.
        unlink(temporaryPath)
        let descriptor = open(temporaryPath, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode)
        guard descriptor >= 0 else { throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO) }
        let file = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
        try file.write(contentsOf: Data(text.utf8))
        try file.synchronize()
        try file.close()
        guard rename(temporaryPath, path) == 0 else { throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO) }
    } catch {
        throw .unwritable(path: path, cause: "\(error)")
    }
}
