import TrailModel

/// The codecs of a series, by the two bits in front of it.
enum SeriesCodec: UInt64 {
    case sparseCounts = 0
    case denseCounts = 1
    case general = 2
    case tableCounts = 3

    /// Reads one series into `cells`; false for malformed bits, and what `cells` then holds is void.
    ///
    /// `row` is a buffer of ``row(slotCount:)``.
    static func decode(
        slotCount: Int, from bits: inout BitReader, into cells: inout SeriesCells, row: inout [Int64]
    ) -> Bool {
        cells.removeAll()
        let codec = SeriesCodec(rawValue: bits.read(2))
        switch codec {
        case .sparseCounts: return SparseCountCodec.decode(slotCount: slotCount, from: &bits, into: &cells)
        case .general: return GeneralCodec.decode(slotCount: slotCount, from: &bits, into: &cells)
        case .denseCounts, .tableCounts:
            guard decodeRow(codec == .tableCounts, slotCount: slotCount, from: &bits, into: &row) else { return false }
            cells.take(row, slotCount: slotCount)
            return true
        case nil: return false
        }
    }

    /// Reads a count for every slot of the day.
    static func decodeRow(_ isTable: Bool, slotCount: Int, from bits: inout BitReader, into row: inout [Int64]) -> Bool
    {
        isTable
            ? TableCountCodec.decode(slotCount: slotCount, from: &bits, into: &row)
            : DenseCountCodec.decode(slotCount: slotCount, from: &bits, into: &row)
    }

    static func row(slotCount: Int) -> [Int64] {
        [Int64](repeating: 0, count: slotCount + TableCountCodec.rowPadding)
    }
}

/// Writes series after series, each by the smallest of the codecs, with buffers that serve all of them.
struct SeriesEncoder {
    private let slotCount: Int
    private var slots: [UInt16] = []
    private var counts: [Int64] = []
    private var repeated: [UInt16] = []
    private var excess: [UInt64] = []
    /// A count for every slot; all 0 between calls.
    private var row: [Int64]

    init(slotCount: Int) {
        self.slotCount = slotCount
        row = SeriesCodec.row(slotCount: slotCount)
    }

    mutating func encode(_ cells: [Block.Cell], into bits: inout BitWriter) {
        slots.removeAll(keepingCapacity: true)
        counts.removeAll(keepingCapacity: true)
        for cell in cells {
            let set = cell.set
            guard set.isCount, set.sampleCount > 0, set.exactSum == ExactSum(1, times: set.sampleCount) else {
                bits.append(SeriesCodec.general.rawValue, count: 2)
                GeneralCodec(cells).encode(cells, slotCount: slotCount, into: &bits)
                return
            }
            slots.append(cell.slot)
            counts.append(set.sampleCount)
        }
        encode(slots: slots, counts: counts, into: &bits)
    }

    /// Writes plain counts: `slots` ascending, `counts` of 1 at least.
    mutating func encode(slots: [UInt16], counts: [Int64], into bits: inout BitWriter) {
        splitRepeated(counts)
        let code = NumberCode.best(for: excess)
        var limit = SparseCountCodec.bits(
            slots: slots, repeated: repeated, excess: excess, code: code, slotCount: slotCount)
        var codec = SeriesCodec.sparseCounts
        var model: CountModel?
        // The others take at least one bit for a slot.
        let isDense = limit > slotCount
        if isDense {
            for index in slots.indices { row[Int(slots[index])] = counts[index] }
            if let tableBits = TableCountCodec.bits(of: row, slotCount: slotCount, under: limit) {
                codec = .tableCounts
                limit = tableBits
            }
            if let best = bestModel(counts, under: limit) {
                codec = .denseCounts
                model = best
            }
        }
        bits.append(codec.rawValue, count: 2)
        if let model {
            DenseCountCodec.encode(row, slotCount: slotCount, model: model, into: &bits)
        } else if codec == .tableCounts {
            TableCountCodec.encode(row, slotCount: slotCount, into: &bits)
        } else {
            SparseCountCodec.encode(
                slots: slots, repeated: repeated, excess: excess, code: code, slotCount: slotCount, into: &bits)
        }
        if isDense { for slot in slots { row[Int(slot)] = 0 } }
    }

    private mutating func splitRepeated(_ counts: [Int64]) {
        repeated.removeAll(keepingCapacity: true)
        excess.removeAll(keepingCapacity: true)
        for (index, count) in counts.enumerated() where count > 1 {
            repeated.append(UInt16(truncatingIfNeeded: index))
            excess.append(UInt64(count) - 2)
        }
    }

    private func bestModel(_ counts: [Int64], under limit: Int) -> CountModel? {
        guard let largest = counts.max(), largest <= DenseCountCodec.countMax else { return nil }
        // Smaller counts are better off in the tables, whose codes fit them to a fraction of a bit.
        guard largest > 12 else { return nil }
        return DenseCountCodec.best(row: row, slotCount: slotCount, largest: largest, under: limit)?.model
    }
}
