import TrailModel

/// The series that take part in a query, by page, and the group of each.
struct QuerySelection: Sendable {
    /// One page's series.
    struct Page: Sendable {
        /// The level that is read.
        let level: Resolution
        /// The group of each series by its number in the page; -1 for those that do not take part.
        var groups = [Int32](repeating: -1, count: SeriesFamily.pageSize)
    }

    private(set) var pages: [UInt32: Page] = [:]
    /// The values of each group, `nil` where its metrics do not have the dimension.
    private(set) var groups: [[String?]] = []
    /// False when no family has the name and the dimensions asked for.
    private(set) var isKnown = false
    private var numbers: [[String?]: Int32] = [:]
    private var metricCount = 0

    /// - Throws: ``QueryError`` for a period that no level fits, and past the limits of the query.
    init(_ query: MetricQuery, _ state: borrowing StoreState, hasLevels: Bool) throws(QueryError) {
        for family in state.series.families where family.matches(query) {
            isKnown = true
            guard 1...MetricQuery.periodSecondsMax ~= query.periodSeconds,
                query.periodSeconds % family.resolution.seconds == 0
            else {
                throw .period(got: query.periodSeconds, multipleOf: family.resolution.seconds)
            }
            var level = family.resolution
            if hasLevels {
                level = family.resolution.coarser.last { query.periodSeconds % $0.seconds == 0 } ?? level
            }
            try add(family, query, state.series.texts, level: level)
        }
    }

    private mutating func add(
        _ family: SeriesFamily, _ query: MetricQuery, _ texts: TextTable, level: Resolution
    ) throws(QueryError) {
        let width = family.key.dimensions.count
        // Where in a row a condition looks, and for which text; a text that nothing has is unequal to all.
        var conditions: [(position: Int, text: UInt32?, isEqual: Bool)] = []
        for condition in query.conditions {
            if let position = family.key.dimensions.firstIndex(of: condition.name) {
                conditions.append((position, texts.number(of: condition.value), condition.isEqual))
            } else if condition.isEqual {
                return
            }
        }
        var indices = 0..<family.count
        // Every dimension has its one value: a series that is looked up, not searched.
        if width > 0, conditions.count == width, conditions.allSatisfy(\.isEqual),
            Set(conditions.map(\.position)).count == width
        {
            let row = conditions.sorted { $0.position < $1.position }.compactMap(\.text)
            guard row.count == width, let index = family.index(of: row) else { return }
            indices = index..<index + 1
        }
        let positions = query.groupBy.map { family.key.dimensions.firstIndex(of: $0) }
        // Values are numbered step by step: what a prefix of them and the next one are together.
        var steps = [[UInt64: UInt32]](repeating: [:], count: positions.count)
        var groupOfCombination: [UInt32: Int32] = [:]
        for index in indices {
            let start = index * width
            let holds = conditions.allSatisfy { condition in
                (family.values[start + condition.position] == condition.text) == condition.isEqual
            }
            guard holds else { continue }
            var combination: UInt32 = 0
            for (step, position) in positions.enumerated() {
                let text = position.map { family.values[start + $0] } ?? 0
                let key = UInt64(combination) << 32 | UInt64(text)
                let next = steps[step][key] ?? UInt32(steps[step].count)
                steps[step][key] = next
                combination = next
            }
            if groupOfCombination[combination] == nil {
                let values = positions.map { position in position.map { texts[family.values[start + $0]] } }
                groupOfCombination[combination] = try group(of: values, query)
            }
            let number = family.number(at: index)
            pages[number >> 8, default: Page(level: level)].groups[Int(number & 0xFF)] =
                groupOfCombination[combination] ?? -1
            metricCount += 1
            guard metricCount <= query.limits.metricsMax else {
                throw .tooManyMetrics(max: query.limits.metricsMax)
            }
        }
    }

    private mutating func group(of values: [String?], _ query: MetricQuery) throws(QueryError) -> Int32 {
        if let number = numbers[values] { return number }
        guard groups.count < query.limits.groupsMax else { throw .tooManyGroups(max: query.limits.groupsMax) }
        let number = Int32(groups.count)
        groups.append(values)
        numbers[values] = number
        return number
    }
}

extension SeriesFamily {
    func matches(_ query: MetricQuery) -> Bool {
        guard key.namespace == query.namespace, key.name == query.metricName else { return false }
        return switch query.schema {
        case .exactly(let names): names.sorted() == key.dimensions
        case .any: true
        }
    }
}
