import TrailModel

/// Chooses for one series the smallest of the codecs and writes it behind its two bits.
enum SeriesCodec: UInt64 {
    case sparseCounts = 0
    case denseCounts = 1
    case general = 2

    static func encode(_ cells: [Block.Cell], slotCount: Int, into bits: inout BitWriter) {
        guard let counts = plainCounts(cells) else {
            bits.append(general.rawValue, count: 2)
            GeneralCodec(cells).encode(cells, slotCount: slotCount, into: &bits)
            return
        }
        let slots = cells.map { Int($0.slot) }
        let sparse = SparseCountCodec(slots: slots, counts: counts)
        var sparseBits = BitCounter()
        sparse.encode(slotCount: slotCount, into: &sparseBits)
        if let dense = DenseCountCodec.best(
            slots: slots, counts: counts, slotCount: slotCount, under: sparseBits.bitCount)
        {
            bits.append(denseCounts.rawValue, count: 2)
            dense.encode(into: &bits)
        } else {
            bits.append(sparseCounts.rawValue, count: 2)
            sparse.encode(slotCount: slotCount, into: &bits)
        }
    }

    /// Reads one series into `cells`; false for malformed bits, and what `cells` then holds is void.
    static func decode(slotCount: Int, from bits: inout BitReader, into cells: inout SeriesCells) -> Bool {
        cells.removeAll()
        return switch SeriesCodec(rawValue: bits.read(2)) {
        case .sparseCounts: SparseCountCodec.decode(slotCount: slotCount, from: &bits, into: &cells)
        case .denseCounts: DenseCountCodec.decode(slotCount: slotCount, from: &bits, into: &cells)
        case .general: GeneralCodec.decode(slotCount: slotCount, from: &bits, into: &cells)
        case nil: false
        }
    }

    /// The counts when every sample of every cell is 1; `nil` otherwise.
    private static func plainCounts(_ cells: [Block.Cell]) -> [UInt64]? {
        var counts: [UInt64] = []
        counts.reserveCapacity(cells.count)
        for cell in cells {
            let set = cell.set
            guard set.isCount, set.sampleCount > 0, set.exactSum == ExactSum(1, times: set.sampleCount) else {
                return nil
            }
            counts.append(UInt64(set.sampleCount))
        }
        return counts
    }
}
