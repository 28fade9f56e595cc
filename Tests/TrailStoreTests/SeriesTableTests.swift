import GRDB
import Testing
import TrailModel

@testable import TrailStore

@Suite struct SeriesTableTests {
    private static let families: [(name: String, dimensions: [String])] = [
        ("None", []), ("One", ["A"]), ("Two", ["A", "B"]), ("Three", ["A", "B", "C"]),
    ]

    /// A metric out of about 600.
    private static func metric(_ random: inout some RandomNumberGenerator) -> Metric {
        let (name, dimensions) = families[Int.random(in: 0..<families.count, using: &random)]
        return Metric(
            namespace: "Test", name: name,
            dimensions: dimensions.map { Dimension(name: $0, value: "v\(Int.random(in: 0..<8, using: &random))") })
    }

    @Test(arguments: UInt64(1)...20)
    func `numbers stay what they are through commits, refusals and restarts`(seed: UInt64) throws {
        var random = SeededGenerator(state: seed)
        let database = try DatabaseQueue()
        try database.write { try Schema.migrate($0) }
        var table = SeriesTable()
        var model: [Metric: UInt32] = [:]
        var reader = SeriesTable()
        for _ in 0..<30 {
            var new: [Metric: UInt32] = [:]
            for _ in 0..<Int.random(in: 0..<60, using: &random) {
                let metric = Self.metric(&random)
                let number = try table.number(of: metric, resolution: .fiveMinutes)
                if let known = model[metric] ?? new[metric] { #expect(number == known) } else { new[metric] = number }
            }
            if Bool.random(using: &random) {
                table.rollBack()
            } else {
                try database.write { try table.write(to: $0) }
                table.saved()
                model.merge(new) { known, _ in known }
            }
            if Int.random(in: 0..<4, using: &random) == 0 {
                table = SeriesTable()
                try database.read { try table.load($0) }
            }
            // A reader takes in what is new.
            try database.read { try reader.load($0) }
            for table in [table, reader] {
                #expect(table.count == model.count)
                for (metric, number) in model {
                    #expect(table.knownNumber(of: metric) == number)
                    #expect(table.metric(of: number) == metric)
                }
            }
        }
        #expect(Set(model.values).count == model.count)
        // Pages hold the series of one family.
        let names = Dictionary(grouping: model, by: { $0.value >> 8 }).mapValues { Set($0.map(\.key.name)).count }
        #expect(names.values.allSatisfy { $0 == 1 })
    }

    @Test func `what was refused is not known`() throws {
        var table = SeriesTable()
        table.seriesMax = 1
        let first = Metric(namespace: "Test", name: "One", dimensions: [Dimension(name: "A", value: "a")])
        let second = Metric(namespace: "Test", name: "One", dimensions: [Dimension(name: "A", value: "b")])
        #expect(try table.number(of: first, resolution: .minute) == 0)
        #expect(throws: StoreError.tooManySeries(max: 1)) { try table.number(of: second, resolution: .minute) }
        table.rollBack()
        #expect(table.count == 0 && table.families.isEmpty && table.texts.count == 0)
        #expect(table.knownNumber(of: first) == nil)
        #expect(try table.number(of: second, resolution: .minute) == 0)
    }
}
