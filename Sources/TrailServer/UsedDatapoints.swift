import TrailAlarms
import TrailModel
import TrailStore

/// The datapoints that a decision used, as its `StateReasonData` has them.
struct UsedDatapoints {
    private let start: Timestamp?
    private let values: [Double?]
    private let counts: [Timestamp: Int64]
    private let alarm: MetricAlarm

    /// `nil` when there is no document.
    init?(_ decision: RecordedDecision, alarm: MetricAlarm) {
        guard let document = decision.reasonData.flatMap({ StateReasonDocument($0) }),
            let recent = document.recentDatapoints
        else { return nil }
        start = document.start
        values = recent
        let counted = document.evaluatedDatapoints.compactMap { datapoint in
            datapoint.start.flatMap { time in datapoint.samples.map { (time, $0) } }
        }
        counts = Dictionary(counted) { first, _ in first }
        self.alarm = alarm
    }

    /// The periods of the window, oldest first; those before the oldest datapoint that was used are as `older` has them.
    func datapoints(windowEnd: Timestamp, older: [PeriodValue?]?) -> [PeriodValue?] {
        (0..<alarm.evaluationRange).map { index in
            let age = Int64(alarm.evaluationRange - index)
            let time = windowEnd.adding(seconds: -age * alarm.periodSeconds)
            guard let start else { return nil }
            if time < start { return older?[index] }
            let place = Int(floorDivide(time.seconds - start.seconds, alarm.periodSeconds))
            guard values.indices.contains(place), let value = values[place] else { return nil }
            return PeriodValue(value: value, sampleCount: counts[time])
        }
    }
}
