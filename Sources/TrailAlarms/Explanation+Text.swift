package import TrailModel

extension Explanation {
    /// How many datapoints were missing and what they were taken for; `nil` where none was.
    package var fillText: String? {
        guard verdict.filled > 0 else { return nil }
        let wanted = "\(alarm.evaluationPeriods) wanted, \(used) there"
        let count = verdict.filled == 1 ? "1 datapoint is missing" : "\(verdict.filled) datapoints are missing"
        let treatment = alarm.rule.treatMissingData
        let what =
            switch treatment {
            case .breaching, .notBreaching: "treated as \(treatment.rawValue)"
            case .ignore: "ignored"
            case .missing: "left missing"
            }
        return "\(count) (\(wanted)): \(what)" + (alarm.treatMissingData == nil ? ", the default" : "")
    }

    /// The verdict and the rule that gave it, in one sentence.
    package var verdictText: String {
        let (needed, all) = (alarm.requiredDatapoints, alarm.evaluationPeriods)
        let breach =
            "\(breaching) of \(used) \(used == 1 ? "datapoint" : "datapoints") \(breaching == 1 ? "breaches" : "breach")"
        let want = "ALARM wants \(needed) of \(all)"
        let kept = "\(state.rawValue) stays"
        return switch rule {
        case .enoughDatapoints, .enoughBreaching, .missingAsNotBreaching, .someNotBreaching:
            "\(state.rawValue): \(breach); \(want)"
        case .missingAsBreaching:
            "\(state.rawValue): \(breach), and \(verdict.filled) missing \(verdict.filled == 1 ? "one counts" : "ones count") as "
                + "breaching; \(want)"
        case .prematureAlarm:
            "ALARM before \(needed) datapoints are there: all \(breaching) breach, the oldest for \(needed) periods"
        case .tooYoungToAlarm:
            "\(kept): all \(breaching) datapoints breach, \(want), and the oldest is younger than \(needed) periods"
        case .missingIgnored: "\(kept): all \(breaching) datapoints breach, \(want), and missing data are ignored"
        case .noData: "INSUFFICIENT_DATA: there is no datapoint"
        case .noDataIgnored: "\(kept): there is no datapoint, and missing data are ignored"
        case .tooFewSamples:
            "\(kept): \(periods.filter(\.isUsed).reduce(0) { $0 + ($1.sampleCount ?? 0) }) samples, and the percentile wants "
                + "\(alarm.rule.samplesMin)"
        }
    }

    /// The nearest change in words; `countsEvents` says that each sample is one event.
    package func flipText(countsEvents: Bool) -> String {
        guard let flip else { return "No change of one datapoint would have led to another state." }
        let period = periods[flip.index]
        let place = "between \(clockText(period.start)) and \(clockText(period.end))"
        let end = flip.state == prior ? "kept it \(flip.state.rawValue)" : "made it \(flip.state.rawValue)"
        let difference = (flip.to ?? 0) - (flip.from ?? 0)
        if countsEvents, let number = Int64(exactly: difference.magnitude), number > 0 {
            let events = "\(number) \(difference < 0 ? "fewer" : "more") \(number == 1 ? "event" : "events")"
            return "\(events) \(place) would have \(end)."
        }
        switch (flip.from, flip.to) {
        case (let from?, let to?):
            return "A value of \(plainText(to)) instead of \(plainText(from)) \(place) would have \(end)."
        case (nil, let to): return "A datapoint of \(plainText(to ?? 0)) \(place), where none is, would have \(end)."
        case (let from?, nil): return "No datapoint \(place), where \(plainText(from)) is, would have \(end)."
        }
    }
}

extension Explanation {
    /// `10:05`, of one that is not in a whole minute `10:05:30`; with the date in windows of more than a day.
    package func clockText(_ time: Timestamp) -> String {
        let civil = CivilTime(time)
        let clock = time.seconds % 60 == 0 ? String(civil.timeText.dropLast(3)) : civil.timeText
        return alarm.windowSeconds > 86_400 ? "\(civil.dateText) \(clock)" : clock
    }
}
