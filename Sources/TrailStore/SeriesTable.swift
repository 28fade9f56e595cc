import TrailModel

/// Numbers for series, families and the values of their dimensions: the index of the store, in memory as a whole.
struct SeriesTable: Sendable {
    /// Past this many series a file that needs a new one is refused whole.
    static let seriesMax = 2_000_000

    /// ``seriesMax``, but in tests.
    var seriesMax = SeriesTable.seriesMax
    private(set) var count = 0
    private(set) var families: [SeriesFamily] = []
    private(set) var texts = TextTable()
    private var familyIDs: [SeriesFamily.Key: Int] = [:]
    /// The family of each page and which of its pages it is; families that no page has are -1.
    private var places: [(family: Int32, ordinal: Int32)] = []

    /// What there was at the last commit.
    private var savedTexts = 0
    private var savedFamilies = 0
    private var savedPages = 0
    /// Families with new series, and how many they had.
    private var grown: [Int: Int] = [:]

    /// The number of a series, which gets the next one of its family when it is new.
    mutating func number(of metric: Metric, resolution: Resolution) throws(StoreError) -> UInt32 {
        let key = SeriesFamily.Key(
            namespace: metric.namespace, name: metric.name, dimensions: metric.dimensions.map(\.name))
        if let family = familyIDs[key], let row = row(of: metric), let index = families[family].index(of: row) {
            return families[family].number(at: index)
        }
        guard count < seriesMax else { throw .tooManySeries(max: seriesMax) }
        let family = familyIDs[key] ?? families.count
        if family == families.count {
            add(SeriesFamily(id: Int64(family), key: key, resolution: resolution))
        }
        if grown[family] == nil { grown[family] = families[family].count }
        if families[family].isFull { add(page: UInt32(places.count), to: family) }
        add(metric.dimensions.map { texts.insert($0.value) }, to: family)
        return families[family].number(at: families[family].count - 1)
    }

    /// The number of a series that was counted before.
    func knownNumber(of metric: Metric) -> UInt32? {
        let key = SeriesFamily.Key(
            namespace: metric.namespace, name: metric.name, dimensions: metric.dimensions.map(\.name))
        guard let id = familyIDs[key], let row = row(of: metric) else { return nil }
        return families[id].index(of: row).map { families[id].number(at: $0) }
    }

    /// The metric of a series.
    func metric(of number: UInt32) -> Metric? {
        guard let (family, index) = place(of: number) else { return nil }
        let key = families[family].key
        return Metric(
            namespace: key.namespace, name: key.name,
            dimensions: zip(key.dimensions, families[family].row(at: index)).map {
                Dimension(name: $0, value: texts[$1])
            })
    }

    func family(_ key: SeriesFamily.Key) -> SeriesFamily? {
        familyIDs[key].map { families[$0] }
    }

    /// The family of a series.
    func family(ofSeries number: UInt32) -> SeriesFamily? {
        place(of: number).map { families[$0.family] }
    }

    /// The slots that a series counts in.
    func resolution(ofSeries number: UInt32) -> Resolution? {
        place(of: number).map { families[$0.family].resolution }
    }

    private func place(of number: UInt32) -> (family: Int, index: Int)? {
        let page = Int(number >> 8)
        guard page < places.count, places[page].family >= 0 else { return nil }
        let family = Int(places[page].family)
        let index = Int(places[page].ordinal) * SeriesFamily.pageSize + Int(number & 0xFF)
        return index < families[family].count ? (family, index) : nil
    }

    /// `nil` when a value is not known at all.
    private func row(of metric: Metric) -> [UInt32]? {
        var row: [UInt32] = []
        row.reserveCapacity(metric.dimensions.count)
        for dimension in metric.dimensions {
            guard let number = texts.number(of: dimension.value) else { return nil }
            row.append(number)
        }
        return row
    }

    private mutating func add(_ family: SeriesFamily) {
        familyIDs[family.key] = families.count
        families.append(family)
    }

    private mutating func add(page: UInt32, to family: Int) {
        while places.count <= Int(page) { places.append((-1, 0)) }
        places[Int(page)] = (Int32(family), Int32(families[family].pages.count))
        families[family].add(page: page)
    }

