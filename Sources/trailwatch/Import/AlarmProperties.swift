import TrailAlarms
import TrailTemplates

/// Keys of `MetricAlarm` and `CompositeAlarm` in what CloudWatch describes.
enum AlarmKeys {
    static let actions = ["OKActions", "AlarmActions", "InsufficientDataActions"]
    /// State, not definition.
    static let passedOver: Set<String> = [
        "ActionsSuppressedBy", "ActionsSuppressedReason", "AlarmArn", "AlarmConfigurationUpdatedTimestamp",
        "EvaluationState", "StateReason", "StateReasonData", "StateTransitionedTimestamp", "StateUpdatedTimestamp",
        "StateValue",
    ]

    /// A note on each member that nobody here knows.
    static func notes(on resource: DescribedResource, besides known: [String], as kind: String) -> [String] {
        resource.members.keys.sorted().filter { !known.contains($0) && !passedOver.contains($0) }.map {
            "\($0) of \(kind) '\(resource.name)' is left out: it is not known here"
        }
    }
}

extension DescribedResource {
    func text(_ key: String) throws(ImportFault) -> TemplateNode? {
        guard let value = members[key] else { return nil }
        return .text(try value.text())
    }

    func number(_ key: String) throws(ImportFault) -> TemplateNode? {
        guard let value = members[key] else { return nil }
        return .number(try value.number())
    }

    /// A truth value that is not what CloudFormation takes without it.
    func bool(_ key: String, unless usual: Bool) throws(ImportFault) -> TemplateNode? {
        guard let value = try members[key]?.bool(), value != usual else { return nil }
        return .bool(value)
    }

    /// Action lists that are not empty.
    func actions(_ topics: TopicNames) throws(ImportFault) -> [(String, TemplateNode?)] {
        var members: [(String, TemplateNode?)] = []
        for key in AlarmKeys.actions {
            var nodes: [TemplateNode] = []
            for action in try self.members[key]?.elements() ?? [] { nodes.append(topics.node(try action.text())) }
            if !nodes.isEmpty { members.append((key, .list(nodes))) }
        }
        return members
    }
}

/// The properties of an `AWS::CloudWatch::Alarm`, from one of `MetricAlarms`.
struct AlarmProperties {
    private static let known =
        [
            "AlarmName", "AlarmDescription", "ActionsEnabled", "Namespace", "MetricName", "Dimensions", "Statistic",
            "ExtendedStatistic", "Unit", "Period", "Metrics", "EvaluationCriteria", "EvaluationInterval",
            "EvaluationPeriods", "DatapointsToAlarm", "Threshold", "ThresholdMetricId", "ComparisonOperator",
            "TreatMissingData", "EvaluateLowSampleCountPercentile",
        ] + AlarmKeys.actions

    private(set) var members: [(String, TemplateNode?)] = []
    let notes: [String]
    private var metrics: [MetricName] = []
    private var queries: [String] = []

    struct MetricName: Hashable {
        let namespace: String
        let name: String
    }

    init(_ alarm: DescribedResource, topics: TopicNames, home: AlarmHome?) throws(ImportFault) {
        notes = AlarmKeys.notes(on: alarm, besides: Self.known, as: "alarm")
        members = [
            ("AlarmName", try alarm.text("AlarmName")), ("AlarmDescription", try alarm.text("AlarmDescription")),
            ("ActionsEnabled", try alarm.bool("ActionsEnabled", unless: true)),
        ]
        members += try alarm.actions(topics)
        members += [
            ("Namespace", try alarm.text("Namespace")), ("MetricName", try alarm.text("MetricName")),
            ("Dimensions", try Self.dimensions(alarm.members["Dimensions"])),
            ("Statistic", try alarm.text("Statistic")), ("ExtendedStatistic", try alarm.text("ExtendedStatistic")),
            ("Unit", try alarm.text("Unit")), ("Period", try alarm.number("Period")),
            ("Metrics", try readMetrics(alarm.members["Metrics"], home)),
            ("EvaluationCriteria", alarm.members["EvaluationCriteria"]?.node),
            ("EvaluationInterval", try alarm.number("EvaluationInterval")),
            ("EvaluationPeriods", try alarm.number("EvaluationPeriods")),
            ("DatapointsToAlarm", try alarm.number("DatapointsToAlarm")),
            ("Threshold", try alarm.number("Threshold")), ("ThresholdMetricId", try alarm.text("ThresholdMetricId")),
            ("ComparisonOperator", try alarm.text("ComparisonOperator")),
            ("TreatMissingData", try alarm.text("TreatMissingData")),
            ("EvaluateLowSampleCountPercentile", try alarm.text("EvaluateLowSampleCountPercentile")),
        ]
        if let name = try alarm.members["MetricName"]?.text(), let space = try alarm.members["Namespace"]?.text() {
            metrics.append(MetricName(namespace: space, name: name))
        }
    }

    /// True when one of `published` is what the alarm looks at.
    func watches(_ published: [MetricName]) -> Bool {
        published.contains { metric in
            metrics.contains(metric)
                || queries.contains { $0.contains(metric.namespace) && $0.contains("(\(metric.name))") }
        }
    }

