import Foundation
import Glibc

/// Where the control socket is, and how it comes there: nobody can open it before only its owner may.
struct ControlPath {
    private let directory: String
    /// A socket is bound in a folder of its owner alone, and moved out of it when its mode is set.
    private var folder: String { "\(directory)/control.new" }
    private var binding: String { "\(folder)/s" }
    /// Bytes of a socket's path, with its end (sockaddr_un).
    private static let bytesMax = 108

    init(directory: String) {
        self.directory = directory
    }

    var socket: String { "\(directory)/control" }

    /// Clears away what a killed process left, and gives the path to bind.
    ///
    /// - Throws: ``InputError`` for a path that is too long; what keeps the folder from being made.
    func prepare() throws -> String {
        guard binding.utf8.count < Self.bytesMax else {
            throw InputError(
                "cannot make the socket \(socket): want a data directory of less than "
                    + "\(Self.bytesMax - binding.utf8.count + directory.utf8.count) bytes")
        }
        remove()
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o700])
        return binding
    }

    /// Makes the bound socket the control socket.
    func publish() throws {
        guard chmod(binding, 0o600) == 0, rename(binding, socket) == 0 else {
            throw InputError("cannot make the socket \(socket): \(String(cString: strerror(errno)))")
        }
        try? FileManager.default.removeItem(atPath: folder)
    }

    func remove() {
        for path in [socket, folder] { try? FileManager.default.removeItem(atPath: path) }
    }
}
