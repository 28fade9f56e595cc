import TrailModel
import TrailNotify

extension Publisher {
    /// One that signs by the identity of a data directory, which is made where there is none.
    static func local(
        _ directory: String, at now: Timestamp, using generator: inout some RandomNumberGenerator
    ) throws -> Publisher {
        Publisher(
            identity: try SigningIdentityFiles(directory: directory).loadOrMake(now: now, using: &generator),
            links: SNSLinks(externalURL: "http://127.0.0.1:19106"))
    }
}
