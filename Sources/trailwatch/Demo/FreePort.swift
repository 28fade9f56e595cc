import Glibc
import NIOCore
import NIOPosix
import TrailServer

/// Finds out which ports of this machine can be listened on.
enum FreePort {
    /// False when something else listens there.
    ///
    /// Errors other than a taken port are left to the server, which words them.
    static func isFree(_ address: ListenAddress) async throws -> Bool {
        do {
            _ = try await bind(address)
            return true
        } catch let error as IOError where error.errnoCode == EADDRINUSE {
            return false
        } catch is IOError {
            return true
        }
    }

    /// An address on `host` whose port was free just now.
    static func address(on host: String) async throws -> ListenAddress {
        ListenAddress(host: host, port: try await bind(ListenAddress(host: host, port: 0)))
    }

    /// Listens for a moment, as the server will.
    private static func bind(_ address: ListenAddress) async throws -> Int {
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .bind(host: address.host, port: address.port).get()
        let port = channel.localAddress?.port ?? address.port
        try await channel.close()
        return port
    }
}
