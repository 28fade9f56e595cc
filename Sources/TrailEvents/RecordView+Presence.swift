// Hot path: reads the scanner's table through a raw pointer, inside the count of its entries.

extension RecordView {
    /// Which of the fields are there: bit n for the n-th one of `fields`, of which there may be 64.
    ///
    /// One call instead of one for each field, most of which most records lack.
    package func presence(of fields: Range<Int>) -> UInt64 {
        precondition(fields.count <= 64, "at most 64 fields fit; got \(fields.count)")
        var bits: UInt64 = 0
        for field in fields.clamped(to: 0..<valueCount) where values[field].stamp == stamp {
            bits |= 1 << UInt64(field - fields.lowerBound)
        }
        return bits
    }

    /// The same for fields that stand anywhere in the table.
    package func presence(of fields: UnsafeBufferPointer<Int32>) -> UInt64 {
        precondition(fields.count <= 64, "at most 64 fields fit; got \(fields.count)")
        var bits: UInt64 = 0
        for (place, field) in fields.enumerated()
        where (0..<valueCount).contains(Int(field)) && values[Int(field)].stamp == stamp {
            bits |= 1 << UInt64(place)
        }
        return bits
    }
}
