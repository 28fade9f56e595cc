import Foundation
import Glibc

/// What the system says of this process, in the units of Prometheus's `process_…` metrics.
struct ProcessStatus: Sendable {
    var startSeconds: Double = 0
    var cpuSeconds: Double = 0
    var residentBytes: Int = 0
    var openFiles: Int?

    /// Reads `/proc/self`; what it does not say stays 0.
    static func current() -> ProcessStatus {
        var status = ProcessStatus()
        // The command's name, in parentheses, may hold spaces; fields are counted from behind it (proc(5)).
        if let stat = text("/proc/self/stat"), let end = stat.lastIndex(of: ")") {
            let fields = stat[stat.index(after: end)...].split(separator: " ")
            let ticks = Double(max(1, sysconf(Int32(_SC_CLK_TCK))))
            if fields.count > 21 {
                status.cpuSeconds = ((Double(fields[11]) ?? 0) + (Double(fields[12]) ?? 0)) / ticks
                status.residentBytes = (Int(fields[21]) ?? 0) * Int(sysconf(Int32(_SC_PAGESIZE)))
                status.startSeconds = bootSeconds() + (Double(fields[19]) ?? 0) / ticks
            }
        }
        status.openFiles = try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count
        return status
    }

    private static func bootSeconds() -> Double {
        let line = text("/proc/stat")?.split(separator: "\n").first { $0.hasPrefix("btime ") }
        return line.flatMap { Double($0.dropFirst(6)) } ?? 0
    }

    private static func text(_ path: String) -> String? {
        FileManager.default.contents(atPath: path).map { String(decoding: $0, as: UTF8.self) }
    }
}
