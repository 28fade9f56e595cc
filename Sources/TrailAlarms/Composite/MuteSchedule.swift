package import TrailModel

/// When a mute rule's windows begin and how long each is (CloudWatch: `Schedule`).
package struct MuteSchedule: Equatable, Sendable {
    private enum Form: Equatable, Sendable {
        case cron(CronFields)
        /// Seconds since 1970-01-01T00:00 on the wall clock.
        case once(Int64)
    }

    /// `cron(…)` or `at(…)`, as written.
    package let expression: String
    package let durationSeconds: Int64
    package let zone: ZoneOffsets
    private let form: Form

    /// Characters of an expression and of a duration, and the longest window; CloudWatch's limits.
    package static let expressionMax = 256
    package static let durationTextMax = 50
    package static let durationSecondsMax: Int64 = 15 * 86_400

    /// Reads a schedule.
    ///
    /// - Parameters:
    ///   - expression: `cron(Minutes Hours Day-of-month Month Day-of-week)` or `at(yyyy-MM-ddThh:mm)`.
    ///   - duration: ISO 8601, from `PT1M` to `P15D`.
    ///   - zone: What the wall clock of the expression shows.
    /// - Throws: ``MuteRuleError``.
    package init(_ expression: String, duration: String, zone: ZoneOffsets = .utc) throws(MuteRuleError) {
        self.expression = expression
        self.zone = zone
        durationSeconds = try Self.seconds(duration)
        let known = expression.utf8.count <= Self.expressionMax && expression.hasSuffix(")")
        if known, expression.hasPrefix("cron(") {
            let fields = expression.dropFirst(5).dropLast().split(whereSeparator: \.isWhitespace)
            form = .cron(try CronFields(fields))
        } else if known, expression.hasPrefix("at("),
            let local = Self.localSeconds(String(expression.dropFirst(3).dropLast()))
        {
            form = .once(local)
        } else {
            throw .expression(String(expression.prefix(80)))
        }
    }

    /// True for `at(…)`, which CloudWatch calls ONE_TIME; the others are RECURRING.
    package var isOneTime: Bool {
        if case .once = form { true } else { false }
    }

    /// The time of a date on the wall clock, `yyyy-MM-ddThh:mm`, as `StartDate` and `ExpireDate` have it.
    ///
    /// - Throws: ``MuteRuleError`` for another form and for dates that do not exist.
    package static func time(_ text: String, in zone: ZoneOffsets) throws(MuteRuleError) -> Timestamp {
        guard let local = localSeconds(text) else { throw .date(String(text.prefix(80))) }
        return zone.time(ofLocal: local)
    }

    private static func localSeconds(_ text: String) -> Int64? {
        guard text.utf8.count == 16, text.dropFirst(10).first == "T" else { return nil }
        return Timestamp(rfc3339: text + ":00Z")?.seconds
    }

    /// Days, hours, minutes and seconds; months and years are not of one length.
    private static func seconds(_ text: String) throws(MuteRuleError) -> Int64 {
        let refused = MuteRuleError.duration(String(text.prefix(80)))
        guard text.utf8.count <= durationTextMax, text.hasPrefix("P") else { throw refused }
        var units: [(letter: Character, seconds: Int64)] = [("D", 86_400)]
        var isTime = false
        var total: Int64 = 0
        var digits = ""
        for letter in text.dropFirst() {
            if letter == "T", !isTime, digits.isEmpty {
                isTime = true
                units = [("H", 3600), ("M", 60), ("S", 1)]
            } else if ("0"..."9").contains(letter), digits.count < 9 {
                digits.append(letter)
            } else if let index = units.firstIndex(where: { $0.letter == letter }), let number = Int64(digits) {
                total += number * units[index].seconds
                digits = ""
                // The parts stand in this order, each once.
                units.removeSubrange(...index)
            } else {
                throw refused
            }
        }
        guard digits.isEmpty, text.last != "T", (60...durationSecondsMax).contains(total) else { throw refused }
        return total
    }

    /// The start of the first window that begins after `time`.
    func firstStart(after time: Timestamp) -> Timestamp? {
        switch form {
        case .once(let local):
            let start = zone.time(ofLocal: local)
            return start > time ? start : nil
        case .cron(let fields):
            var local = zone.local(time)
            while let next = fields.minute(from: local, step: 1) {
                let start = zone.time(ofLocal: next)
                if start > time { return start }
                local = next + 1
            }
            return nil
        }
    }

    /// The start of the last window that begins at `time` or before.
    func lastStart(through time: Timestamp) -> Timestamp? {
        switch form {
        case .once(let local):
            let start = zone.time(ofLocal: local)
            return start <= time ? start : nil
        case .cron(let fields):
            // After clocks went back, times that the wall clock showed before lie ahead of what it shows now.
            let earlier = zone.offset(at: time.adding(seconds: -86_400))
            var local = zone.local(time) + Int64(max(0, earlier - zone.offset(at: time)))
            while let previous = fields.minute(from: local, step: -1) {
                let start = zone.time(ofLocal: previous)
                if start <= time { return start }
                local = previous - 1
            }
            return nil
        }
    }
}
