import TrailModel
import TrailNotify

/// Adds the events behind a decision up.
struct EvidenceTally: Sendable {
    /// Names that are told apart of each kind; what comes after them counts as `other`.
    static let namesMax = 10_000
    private static let other = "other"

    /// A count of names.
    private struct Names: Sendable {
        private(set) var counts: [String: Int64] = [:]

        mutating func add(_ name: String) {
            guard !name.isEmpty else { return }
            let isRoom = counts.count < namesMax || counts[name] != nil
            counts[isRoom ? name : other, default: 0] += 1
        }

        /// The most frequent first, equal ones by name.
        func top(_ count: Int) -> [Evidence.Count] {
            let sorted = counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
            return sorted.prefix(count).map { Evidence.Count(name: $0.key, events: $0.value) }
        }
    }

    /// What the events that count in some of the metrics have come to.
    private struct Group: Sendable {
        var events: Int64 = 0
        var samples: Int64 = 0
        var sum = ExactSum()
        var first: Timestamp?
        var last: Timestamp?
        var principals: [EventFacts.Principal: Int64] = [:]
        var sessions: [EventFacts.Principal: Names] = [:]
        var addresses = Names()
        var names = Names()
        var errors = Names()
        var accounts = Names()
        var regions = Names()
        var datapoints: [Timestamp: (samples: Int64, sum: ExactSum)] = [:]
        var examples: [Evidence.Example] = []

        mutating func add(_ facts: EventFacts, slot: Timestamp, values: [Double]) {
            let example = facts.example
            events += 1
            samples += Int64(values.count)
            for value in values { sum.add(value) }
            first = min(first ?? example.time, example.time)
            last = max(last ?? example.time, example.time)
            let unknown = EventFacts.Principal(name: EvidenceTally.other, type: "", accountID: "")
            let isRoom = principals.count < namesMax || principals[facts.principal] != nil
            principals[isRoom ? facts.principal : unknown, default: 0] += 1
            if isRoom { sessions[facts.principal, default: Names()].add(facts.session) }
            addresses.add(example.sourceIPAddress)
            names.add(example.eventName)
            errors.add(example.errorCode)
            accounts.add(example.accountID)
            regions.add(example.region)
            var datapoint = datapoints[slot] ?? (0, ExactSum())
            datapoint.samples += Int64(values.count)
            for value in values { datapoint.sum.add(value) }
            datapoints[slot] = datapoint
            keep(example)
        }

        /// Keeps the earliest.
        private mutating func keep(_ example: Evidence.Example) {
            func key(_ example: Evidence.Example) -> (Timestamp, String) { (example.time, example.eventID) }
            if examples.count == Evidence.examplesMax, let last = examples.last, key(last) <= key(example) { return }
            let place = examples.firstIndex { key(example) < key($0) } ?? examples.count
            examples.insert(example, at: place)
            if examples.count > Evidence.examplesMax { examples.removeLast() }
        }

        var evidence: Evidence {
            var evidence = Evidence()
            evidence.events = samples
            evidence.sum = sum.rounded
            evidence.first = first
            evidence.last = last
            let sorted = principals.sorted {
                ($1.value, $0.key.name, $0.key.accountID) < ($0.value, $1.key.name, $1.key.accountID)
            }
            evidence.principals = sorted.prefix(Evidence.namesMax).map { principal, count in
                Evidence.Principal(
                    name: principal.name, type: principal.type, accountID: principal.accountID, events: count,
                    sessions: sessions[principal]?.top(EvidenceTally.sessionsMax) ?? [])
            }
            evidence.sourceAddresses = addresses.top(Evidence.namesMax)
            evidence.eventNames = names.top(Evidence.namesMax)
            evidence.errorCodes = errors.top(Evidence.namesMax)
            evidence.accounts = accounts.top(Evidence.namesMax)
            evidence.regions = regions.top(Evidence.namesMax)
            evidence.datapoints = datapoints.sorted { $0.key < $1.key }.suffix(Evidence.datapointsMax).map {
                Evidence.Datapoint(start: $0.key, events: $0.value.samples, sum: $0.value.sum.rounded)
            }
            evidence.examples = examples
            return evidence
        }
    }

    private static let sessionsMax = 3

    private let metrics: [Metric]
    private var totals: [(samples: Int64, sum: ExactSum)]
    /// Of events that count in any of the metrics.
    private var any = Group()
    /// Of those that count in all of them, where there are several.
    private var all = Group()

    init(metrics: [Metric]) {
        self.metrics = metrics
        totals = Array(repeating: (0, ExactSum()), count: metrics.count)
    }

    /// Takes an event; `samples` are the values that it adds to metrics, by their places.
    mutating func add(_ facts: EventFacts, slot: Timestamp, samples: [(metric: Int, value: Double)]) {
        for sample in samples {
            totals[sample.metric].samples += 1
            totals[sample.metric].sum.add(sample.value)
        }
        let values = samples.map(\.value)
        any.add(facts, slot: slot, values: values)
        if metrics.count > 1, Set(samples.map(\.metric)).count == metrics.count {
            all.add(facts, slot: slot, values: Array(values.prefix(1)))
        }
    }

    /// Samples of all metrics.
    var samples: Int64 { any.samples }

    /// Principals and accounts of all events, each once: what later messages need not name again.
    var names: Set<String> {
        let group = shown
        return Set(group.principals.keys.map(Self.name)).union(group.accounts.counts.keys.map { "account \($0)" })
    }

    /// A principal as messages name it, with its account: the same role name in another account is somebody else.
    private static func name(_ principal: EventFacts.Principal) -> String {
        principal.accountID.isEmpty ? principal.name : "\(principal.name) (\(principal.accountID))"
    }

    private var shown: Group { all.events > 0 ? all : any }

    /// What was found, with the totals of each metric where there are several.
    func evidence(sharing isOneSeries: Bool) -> Evidence {
        var evidence = isOneSeries ? any.evidence : shown.evidence
        guard metrics.count > 1, !isOneSeries else { return evidence }
        let listed = zip(metrics, totals).prefix(Evidence.datapointsMax)
        evidence.metrics = listed.map { metric, total in
            Evidence.MetricTotal(name: metric.text, events: total.samples, sum: total.sum.rounded)
        }
        return evidence
    }
}
