package import TrailAlarms

/// Where the offsets of time zones come from: the time zone database is outside of what is pure.
package struct ZoneSource: Equatable, Sendable {
    private let name: String
    private let find: @Sendable (String) -> ZoneOffsets?

    /// A source; `name` tells it from others.
    package init(name: String, _ find: @escaping @Sendable (String) -> ZoneOffsets?) {
        self.name = name
        self.find = find
    }

    /// Knows no zone but UTC.
    package static let utcOnly = ZoneSource(name: "UTC") { $0 == "UTC" ? .utc : nil }

    /// The offsets of a zone such as `Europe/Berlin`; `nil` for a name that is none.
    package func offsets(of identifier: String) -> ZoneOffsets? { find(identifier) }

    package static func == (left: ZoneSource, right: ZoneSource) -> Bool { left.name == right.name }
}
