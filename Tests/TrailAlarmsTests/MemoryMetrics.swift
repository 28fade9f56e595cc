import TrailAlarms
import TrailModel

/// A metric source that looks at every sample for every question.
struct MemoryMetrics: MetricSource {
    var samples: [(metric: Metric, time: Timestamp, set: StatisticSet)] = []

    mutating func add(_ metric: Metric, _ time: Timestamp, _ value: Double, count: Int64 = 1) {
        samples.append((metric, time, StatisticSet(value: value, count: count)))
    }

    func result(of query: MetricQuery) throws -> QueryResult {
        let from = query.from.floored(toSeconds: query.periodSeconds)
        let to = query.to.floored(toSeconds: query.periodSeconds)
        let named = samples.filter { $0.metric.namespace == query.namespace && $0.metric.name == query.metricName }
            .filter { sample in
                guard case .exactly(let names) = query.schema else { return true }
                return sample.metric.dimensions.map(\.name) == names.sorted()
            }
        let matching = named.filter { sample in
            query.conditions.allSatisfy { (sample.metric[$0.name] == $0.value) == $0.isEqual }
        }
        guard Set(matching.map(\.metric)).count <= query.limits.metricsMax else {
            throw QueryError.tooManyMetrics(max: query.limits.metricsMax)
        }
        var groups: [[String?]: [Timestamp: StatisticSet]] = [:]
        for sample in matching where sample.time >= from && sample.time < to {
            let group = query.groupBy.map { sample.metric[$0] }
            let start = sample.time.floored(toSeconds: query.periodSeconds)
            if groups[group]?[start]?.add(sample.set) == nil { groups[group, default: [:]][start] = sample.set }
        }
        return QueryResult(
            isKnown: !named.isEmpty,
            groups: groups.map { values, points in
                QueryResult.Group(
                    values: values,
                    points: points.sorted { $0.key < $1.key }.map { QueryResult.Point(start: $0.key, set: $0.value) })
            }.sorted { QueryResult.isBefore($0.values, $1.values) })
    }

    /// The samples that were put into CloudWatch to capture its answers (radkawar/stackd, metric_insights.json); the
    /// first minute starts at ``capturedStart``.
    static let captured: MemoryMetrics = {
        var metrics = MemoryMetrics()
        let data: [(String, [String: String], [(minute: Int64, value: Double, count: Int64)])] = [
            ("Load", [:], [(0, 100, 1), (2, 200, 1)]),
            ("Load", ["Team": "A"], [(0, 2, 3), (0, 8, 1), (1, 6, 1)]),
            ("Load", ["Team": "B"], [(0, 20, 1), (2, 40, 2)]),
            ("Load", ["Team": "A", "Zone": "west"], [(0, 50, 2), (1, 10, 1)]),
            ("Load", ["Team": "A", "Zone": "east"], [(1, 30, 3)]),
            ("Load", ["Zone": "west"], [(0, 70, 1)]),
            ("Bytes\"Input\"", ["fleet.name": #"O'Reilly\blue"#], [(0, 13, 2)]),
            ("LIMIT", ["Team": "Case"], [(0, 17, 1)]),
        ]
        for (name, dimensions, points) in data {
            let metric = Metric(
                namespace: "ns/1", name: name, dimensions: dimensions.map { Dimension(name: $0.key, value: $0.value) })
            for point in points {
                metrics.add(
                    metric, capturedStart.adding(seconds: point.minute * 60 + 10), point.value, count: point.count)
            }
        }
        return metrics
    }()

    static let capturedStart = Timestamp(seconds: 1_790_185_080)
}

extension Metric {
    subscript(dimension: String) -> String? { dimensions.first { $0.name == dimension }?.value }
}
