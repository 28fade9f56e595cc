import TrailModel

/// Numbers for series: pages of 256 belong to one metric name and dimension set, so that a block holds neighbours.
struct SeriesTable: Sendable {
    /// Past this many series a file that needs a new one is refused whole.
    static let seriesMax = 2_000_000

    struct FamilyKey: Hashable, Sendable {
        let namespace: String
        let name: String
        let dimensions: [String]
    }

    struct Family: Sendable {
        let id: Int64
        let key: FamilyKey
        let resolution: Resolution
        /// Numbers in order of first sight.
        var series: [UInt32] = []
    }

    /// ``seriesMax``, but in tests.
    var seriesMax = SeriesTable.seriesMax
    private(set) var families: [Family] = []
    private var familyIDs: [FamilyKey: Int] = [:]
    private var numbers: [Metric: UInt32] = [:]
    private(set) var values: [UInt32: [String]] = [:]
    private var familyOfPage: [UInt32: Int] = [:]
    private var nextPage: UInt32 = 0
    /// What `nextPage` was at the last commit.
    private var savedNextPage: UInt32 = 0

    /// Made since the last commit; the next one writes them.
    private(set) var newFamilies: [Family] = []
    private(set) var newSeries: [(number: UInt32, family: Int64, values: [String])] = []

    var count: Int { numbers.count }

    mutating func number(of metric: Metric, resolution: Resolution) throws(StoreError) -> UInt32 {
        if let number = numbers[metric] { return number }
        guard numbers.count < seriesMax else { throw .tooManySeries(max: seriesMax) }
        let key = FamilyKey(
            namespace: metric.namespace, name: metric.name, dimensions: metric.dimensions.map(\.name))
        let index: Int
        if let known = familyIDs[key] {
            index = known
        } else {
            index = families.count
            families.append(Family(id: Int64(index), key: key, resolution: resolution))
            familyIDs[key] = index
            newFamilies.append(families[index])
        }
        let number: UInt32
        if let last = families[index].series.last, last & 0xFF != 0xFF {
            number = last + 1
        } else {
            number = nextPage << 8
        }
        let dimensionValues = metric.dimensions.map(\.value)
        newSeries.append((number, Int64(index), dimensionValues))
        add(number, family: index, values: dimensionValues)
        return number
    }

    /// The metric of a series.
    func metric(of number: UInt32) -> Metric? {
        guard let family = familyOfPage[number >> 8], let values = values[number] else { return nil }
        return metric(families[family].key, values)
    }

    private func metric(_ key: FamilyKey, _ values: [String]) -> Metric {
        Metric(
            namespace: key.namespace, name: key.name,
            dimensions: zip(key.dimensions, values).map { Dimension(name: $0, value: $1) })
    }

    /// The number of a series that was counted before.
    func knownNumber(of metric: Metric) -> UInt32? { numbers[metric] }

    /// Forgets the new series, which were not written: a file that is refused must not use numbers up.
    mutating func rollBack() {
        for new in newSeries.reversed() {
            let index = Int(new.family)
            families[index].series.removeLast()
            numbers[metric(families[index].key, new.values)] = nil
            values[new.number] = nil
        }
        for page in savedNextPage..<nextPage { familyOfPage[page] = nil }
        for family in newFamilies { familyIDs[family.key] = nil }
        families.removeLast(newFamilies.count)
        nextPage = savedNextPage
        saved()
    }

    mutating func saved() {
        savedNextPage = nextPage
        newFamilies = []
        newSeries = []
    }

    mutating func restore(family: Family) {
        familyIDs[family.key] = families.count
        families.append(family)
    }

    mutating func restore(series number: UInt32, family: Int64, values: [String]) {
        add(number, family: Int(family), values: values)
    }

    func family(_ key: FamilyKey) -> Family? {
        familyIDs[key].map { families[$0] }
    }

    private mutating func add(_ number: UInt32, family index: Int, values dimensionValues: [String]) {
        families[index].series.append(number)
        numbers[metric(families[index].key, dimensionValues)] = number
        values[number] = dimensionValues
        familyOfPage[number >> 8] = index
        nextPage = max(nextPage, number >> 8 + 1)
    }
}
