import Glibc
import NIOCore
import NIOPosix

extension ListenAddress {
    /// This address with a port that can be listened on just now: a free one for port 0.
    ///
    /// A server asks before it changes anything, so that a start in vain leaves the data as they were.
    ///
    /// - Throws: ``InputError``, which says what is in the way.
    package func probed() async throws -> ListenAddress {
        do {
            let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
                .bind(host: host, port: port).get()
            let bound = channel.localAddress?.port ?? port
            try await channel.close()
            return ListenAddress(host: host, port: bound)
        } catch let error as IOError {
            let reason = String(cString: strerror(error.errnoCode))
            throw InputError(
                error.errnoCode == EADDRINUSE
                    ? "cannot listen on \(self): \(reason); stop what listens there, or choose another --listen"
                    : "cannot listen on \(self): \(reason); choose another --listen")
        }
    }
}
