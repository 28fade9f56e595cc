/// The width of a stored slot.
///
/// A slot is named by its start, a multiple of the width since the epoch.
package enum Resolution: Int64, CaseIterable, Sendable, Codable {
    /// Metric filters count per minute, as CloudWatch Logs does.
    case minute = 60
    /// The built-in metrics count per five minutes.
    case fiveMinutes = 300
    /// Nothing is counted per hour: long ranges are read from it.
    case hour = 3600

    package var seconds: Int64 { rawValue }

    /// The start of the slot that holds `time`.
    package func slot(of time: Timestamp) -> Timestamp {
        time.floored(toSeconds: seconds)
    }

    /// The wider slots that are kept beside slots of this width, each a whole number of these.
    package var coarser: [Resolution] { Self.allCases.filter { $0.seconds > seconds } }
}
