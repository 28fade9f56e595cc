import TrailModel

/// How long history is kept, as it is written: a duration, or `forever`.
enum HistoryArgument {
    static let want = "forever, or a duration of at least a day, such as 30d or 52w"
    private static let daySeconds: Int64 = 86_400
    /// More is `forever`.
    private static let daysMax: Int64 = 100_000

    /// Seconds, `.some(nil)` for all time; `nil` for what cannot be read.
    static func seconds(_ text: String) -> Int64?? {
        if text == "forever" { return .some(nil) }
        guard let seconds = durationSeconds(text), (daySeconds...daysMax * daySeconds).contains(seconds) else {
            return nil
        }
        return .some(seconds)
    }
}
