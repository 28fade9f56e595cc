import TrailModel

/// Numbers for the metrics that a batch counts into: those of its plan first, then those of filters with dimensions as
/// they are met.
struct MetricNumbers: Sendable {
    private(set) var all: [Metric] = []
    private var planned = 0
    private var numbers: [Metric: Int] = [:]

    /// The numbers of the metrics with dimensions of `extract`; all extracts must be of one plan.
    mutating func numbers(of extract: borrowing FileExtract, _ plan: CountingPlan) -> [Int] {
        if all.isEmpty {
            all = plan.metrics
            planned = all.count
        }
        precondition(all.prefix(planned) == plan.metrics[...], "all files of a batch must be counted with one plan")
        return extract.dimensioned.map { metric in
            if let number = numbers[metric] { return number }
            all.append(metric)
            numbers[metric] = all.count - 1
            return all.count - 1
        }
    }
}
