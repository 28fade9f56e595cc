import Foundation

/// A program of another language that does the same work, run beside ours on the same files.
///
/// It is called with the folder, a file to write its counts to, the number of threads and the name of the inflater.
struct Reference {
    let path: String

    /// The CPU time that it takes to count the trail in `folder`, user and system, in seconds.
    func measure(_ folder: String, scratch: String) throws -> Double {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: path)
        process.arguments = [folder, scratch, "1", "libdeflate"]
        process.standardOutput = FileHandle.nullDevice
        let before = childSeconds()
        try process.run()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw ReferenceError(path: path, status: process.terminationStatus)
        }
        return childSeconds() - before
    }

    private func childSeconds() -> Double {
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_CHILDREN.rawValue), &usage)
        func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) / 1_000_000 }
        return seconds(usage.ru_utime) + seconds(usage.ru_stime)
    }
}

struct ReferenceError: Error, CustomStringConvertible {
    let path: String
    let status: Int32

    var description: String { "cannot measure with \(path): it ended with \(status); want 0" }
}
