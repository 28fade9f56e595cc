import Testing
import TrailEvents

struct FieldTupleTableTests {
    private static let fields: [FieldID] = [.eventSource, .eventName, .errorCode]

    /// The places of `records`, one after another.
    private func places(_ records: [String]) throws -> [FieldTupleTable.Place] {
        var scanner = RecordScanner(FieldTable())
        var table = FieldTupleTable(fields: Self.fields)
        var places: [FieldTupleTable.Place] = []
        try scanner.scan(LogText(#"{"Records":[\#(records.joined(separator: ","))]}"#)) { record in
            places.append(table.place(of: record, flag: record.value(.errorMessage) != nil))
        }
        return places
    }

    @Test(arguments: [1, 2, 3] as [UInt64])
    func `it tells records apart as a dictionary of their texts does`(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        // As JSON, and what it says; texts of eight and sixteen bytes stand at the edges of words.
        let values: [(json: String?, text: String)] = [
            (nil, "absent"), ("null", "null"), ("7", "number"), ("8", "number"), (#""""#, ""), (#""a""#, "a"),
            (#""\u0061""#, "a"), (#""ab""#, "ab"),
            (#""12345678""#, "12345678"), (#""123456789""#, "123456789"), (#""1234567\u0038""#, "12345678"),
            (#""\#(String(repeating: "x", count: 16))""#, String(repeating: "x", count: 16)),
            (#""\#(String(repeating: "x", count: 1024))""#, String(repeating: "x", count: 1024)),
        ]
        let names = ["eventSource", "eventName", "errorCode"]
        var records: [String] = []
        var texts: [[String]] = []
        for _ in 0..<3000 {
            let picked = names.map { _ in values[random.below(values.count)] }
            let hasMessage = random.below(2) == 0
            var members = zip(names, picked).compactMap { name, value in value.json.map { #""\#(name)":\#($0)"# } }
            if hasMessage { members.append(#""errorMessage":"m""#) }
            random.shuffle(&members)
            records.append("{\(members.joined(separator: ","))}")
            texts.append(picked.map(\.text) + [hasMessage ? "m" : ""])
        }
        var numbers: [[String]: Int] = [:]
        for (place, texts) in zip(try places(records), texts) {
            let known = numbers[texts]
            #expect(place == known.map { .known($0) } ?? .new(numbers.count), "\(texts)")
            if known == nil { numbers[texts] = numbers.count }
        }
    }

    @Test func `a text that is too long is not kept`() throws {
        let long = String(repeating: "x", count: FieldTupleTable.textBytesMax + 1)
        let record = #"{"eventName":"\#(long)"}"#
        #expect(try places([record, record, "{}"]) == [.tooLong, .tooLong, .new(0)])
    }

    @Test func `a flood of texts makes it begin anew`() throws {
        let count = FieldTupleTable.tuplesMax
        let flood = (0..<count).map { #"{"eventName":"\#($0)"}"# }
        let found = try places(flood + [#"{"eventName":"0"}"#, #"{"eventName":"more"}"#, #"{"eventName":"0"}"#])
        #expect(found.prefix(count).enumerated().allSatisfy { $1 == .new($0) })
        #expect(found.suffix(3) == [.known(0), .new(0), .new(1)])
    }
}
