import Foundation

/// A program that does the least that any collector must, run beside ours on the same files: unpacking them with
/// libdeflate and finding six fields with simdjson, everything in memory.
///
/// It prints a line for each thing that it measured, `gunzip libdeflate …` and `simdjson ondemand 6 fields …`, with the
/// CPU seconds after `cpu_s`, and a line with the number of records.
struct PhysicalLimit {
    let path: String

    /// The CPU time of an event for the first `files` of `folder`.
    func secondsPerEvent(_ folder: String, runs: Int, files: Int) throws -> Double {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: path)
        process.arguments = [folder, String(runs), String(files)]
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        let data = try output.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        let lines = String(decoding: data, as: UTF8.self).split(separator: "\n")
        guard process.terminationStatus == 0, let records = number(after: "records", in: lines.first),
            let inflating = number(after: "cpu_s", in: lines.first { $0.hasPrefix("gunzip libdeflate") }),
            let scanning = number(after: "cpu_s", in: lines.first { $0.hasPrefix("simdjson ondemand 6 fields") })
        else { throw PhysicalLimitError(path: path, status: process.terminationStatus) }
        return (inflating + scanning) / records
    }

    private func number(after word: Substring, in line: Substring?) -> Double? {
        let words = line?.split(separator: " ") ?? []
        guard let place = words.firstIndex(of: word), place + 1 < words.count else { return nil }
        return Double(words[place + 1])
    }
}

struct PhysicalLimitError: Error, CustomStringConvertible {
    let path: String
    let status: Int32

    var description: String {
        "cannot compare with \(path): it ended with \(status) or printed other lines; want those of bench/phys.cpp"
    }
}