    private mutating func add(_ row: [UInt32], to family: Int) {
        families[family].append(row)
        count += 1
    }

    // MARK: Saving

    var newFamilies: ArraySlice<SeriesFamily> { families[savedFamilies...] }

    /// Texts with numbers from the first of them on.
    var newTexts: (first: Int, texts: ArraySlice<String>) { (savedTexts, texts.texts[savedTexts...]) }

    /// The pages that have new series, as they are to be written.
    var changedPages: [SeriesPage] {
        grown.sorted { $0.key < $1.key }.flatMap { family, before in
            let family = families[family]
            return (before / SeriesFamily.pageSize..<family.pages.count).map { SeriesPage(of: family, ordinal: $0) }
        }
    }

    /// What was new is written.
    mutating func saved() {
        savedTexts = texts.count
        savedFamilies = families.count
        savedPages = places.count
        grown = [:]
    }

    /// Forgets what is new, which was not written: a file that is refused must not use numbers up.
    mutating func rollBack() {
        for (family, before) in grown where family < savedFamilies {
            count -= families[family].count - before
            families[family].keep(first: before)
        }
        for family in families[savedFamilies...] {
            count -= family.count
            familyIDs[family.key] = nil
        }
        families.removeLast(families.count - savedFamilies)
        places.removeLast(places.count - savedPages)
        texts.keep(first: savedTexts)
        grown = [:]
    }

    // MARK: Restoring

    /// Adds a family that is written already.
    mutating func restore(family: SeriesFamily) {
        add(family)
        savedFamilies = families.count
    }

    /// Adds the text of the next number.
    mutating func restore(text: String, number: Int64) throws(StoreError) {
        guard texts.insert(text) == number else {
            throw .corrupt(
                what: "the table dimension_values", reason: "row \(number) is doubled or one before it is missing")
        }
    }

    /// Adds a series of before format 11; it counts as new until it is saved.
    mutating func restore(single number: UInt32, family: Int, values: [String]) throws(StoreError) {
        if grown[family] == nil { grown[family] = families[family].count }
        if families[family].isFull {
            guard number & 0xFF == 0, number >> 8 >= places.count else {
                throw .corrupt(what: "the table series", reason: "row \(number) is out of order")
            }
            add(page: number >> 8, to: family)
        }
        guard values.count == families[family].key.dimensions.count else {
            throw .corrupt(what: "the table series", reason: "row \(number) has \(values.count) values")
        }
        add(values.map { texts.insert($0) }, to: family)
        guard families[family].number(at: families[family].count - 1) == number else {
            throw .corrupt(what: "the table series", reason: "a row before \(number) is missing")
        }
    }

    /// True for a page that cannot get any more series.
    func isFull(page: UInt32) -> Bool { place(of: page << 8 | 0xFF) != nil }

    /// Adds the series of a page, or those that it got since it was read.
    mutating func restore(_ page: SeriesPage) throws(StoreError) {
        func corrupt(_ reason: String) -> StoreError {
            .corrupt(what: "the table series_pages", reason: "page \(page.number): \(reason)")
        }
        guard families.indices.contains(page.family) else { throw corrupt("there is no family \(page.family)") }
        let width = families[page.family].key.dimensions.count
        guard page.values.count == page.count * width, page.count <= SeriesFamily.pageSize else {
            throw corrupt("got \(page.values.count) values of \(page.count) series of \(width) dimensions")
        }
        guard page.values.allSatisfy({ $0 < texts.count }) else { throw corrupt("it names a text that is not there") }
        var known = 0
        if let place = place(of: page.number << 8) {
            guard place.family == page.family else { throw corrupt("it changed its family") }
            known = families[page.family].count - Int(places[Int(page.number)].ordinal) * SeriesFamily.pageSize
        } else {
            guard families[page.family].isFull else { throw corrupt("the one before it is not full") }
            add(page: page.number, to: page.family)
        }
        for index in known..<max(known, page.count) {
            let row = Array(page.values[index * width..<(index + 1) * width])
            guard families[page.family].index(of: row) == nil else { throw corrupt("series \(index) is there twice") }
            add(row, to: page.family)
        }
    }
}
