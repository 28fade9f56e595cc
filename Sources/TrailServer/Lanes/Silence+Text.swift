import TrailModel

extension Silence {
    /// What is silent, in one line: `1 account, 17 lanes and 1 digest are silent`; empty when nothing is.
    var title: String {
        let parts = [(accounts.count, "account"), (lanes.count, "lane"), (digests.count, "digest")]
            .filter { $0.0 > 0 }.map { "\($0.0) \($0.1)\($0.0 == 1 ? "" : "s")" }
        guard let last = parts.last else { return "" }
        let isOne = accounts.count + lanes.count + digests.count == 1
        let list = parts.count == 1 ? last : parts.dropLast().joined(separator: ", ") + " and " + last
        return "\(list) \(isOne ? "is" : "are") silent"
    }

    /// A line for each that is silent, whole accounts first; lanes of a silent account are not named beside it.
    ///
    /// Of at most `linesMax` lines, which is 1 or more, the last says how many are left out. `accountText` is an account
    /// as people know it.
    func lines(now: Timestamp, linesMax: Int, accountText: (String) -> String = { $0 }) -> [String] {
        func text(_ quiet: Quiet, _ what: String) -> String {
            let place =
                quiet.id.account.isEmpty
                ? "files outside CloudTrail's layout"
                : [accountText(quiet.id.account), quiet.id.region].filter { !$0.isEmpty }.joined(separator: " ")
            let seconds = Int64(now.seconds(since: quiet.lastFile))
            return "\(place): \(what) for \(durationText(seconds: seconds)), the last \(quiet.lastFile.rfc3339)"
        }
        let whole = Set(accounts.map(\.id.account))
        let lines =
            accounts.map { text($0, "no files in any region") }
            + lanes.filter { !whole.contains($0.id.account) }.map { text($0, "no files") }
            + digests.map { text($0, "no digest") }
        guard lines.count > linesMax else { return lines }
        return lines.prefix(linesMax - 1) + ["and \(lines.count - linesMax + 1) more"]
    }
}
