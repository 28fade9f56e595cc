import Testing
import TrailCounts
import TrailEvents

@Suite struct IndexedExtractTests {
    @Test func `an extractor's memory holds nothing of the file before, nor of one that was refused`() throws {
        var extractor = FileExtractor(plan: CountingPlan(filters: []))
        let want = try extractor.extract(file([record(1)])).indexedDays
        _ = try extractor.extract(file((0..<300).map { record($0, #""sourceIPAddress":"\#($0)""#) }))
        #expect(throws: LogFileError.self) { try extractor.extract(LogText(#"{"Records":[\#(record(2)),"#)) }
        #expect(try extractor.extract(file([record(1)])).indexedDays == want)
        #expect(want.count == 1 && want[0].terms.count == 4)
    }
}
