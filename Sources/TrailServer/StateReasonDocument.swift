import Foundation
import TrailModel

/// What the `StateReasonData` of a metric alarm's decision says of its datapoints.
struct StateReasonDocument: Decodable {
    struct Datapoint: Decodable {
        private let timestamp: String
        private let sampleCount: Double?
        let value: Double?

        /// Where its period begins.
        var start: Timestamp? { Timestamp(cloudWatchText: timestamp) }
        var samples: Int64? { sampleCount.flatMap { Int64(exactly: $0) } }
    }

    private let startDate: String?
    /// The values from ``start`` on, one for each period.
    let recentDatapoints: [Double?]?
    /// Those that decided.
    let evaluatedDatapoints: [Datapoint]

    var start: Timestamp? { startDate.flatMap { Timestamp(cloudWatchText: $0) } }

    /// `nil` when `text` is no such document.
    init?(_ text: String) {
        guard let document = try? JSONDecoder().decode(Self.self, from: Data(text.utf8)) else { return nil }
        self = document
    }
}

extension Timestamp {
    /// A time as CloudWatch writes it, with `+0000` where RFC 3339 has `+00:00`.
    fileprivate init?(cloudWatchText text: String) {
        self.init(rfc3339: text.hasSuffix("+0000") ? text.dropLast(5) + "Z" : text)
    }
}
