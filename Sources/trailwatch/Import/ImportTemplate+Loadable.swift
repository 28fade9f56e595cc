import TrailAlarms
import TrailModel
import TrailTemplates
import TrailYAML

extension ImportTemplate {
    /// The template without the alarms and filters that the loader refuses: one error would keep the others from use.
    ///
    /// What names something that is left out is refused in turn, so that the rest is looked at until nothing is.
    ///
    /// - Returns: The template, and a line for each alarm and filter that it leaves out.
    static func loadable(
        _ described: DescribedResources
    ) throws(ImportFault) -> (template: ImportTemplate, leftOut: [String]) {
        var settings = TemplateSettings()
        if let home = described.home {
            settings.accountID = home.account
            settings.region = home.region
        }
        var rest = described
        var leftOut: [String] = []
        while true {
            let template = try ImportTemplate(rest)
            let refused = try template.refusals(settings)
            guard !refused.isEmpty else { return (template, leftOut) }
            for (resource, reason) in refused {
                let isAlarm = rest.alarms.contains { $0.key == resource.key }
                let isComposite = rest.composites.contains { $0.key == resource.key }
                let kind = isAlarm ? "alarm" : isComposite ? "composite alarm" : "metric filter"
                leftOut.append("\(kind) '\(resource.name)' is left out: \(reason)")
            }
            rest = rest.without(Set(refused.map(\.resource.key)))
        }
    }

    /// The alarms and filters that the loader finds errors in, each with the first.
    private func refusals(
        _ settings: TemplateSettings
    ) throws(ImportFault) -> [(resource: DescribedResource, reason: String)] {
        let document = TemplateDocument(yaml: try yaml(), file: "")
        let members = document.root?["Resources"]?.members ?? []
        var refused: [(resource: DescribedResource, reason: String)] = []
        var seen: Set<[String]> = []
        for finding in TemplateLoader(settings: settings).load([document]).diagnostics where finding.severity == .error
        {
            guard let line = finding.location?.line,
                let member = members.last(where: { $0.keyLocation.line <= line }),
                let resource = origins[member.key], seen.insert(resource.key).inserted
            else { continue }
            refused.append((resource, finding.message))
        }
        return refused
    }
}
