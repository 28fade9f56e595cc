import TrailAlarms
import TrailTemplates
import TrailYAML

/// The template of what AWS describes: topics, then each alarm after the filters that it watches, then what is left.
struct ImportTemplate {
    private typealias Entry = (id: String, node: TemplateNode)

    private let described: DescribedResources
    private let topics: TopicNames
    private let alarmIDs: LogicalIDs
    private let filterIDs: LogicalIDs
    /// What could not be taken along, for the user.
    private(set) var notes: [String] = []
    private var entries: [[Entry]] = []
    /// What each alarm and filter was made of, by its logical ID.
    private(set) var origins: [String: DescribedResource] = [:]

    init(_ described: DescribedResources) throws(ImportFault) {
        self.described = described
        topics = try TopicNames(described)
        alarmIDs = LogicalIDs((described.alarms + described.composites).map(\.key), kind: "Alarm")
        filterIDs = LogicalIDs(described.filters.map(\.key), kind: "Filter")
        for alarm in described.alarms + described.composites { origins[alarmIDs[alarm.key] ?? alarm.name] = alarm }
        for filter in described.filters { origins[filterIDs[filter.key] ?? filter.name] = filter }
        entries.append(topics.resources)
        try appendAlarms()
        try appendComposites()
    }

    /// Number of resources, of which CloudFormation takes 500 in one template.
    var count: Int { entries.reduce(0) { $0 + $1.count } }

    /// The template, blank lines between what belongs together.
    ///
    /// - Throws: ``ImportFault/unprintable(reason:)``.
    func yaml() throws(ImportFault) -> String {
        do {
            return try blocks()
        } catch {
            throw .unprintable(reason: "\(error)")
        }
    }

    private func blocks() throws -> String {
        let parts = [
            counted(described.alarms.count, "metric alarm"), counted(described.composites.count, "composite alarm"),
            counted(described.filters.count, "metric filter"),
        ]
        let head = TemplateNode.mapping([
            ("AWSTemplateFormatVersion", .text("2010-09-09")),
            ("Description", .text("Imported from AWS: \(parts.joined(separator: ", ")).")),
        ])
        let blocks = try entries.filter { !$0.isEmpty }.map { block in
            try TemplateNode.mapping(block.map { ($0.id, $0.node) }).yaml(indent: 2)
        }
        let resources = blocks.isEmpty ? "Resources: {}\n" : "Resources:\n" + blocks.joined(separator: "\n")
        return try head.yaml() + "\n" + resources
    }

    private mutating func appendAlarms() throws(ImportFault) {
        var waiting = described.filters
        for alarm in described.alarms {
            let properties = try AlarmProperties(alarm, topics: topics, home: described.home)
            var block: [Entry] = []
            var rest: [DescribedResource] = []
            for filter in waiting {
                let published = try FilterProperties.metrics(of: filter)
                if properties.watches(published) {
                    block.append(try entry(filter))
                } else {
                    rest.append(filter)
                }
            }
            waiting = rest
            block.append(
                (alarmIDs[alarm.key] ?? alarm.name, Self.resource("AWS::CloudWatch::Alarm", properties.members)))
            notes += properties.notes
            entries.append(block)
        }
        for filter in waiting { entries.append([try entry(filter)]) }
    }

    private mutating func entry(_ filter: DescribedResource) throws(ImportFault) -> Entry {
        let properties = try FilterProperties(filter)
        notes += properties.notes
        return (filterIDs[filter.key] ?? filter.name, Self.resource("AWS::Logs::MetricFilter", properties.members))
    }

    /// Composite alarms come after those that their rules name, since CloudFormation makes them in that order; in a
    /// circle the first by name begins.
    private mutating func appendComposites() throws(ImportFault) {
        var waiting: [CompositeProperties] = []
        for composite in described.composites {
            waiting.append(try CompositeProperties(composite, topics: topics, home: described.home))
        }
        var placed = Set(described.alarms.map(\.name))
        while !waiting.isEmpty {
            let names = Set(waiting.map(\.name))
            let next = waiting.firstIndex { $0.children.allSatisfy { !names.contains($0) } } ?? 0
            let composite = waiting.remove(at: next)
            let needed = composite.children.filter { placed.contains($0) }.compactMap { alarmIDs[[$0]] }
            placed.insert(composite.name)
            notes += composite.notes
            let node = Self.resource("AWS::CloudWatch::CompositeAlarm", composite.members, after: needed)
            entries.append([(alarmIDs[[composite.name]] ?? composite.name, node)])
        }
    }

    private static func resource(
        _ type: String, _ properties: [(String, TemplateNode?)], after needed: [String] = []
    ) -> TemplateNode {
        .mapping([
            ("Type", .text(type)), ("DependsOn", needed.isEmpty ? nil : .list(needed.map { .text($0) })),
            ("Properties", .mapping(properties)),
        ])
    }
}

/// The topics that actions name: those beside the alarms become resources, others stay ARNs.
struct TopicNames {
    private let home: AlarmHome?
    private let ids: LogicalIDs
    private let names: [String]

    init(_ described: DescribedResources) throws(ImportFault) {
        home = described.home
        var names: Set<String> = []
        for alarm in described.alarms + described.composites {
            for key in AlarmKeys.actions {
                for action in try alarm.members[key]?.elements() ?? [] {
                    if let name = Self.name(of: try action.text(), beside: home) { names.insert(name) }
                }
            }
        }
        self.names = names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        ids = LogicalIDs(self.names.map { [$0] }, kind: "Topic")
    }

    var resources: [(id: String, node: TemplateNode)] {
        names.map { name in
            let node = TemplateNode.mapping([
                ("Type", .text("AWS::SNS::Topic")), ("Properties", .mapping([("TopicName", .text(name))])),
            ])
            return (ids[[name]] ?? name, node)
        }
    }

    /// What an action is written as.
    func node(_ arn: String) -> TemplateNode {
        guard let name = Self.name(of: arn, beside: home), let id = ids[[name]] else { return .text(arn) }
        return .ref(id)
    }

    private static func name(of arn: String, beside home: AlarmHome?) -> String? {
        let parts = arn.split(separator: ":", omittingEmptySubsequences: false)
        // A FIFO topic needs more than its name.
        guard parts.count == 6, parts[0] == "arn", parts[2] == "sns", !parts[5].isEmpty, !parts[5].hasSuffix(".fifo"),
            let home, home.region == parts[3], home.account == parts[4]
        else { return nil }
        return String(parts[5])
    }
}
