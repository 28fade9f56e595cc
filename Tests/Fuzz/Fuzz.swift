// Hot path of the fuzzer's interface: libFuzzer hands over a raw buffer, which is copied at once.
import Foundation
import TrailEvents
import TrailPatterns

/// One input of the fuzzer: its first byte says how the rest is read.
///
/// A crash, a hang, a read out of bounds (with the address sanitizer) or a difference from Foundation stops the fuzzer.
@_cdecl("LLVMFuzzerTestOneInput")
package func testOneInput(_ data: UnsafePointer<UInt8>?, _ size: Int) -> CInt {
    let input = Array(UnsafeBufferPointer(start: data, count: size))
    guard let mode = input.first else { return 0 }
    let bytes = Array(input.dropFirst())
    fuzzers.run(mode, bytes)
    return 0
}

/// Writes the first inputs, cut from log files, when the environment asks for them.
@_cdecl("LLVMFuzzerInitialize")
package func initialize(
    _ count: UnsafeMutablePointer<CInt>?, _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
) -> CInt {
    let environment = ProcessInfo.processInfo.environment
    guard let logs = environment["TRAILWATCH_FUZZ_LOGS"], let corpus = environment["TRAILWATCH_FUZZ_CORPUS"] else {
        return 0
    }
    do {
        try Corpus(logs: logs).write(to: corpus)
    } catch {
        stop("cannot write the corpus: \(error)", [])
    }
    return 0
}

/// Ends the process so that libFuzzer keeps the input.
func stop(_ fault: String, _ bytes: [UInt8]) -> Never {
    FileHandle.standardError.write(Data("FAULT: \(fault)\n\(String(decoding: bytes, as: UTF8.self))\n".utf8))
    abort()
}

nonisolated(unsafe) private let fuzzers = Fuzzers()

/// What is fuzzed, with the tables that a worker keeps from file to file.
private final class Fuzzers {
    private static let unpackedBytesMax = 1 << 20

    private var oracle = FoundationOracle()
    private let zlib = Inflater(library: .zlib, limit: unpackedBytesMax)
    private let libdeflate = Inflater(library: .libdeflate, limit: unpackedBytesMax)

    func run(_ mode: UInt8, _ bytes: [UInt8]) {
        switch mode % 9 {
        case 0: if let fault = oracle.difference(file: bytes) { stop(fault, bytes) }
        case 1: if let fault = oracle.difference(record: bytes) { stop(fault, bytes) }
        case 2: inflate(bytes)
        case 3: post(bytes)
        case 4: if let fault = StoredBytes.difference(block: bytes) { stop(fault, bytes) }
        case 5: if let fault = StoredBytes.difference(fileIndex: bytes) { stop(fault, bytes) }
        case 6: match(bytes)
        case 7: if let fault = FilterPatterns.difference(bytes) { stop(fault, bytes) }
        default: Templates.load(bytes)
        }
    }

    /// Both libraries give the same bytes or the same error, and what they give is scanned.
    private func inflate(_ bytes: [UInt8]) {
        var (first, second) = (LogText(), LogText())
        let errors = (error(of: zlib, bytes, &first), error(of: libdeflate, bytes, &second))
        guard errors.0 == errors.1 else {
            stop("zlib: \(errors.0.debugDescription), libdeflate: \(errors.1.debugDescription)", bytes)
        }
        let texts = (first.withBytes { Array($0) }, second.withBytes { Array($0) })
        guard errors.0 != nil || texts.0 == texts.1 else { stop("zlib and libdeflate unpack different bytes", bytes) }
        if errors.0 == nil, texts.0.count < 1 << 16, let fault = oracle.difference(file: texts.0) {
            stop(fault, texts.0)
        }
    }

    private func error(of inflater: borrowing Inflater, _ bytes: [UInt8], _ text: inout LogText) -> InflateError? {
        do throws(InflateError) {
            try inflater.inflate(bytes, into: &text)
            return nil
        } catch {
            return error
        }
    }

    /// A pattern, then a line break and an event: the pattern is refused or decides, as a record and as a whole event.
    private func match(_ bytes: [UInt8]) {
        let parts = bytes.split(separator: 0x0A, maxSplits: 1)
        guard parts.count == 2, let pattern = try? EventPattern(String(decoding: parts[0], as: UTF8.self)) else {
            return
        }
        for form in [EventForm.cloudTrailRecord, .event] {
            var table = FieldTable()
            let compiled = pattern.compile(into: &table, for: form)
            var scanner = RecordScanner(table)
            try? scanner.scan(record: LogText(parts[1])) { _ = compiled.matches($0) }
        }
    }

    /// The log files made of a body hold its records, each once.
    ///
    /// What stands in the detail of an EventBridge event may turn out to be broken when it is read with other paths: then
    /// the file is refused, and its sender told.
    private func post(_ bytes: [UInt8]) {
        guard let posted = try? PostedEvents(bytes, accountID: "000000000000") else { return }
        var scanner = RecordScanner(FieldTable())
        var count = 0
        for place in posted.records.keys {
            let file = posted.logFile(at: place)
            guard let more = try? scanner.scan(LogText(file), onRecord: { _ in }) else { return }
            count += more
        }
        if count != posted.count { stop("\(posted.count) posted records make \(count)", bytes) }
    }
}