    private static func dimensions(_ list: DescribedValue?) throws(ImportFault) -> TemplateNode? {
        var nodes: [TemplateNode] = []
        for dimension in try list?.elements() ?? [] {
            nodes.append(
                .mapping([
                    ("Name", .text(try dimension.required("Name").text())),
                    ("Value", .text(try dimension.required("Value").text())),
                ]))
        }
        return nodes.isEmpty ? nil : .list(nodes)
    }

    private mutating func readMetrics(_ list: DescribedValue?, _ home: AlarmHome?) throws(ImportFault) -> TemplateNode?
    {
        var nodes: [TemplateNode] = []
        for value in try list?.elements() ?? [] {
            let entry = DescribedResource(
                key: [try value.required("Id").text()], value: value, members: try value.members())
            if let expression = try entry.members["Expression"]?.text() { queries.append(expression) }
            let account = try entry.members["AccountId"]?.text()
            nodes.append(
                .mapping([
                    ("Id", try entry.text("Id")), ("Label", try entry.text("Label")),
                    ("AccountId", account.map { $0 == home?.account ? .ref("AWS::AccountId") : .text($0) }),
                    ("Expression", try entry.text("Expression")), ("Period", try entry.number("Period")),
                    ("MetricStat", try readMetricStat(entry.members["MetricStat"])),
                    ("ReturnData", try entry.bool("ReturnData", unless: true)),
                ]))
        }
        return nodes.isEmpty ? nil : .list(nodes)
    }

    private mutating func readMetricStat(_ value: DescribedValue?) throws(ImportFault) -> TemplateNode? {
        guard let value else { return nil }
        let stat = DescribedResource(key: [], value: value, members: try value.members())
        let metric = try value.required("Metric")
        let name = try metric.required("MetricName").text()
        let namespace = try metric.required("Namespace").text()
        metrics.append(MetricName(namespace: namespace, name: name))
        return .mapping([
            (
                "Metric",
                .mapping([
                    ("Namespace", .text(namespace)), ("MetricName", .text(name)),
                    ("Dimensions", try Self.dimensions(try metric.members()["Dimensions"])),
                ])
            ), ("Period", try stat.number("Period")), ("Stat", try stat.text("Stat")), ("Unit", try stat.text("Unit")),
        ])
    }
}

extension DescribedValue {
    /// The value as it is, members by name.
    var node: TemplateNode? {
        switch content {
        case .null: nil
        case .bool(let value): .bool(value)
        case .number(let value): .number(value)
        case .text(let value): .text(value)
        case .list(let values):
            .list(values.compactMap { DescribedValue(file: file, path: path, content: $0).node })
        case .object(let members):
            .mapping(
                members.sorted { $0.key < $1.key }.map { key, value in
                    (key, DescribedValue(file: file, path: path, content: value).node)
                })
        }
    }
}

/// The properties of an `AWS::CloudWatch::CompositeAlarm`, from one of `CompositeAlarms`.
struct CompositeProperties {
    private static let known =
        [
            "AlarmName", "AlarmDescription", "AlarmRule", "ActionsEnabled", "ActionsSuppressor",
            "ActionsSuppressorWaitPeriod", "ActionsSuppressorExtensionPeriod",
        ] + AlarmKeys.actions

    let name: String
    let members: [(String, TemplateNode?)]
    let notes: [String]
    /// The alarms that must be there before this one.
    let children: [String]

    init(_ alarm: DescribedResource, topics: TopicNames, home: AlarmHome?) throws(ImportFault) {
        name = alarm.name
        notes = AlarmKeys.notes(on: alarm, besides: Self.known, as: "composite alarm")
        // By name alone alarms are found in the account and region that the template is used in.
        func local(_ text: String) -> String {
            guard let home else { return text }
            let partition =
                home.region.hasPrefix("cn-") ? "aws-cn" : home.region.hasPrefix("us-gov-") ? "aws-us-gov" : "aws"
            return text.replacing("arn:\(partition):cloudwatch:\(home.region):\(home.account):alarm:", with: "")
        }
        let rule = local(try alarm.value.required("AlarmRule").text())
        let suppressor = (try alarm.members["ActionsSuppressor"]?.text()).map(local)
        var children = (try? AlarmRule(rule))?.children.map(\.name) ?? []
        if let suppressor { children.append(AlarmReference(suppressor).name) }
        var seen: Set<String> = [name]
        self.children = children.filter { seen.insert($0).inserted }
        members =
            [
                ("AlarmName", try alarm.text("AlarmName")), ("AlarmDescription", try alarm.text("AlarmDescription")),
                ("AlarmRule", .text(rule)), ("ActionsEnabled", try alarm.bool("ActionsEnabled", unless: true)),
            ] + (try alarm.actions(topics)) + [
                ("ActionsSuppressor", suppressor.map { .text($0) }),
                ("ActionsSuppressorWaitPeriod", try alarm.number("ActionsSuppressorWaitPeriod")),
                ("ActionsSuppressorExtensionPeriod", try alarm.number("ActionsSuppressorExtensionPeriod")),
            ]
    }
}
