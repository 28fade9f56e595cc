import TrailModel

/// The series of one metric name and set of dimensions.
///
/// Series are numbered in pages of 256, so that a block holds neighbours. Of each only the numbers of its dimensions'
/// values are kept, side by side: a hundred thousand series of five dimensions take three megabytes.
struct SeriesFamily: Sendable {
    static let pageSize = 256

    struct Key: Hashable, Sendable {
        let namespace: String
        let name: String
        /// Sorted.
        let dimensions: [String]
    }

    let id: Int64
    let key: Key
    /// Of the slots that are counted; coarser levels follow from them.
    let resolution: Resolution
    /// The pages that belong to the family, ascending; all but the last are full.
    private(set) var pages: [UInt32] = []
    private(set) var count = 0
    /// Numbers of the texts of the first series in the order of ``Key/dimensions``, then of the second, and so on.
    private(set) var values: [UInt32] = []
    /// A hash table by the values of a series: its index and one more, or 0 where none is; a power of two in size.
    private var places: [UInt32] = []

    init(id: Int64, key: Key, resolution: Resolution) {
        self.id = id
        self.key = key
        self.resolution = resolution
    }

    /// True when a new series needs a page.
    var isFull: Bool { count == pages.count * Self.pageSize }

    /// The number of the series at an index.
    func number(at index: Int) -> UInt32 {
        pages[index / Self.pageSize] << 8 | UInt32(index % Self.pageSize)
    }

    /// The numbers of the values of the series at an index.
    func row(at index: Int) -> ArraySlice<UInt32> {
        values[index * key.dimensions.count..<(index + 1) * key.dimensions.count]
    }

    /// The index of the series with these values.
    func index(of row: [UInt32]) -> Int? {
        guard !places.isEmpty else { return nil }
        let place = places[self.place(of: row)]
        return place == 0 ? nil : Int(place) - 1
    }

    mutating func add(page: UInt32) {
        precondition(isFull, "a page must be full before the next; got \(count) series in \(pages.count)")
        pages.append(page)
    }

    /// Adds a series that is not there; a page must have room.
    mutating func append(_ row: [UInt32]) {
        precondition(!isFull && row.count == key.dimensions.count, "got \(row.count) values, \(count) series")
        if (count + 1) * 2 > places.count { rehash(size: max(8, places.count * 2)) }
        values += row
        count += 1
        places[place(of: row)] = UInt32(count)
    }

    /// Forgets all but the first series and the pages that only the others used.
    mutating func keep(first count: Int) {
        self.count = count
        values.removeLast(values.count - count * key.dimensions.count)
        pages.removeLast(pages.count - (count + Self.pageSize - 1) / Self.pageSize)
        rehash(size: places.count)
    }

    private mutating func rehash(size: Int) {
        places = [UInt32](repeating: 0, count: size)
        for index in 0..<count { places[place(of: Array(row(at: index)))] = UInt32(index + 1) }
    }

    /// Where the series with these values is, or would be.
    private func place(of row: [UInt32]) -> Int {
        var hash: UInt64 = 0
        for value in row {
            hash = (hash ^ UInt64(value)) &* 0x9E37_79B9_7F4A_7C15
            hash ^= hash >> 29
        }
        let mask = places.count - 1
        var place = Int(truncatingIfNeeded: hash) & mask
        while places[place] != 0, !isEqual(Int(places[place]) - 1, row) { place = (place + 1) & mask }
        return place
    }

    private func isEqual(_ index: Int, _ row: [UInt32]) -> Bool {
        let start = index * row.count
        for position in row.indices where values[start + position] != row[position] { return false }
        return true
    }
}
