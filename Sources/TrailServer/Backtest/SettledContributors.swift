import TrailAlarms
import TrailModel

/// The settled decisions of an alarm's contributors, which the alarm itself follows.
struct SettledContributors {
    struct One {
        /// As it was before its first decision.
        let machine: AlarmMachine
        let decisions: [Decision]
    }

    let all: [One]
    /// Starts of the slots in which any of them has data, sorted.
    let slots: [Timestamp]
    var slotSeconds: Int64 = 300

    /// The decisions of the alarm at the ends of the windows in which a contributor changes its state, or the query
    /// begins or ceases to return anything.
    func follow(_ alarm: MetricAlarm, startingAt start: Timestamp, through end: Timestamp) -> [Decision] {
        var own = AlarmMachine(alarm, startingAt: start, now: start)
        var machines = all.map(\.machine)
        var next = [Int](repeating: 0, count: all.count)
        var decisions: [Decision] = []
        for window in windows(alarm, startingAt: start, through: end) {
            for index in all.indices {
                while next[index] < all[index].decisions.count, all[index].decisions[next[index]].windowEnd <= window {
                    machines[index].status.state = all[index].decisions[next[index]].to
                    next[index] += 1
                }
            }
            let decision = own.follow(
                machines, hasData: hasData(alarm, endingAt: window), window: window, isEarly: false, now: window)
            if let decision { decisions.append(decision) }
        }
        return decisions
    }

    private func windows(_ alarm: MetricAlarm, startingAt start: Timestamp, through end: Timestamp) -> [Timestamp] {
        let step = alarm.stepSeconds(on: slotSeconds == 60 ? .minute : .fiveMinutes)
        let first = start.floored(toSeconds: step).adding(seconds: step)
        var windows: Set<Timestamp> = [first]
        for one in all { windows.formUnion(one.decisions.map(\.windowEnd)) }
        for slot in slots {
            let entered = slot.adding(seconds: slotSeconds).ceiled(toSeconds: step)
            windows.insert(entered)
            windows.insert(slot.adding(seconds: slotSeconds + alarm.windowSeconds).ceiled(toSeconds: step))
        }
        return windows.filter { $0 >= first && $0 <= end }.sorted()
    }

    private func hasData(_ alarm: MetricAlarm, endingAt window: Timestamp) -> Bool {
        let start = window.adding(seconds: -alarm.windowSeconds - slotSeconds)
        var low = 0
        var high = slots.count
        while low < high {
            let middle = (low + high) / 2
            if slots[middle] <= start { low = middle + 1 } else { high = middle }
        }
        return low < slots.count && slots[low].adding(seconds: slotSeconds) <= window
    }
}
