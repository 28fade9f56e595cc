import TrailAlarms
import TrailTemplates

/// One alarm or metric filter as AWS describes it.
struct DescribedResource: Sendable {
    /// What makes it unique: the alarm's name, or log group and name of a filter.
    let key: [String]
    let value: DescribedValue
    let members: [String: DescribedValue]

    var name: String { key.last ?? "" }
}

/// What the files of `aws cloudwatch describe-alarms` and `aws logs describe-metric-filters` hold, by name.
struct DescribedResources: Sendable {
    private(set) var alarms: [DescribedResource] = []
    private(set) var composites: [DescribedResource] = []
    private(set) var filters: [DescribedResource] = []
    /// Where the alarms live, when it can be known.
    private(set) var home: AlarmHome?

    init(alarms alarmFiles: [DescribedValue], filters filterFiles: [DescribedValue]) throws(ImportFault) {
        var homes: Set<String> = []
        for file in alarmFiles {
            let members = try file.members()
            guard members["MetricAlarms"] != nil || members["CompositeAlarms"] != nil else {
                throw .unexpected(
                    file: file.file, path: "the top", got: "no MetricAlarms and no CompositeAlarms",
                    want: "the output of: aws cloudwatch describe-alarms --alarm-types MetricAlarm CompositeAlarm")
            }
            alarms += try Self.resources(members["MetricAlarms"], ["AlarmName"])
            composites += try Self.resources(members["CompositeAlarms"], ["AlarmName"])
        }
        for file in filterFiles {
            guard let list = try file.members()["metricFilters"] else {
                throw .unexpected(
                    file: file.file, path: "the top", got: "no metricFilters",
                    want: "the output of: aws logs describe-metric-filters")
            }
            filters += try Self.resources(list, ["logGroupName", "filterName"])
        }
        for alarm in alarms + composites {
            guard let arn = try alarm.members["AlarmArn"]?.text() else { continue }
            let reference = AlarmReference(arn)
            guard let region = reference.region, let account = reference.account else { continue }
            homes.insert("\(account) in \(region)")
            home = AlarmHome(region: region, account: account)
        }
        if home == nil { home = try Self.homeOfFirstTopic(alarms + composites) }
        guard homes.count <= 1 else { throw .severalHomes(homes.sorted()) }
        try Self.refuseRepeats(alarms + composites)
        try Self.refuseRepeats(filters)
        alarms.sort { Self.isBefore($0.key, $1.key) }
        composites.sort { Self.isBefore($0.key, $1.key) }
        filters.sort { Self.isBefore($0.key, $1.key) }
    }

    /// The rest of them; where the alarms live is known as before.
    func without(_ keys: Set<[String]>) -> DescribedResources {
        var rest = self
        rest.alarms.removeAll { keys.contains($0.key) }
        rest.composites.removeAll { keys.contains($0.key) }
        rest.filters.removeAll { keys.contains($0.key) }
        return rest
    }

    private static func resources(
        _ list: DescribedValue?, _ keys: [String]
    ) throws(ImportFault) -> [DescribedResource] {
        var resources: [DescribedResource] = []
        for value in try list?.elements() ?? [] {
            var key: [String] = []
            for name in keys { key.append(try value.required(name).text()) }
            resources.append(DescribedResource(key: key, value: value, members: try value.members()))
        }
        return resources
    }

    /// Where alarms without ARNs most likely live: beside the first topic that they tell.
    private static func homeOfFirstTopic(_ alarms: [DescribedResource]) throws(ImportFault) -> AlarmHome? {
        for alarm in alarms {
            for key in AlarmKeys.actions {
                for action in try alarm.members[key]?.elements() ?? [] {
                    let parts = try action.text().split(separator: ":", omittingEmptySubsequences: false)
                    guard parts.count == 6, parts[2] == "sns" else { continue }
                    return AlarmHome(region: String(parts[3]), account: String(parts[4]))
                }
            }
        }
        return nil
    }

    private static func refuseRepeats(_ resources: [DescribedResource]) throws(ImportFault) {
        var seen: Set<[String]> = []
        for resource in resources where !seen.insert(resource.key).inserted {
            throw .twice(file: resource.value.file, path: resource.value.path, name: resource.name)
        }
    }

    private static func isBefore(_ left: [String], _ right: [String]) -> Bool {
        left.lexicographicallyPrecedes(right) { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }
}
