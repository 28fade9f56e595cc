import Foundation
import TrailModel

/// One line of a benchmark's result.
struct Figure {
    let name: String
    let value: Double
    let unit: String
    /// What the ratio compares with.
    var baseline: String?
    var ratio: Double?

    func line(asJSON: Bool) -> String {
        if asJSON {
            return JSONValue.members([
                ("name", .string(name)), ("value", .double(value)), ("unit", .string(unit)),
                ("baseline", .optional(baseline)), ("ratio", ratio.map { .double($0) } ?? .null),
            ]).text
        }
        let compared = baseline.flatMap { name in ratio.map { "  (\(rounded($0)) × \(name))" } } ?? ""
        return "\(name): \(rounded(value)) \(unit)\(compared)"
    }

    private func rounded(_ value: Double) -> String {
        value >= 100 ? plainText(value.rounded()) : plainText((value * 100).rounded() / 100)
    }
}

/// User and system time of this process so far, in seconds.
func cpuSeconds() -> Double {
    var usage = rusage()
    getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
    func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) / 1_000_000 }
    return seconds(usage.ru_utime) + seconds(usage.ru_stime)
}

/// The most memory that this process had resident since ``resetPeakMemory()``, in bytes.
func peakMemoryBytes() -> Int {
    let lines = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8))?.split(separator: "\n") ?? []
    let words = lines.first { $0.hasPrefix("VmHWM:") }?.split(separator: " ") ?? []
    return words.count > 1 ? (Int(words[1]) ?? 0) * 1024 : 0
}

/// Forgets the peak so far (proc(5), clear_refs).
func resetPeakMemory() {
    try? Data("5".utf8).write(to: URL(fileURLWithPath: "/proc/self/clear_refs"))
}

/// The time that passes during `work`.
func wallSeconds(_ work: () throws -> Void) rethrows -> Double {
    let clock = ContinuousClock()
    return try clock.measure(work) / .seconds(1)
}

/// The CPU time that `work` takes.
func measured(_ work: () throws -> Void) rethrows -> Double {
    let start = cpuSeconds()
    try work()
    return cpuSeconds() - start
}
