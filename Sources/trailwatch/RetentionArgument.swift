import TrailModel
import TrailStore

extension Retention {
    static let argumentWant =
        "cloudwatch, or levels 60s, 300s and 3600s with whole days or unlimited, such as 60s=15d,300s=unlimited, a wider "
        + "one as long as those below it"

    /// Reads `cloudwatch` or `60s=15d,300s=63d,3600s=unlimited`; a level that is not named is kept as by default.
    init?(argument: String) {
        if argument == "cloudwatch" {
            self = .cloudWatch
            return
        }
        self = .standard
        var named: Set<Resolution> = []
        for part in argument.split(separator: ",", omittingEmptySubsequences: false) {
            let pair = part.split(separator: "=", omittingEmptySubsequences: false)
            guard pair.count == 2, let resolution = Resolution.allCases.first(where: { "\($0.seconds)s" == pair[0] }),
                named.insert(resolution).inserted
            else { return nil }
            if pair[1] == "unlimited" {
                keep(resolution, days: nil)
            } else {
                guard pair[1].last == "d", let days = Int64(pair[1].dropLast()), (1...100_000).contains(days) else {
                    return nil
                }
                keep(resolution, days: days)
            }
        }
        if fault != nil { return nil }
    }
}
