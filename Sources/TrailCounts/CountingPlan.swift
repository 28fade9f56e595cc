import TrailEvents
package import TrailModel
package import TrailPatterns

/// What is looked for in each record: the built-in fields and the metric filters of the alarm files, compiled once.
package struct CountingPlan: Sendable {
    package let filters: [MetricFilter]
    /// The distinct metrics of the filters, their dimensions left out, and for each filter the index of its own.
    let metrics: [Metric]
    let metricOfFilter: [Int]
    let table: FieldTable
    /// The patterns of the filters, then those of the rules.
    let patterns: PatternSet
    let transformations: [CompiledTransformation]
    let insightSource: FieldID
    let insightName: FieldID
    let aggregation: AggregationFields
    let eventTerms: EventTerms
    package let rules: RulePlan

    package init(filters: [MetricFilter], rules: RulePlan = RulePlan()) {
        var table = FieldTable()
        self.filters = filters
        eventTerms = EventTerms(into: &table)
        let filterPatterns = filters.map { $0.pattern.compile(into: &table) }
        transformations = filters.map { CompiledTransformation($0, into: &table) }
        var metrics: [Metric] = []
        var metricOfFilter: [Int] = []
        for filter in filters {
            metricOfFilter.append(metrics.firstIndex(of: filter.metric) ?? metrics.count)
            if metricOfFilter.last == metrics.count { metrics.append(filter.metric) }
        }
        self.metrics = metrics
        self.metricOfFilter = metricOfFilter
        insightSource = table.add([.member("insightDetails"), .member("eventSource")])
        insightName = table.add([.member("insightDetails"), .member("eventName")])
        aggregation = AggregationFields(into: &table)
        self.rules = rules
        patterns = PatternSet(
            filters: filterPatterns,
            rules: rules.entries.map { $0.rule.pattern.compile(into: &table, for: .cloudTrailRecord) })
        self.table = table
    }

    /// Names the filters a file was counted with, so that it can be seen later which ones it lacks.
    package var filterNames: [String] { filters.map(Self.ledgerName) }

    /// The name of a filter in the ledger; another pattern, value or set of dimensions makes another filter.
    package static func ledgerName(_ filter: MetricFilter) -> String {
        // FNV-1a: the same in every process, which Hasher is not.
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        var definition =
            switch filter.value {
            case .constant(let value): "\(value) \(filter.pattern.text)"
            case .selected(let selector): "\(selector.text) \(filter.pattern.text)"
            }
        for dimension in filter.dimensions { definition += "\n\(dimension.name)\t\(dimension.selector.text)" }
        for byte in definition.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        return "\(ledgerPrefix(filter.metric))\(filter.name)/\(String(hash, radix: 16))"
    }

    /// What the names of all filters of a metric begin with.
    package static func ledgerPrefix(_ metric: Metric) -> String { "\(metric.namespace)/\(metric.name)/" }
}
