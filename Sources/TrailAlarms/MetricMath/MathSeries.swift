package import TrailModel

/// The periods of a time range, of which every time series of one evaluation holds one value each.
///
/// As GetMetricData reads a range: both ends are rounded down to the period, the later one is left out.
package struct MathSlots: Equatable, Sendable {
    package let start: Timestamp
    package let periodSeconds: Int64
    package let count: Int

    /// The whole periods from the one that holds `from` to the end of the last that ends by `to`, maybe none.
    ///
    /// `periodSeconds` must be positive.
    package init(from: Timestamp, to: Timestamp, periodSeconds: Int64) {
        precondition(periodSeconds > 0, "a period must be positive; got \(periodSeconds)")
        start = from.floored(toSeconds: periodSeconds)
        self.periodSeconds = periodSeconds
        count = max(0, Int((to.floored(toSeconds: periodSeconds).seconds - start.seconds) / periodSeconds))
    }

    /// So many periods from `start` on, wherever it lies.
    init(start: Timestamp, periodSeconds: Int64, count: Int) {
        self.start = start
        self.periodSeconds = periodSeconds
        self.count = count
    }

    /// When the slot starts, which is what CloudWatch stamps its datapoint with.
    package func start(of slot: Int) -> Timestamp {
        start.adding(seconds: Int64(slot) * periodSeconds)
    }

    /// The slot that holds `time`; `nil` outside the range.
    package func index(of time: Timestamp) -> Int? {
        guard time >= start else { return nil }
        let index = Int((time.seconds - start.seconds) / periodSeconds)
        return index < count ? index : nil
    }
}

/// One time series over the slots of an evaluation, with its label; a slot without a datapoint is missing.
package struct MathSeries: Sendable {
    package var label: String
    /// One value per slot, NaN where it is missing: no datapoint is ever NaN or infinite.
    var values: [Double]

    init(label: String = "", slotValues: [Double]) {
        self.label = label
        values = slotValues
    }

    /// One value per slot, oldest first; values that are not finite count as missing.
    package init(label: String = "", values: [Double?]) {
        self.label = label
        self.values = values.map { value in value.flatMap { $0.isFinite ? $0 : nil } ?? .nan }
    }

    /// The datapoints by time, in any order; those outside `slots` are left out, the last of several in a slot stays.
    package init(label: String = "", datapoints: [MathDatapoint], over slots: MathSlots) {
        self.label = label
        values = Array(repeating: .nan, count: slots.count)
        for point in datapoints where point.value.isFinite {
            guard let index = slots.index(of: point.time) else { continue }
            values[index] = point.value
        }
    }

    /// The value of a slot; `nil` where there is none.
    package subscript(slot: Int) -> Double? {
        values.indices.contains(slot) && !values[slot].isNaN ? values[slot] : nil
    }

    /// How many slots have a value.
    package var datapointCount: Int { values.count { !$0.isNaN } }

    /// The slots that have a value, oldest first.
    package func datapoints(over slots: MathSlots) -> [MathDatapoint] {
        values.indices.compactMap { slot in
            values[slot].isNaN ? nil : MathDatapoint(time: slots.start(of: slot), value: values[slot])
        }
    }

    /// The same with one value for each of `count` slots.
    func fitted(to count: Int) -> MathSeries {
        guard values.count != count else { return self }
        let missing = max(0, count - values.count)
        return MathSeries(label: label, slotValues: values.prefix(count) + Array(repeating: .nan, count: missing))
    }
}

extension MathSeries: Equatable {
    /// Missing slots are equal to each other.
    package static func == (left: MathSeries, right: MathSeries) -> Bool {
        left.label == right.label
            && left.values.elementsEqual(right.values) { $0 == $1 || ($0.isNaN && $1.isNaN) }
    }
}

/// A value and the start of its period.
package struct MathDatapoint: Equatable, Sendable {
    package let time: Timestamp
    package let value: Double

    package init(time: Timestamp, value: Double) {
        self.time = time
        self.value = value
    }
}
