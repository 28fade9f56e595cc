import TrailModel

/// What the loaded files export, by name; values are worked out by the file that exports them, when they are asked for.
///
/// A class because every file's evaluation asks the same one.
final class TemplateExports {
    private struct Export {
        let value: TemplateNode
        let evaluation: Evaluation
        let location: SourceLocation
    }

    private let evaluations: [Evaluation]
    private var exports: [String: Export]?
    /// Names that several files export.
    private var ambiguous: Set<String> = []
    private var isNaming = false
    private var underWay: Set<String> = []

    init(of evaluations: [Evaluation]) {
        self.evaluations = evaluations
    }

    /// The value of the export `name`, for the file that `importer` evaluates.
    func value(of name: String, for importer: Evaluation, at location: SourceLocation) -> ResolvedValue {
        let exports = named()
        guard let export = exports[name] else {
            let hint = suggestion(for: name, among: exports.keys)
            return .unknown(.outside("the export '\(name)' of a stack that is not loaded\(hint)"), at: location)
        }
        guard !ambiguous.contains(name) else {
            return importer.faulty(
                "cannot import '\(name)': more than one loaded file exports it; want one", location)
        }
        guard underWay.insert(name).inserted else {
            return importer.faulty("cannot import '\(name)': its value leads back to itself", location)
        }
        defer { underWay.remove(name) }
        let exporter = export.evaluation
        // All values within each other count, in whichever file.
        let level = exporter.level
        exporter.level = max(level, importer.level)
        defer { exporter.level = level }
        let value = exporter.value(of: export.value)
        switch value.reason {
        case nil: return ResolvedValue(content: value.content, location: location, isSecret: value.isSecret)
        case .faulty?: return .unknown(.faulty, at: location)
        case .outside(let text)?: return .unknown(.outside("the export '\(name)', which is \(text)"), at: location)
        case .parameter(let parameter)?:
            exporter.reportMissing(parameter: parameter)
            return .unknown(
                .outside("the export '\(name)', whose parameter \(parameter) has no value"), at: location)
        }
    }

    /// Works out the names of all exports once.
    private func named() -> [String: Export] {
        if let exports { return exports }
        // A name that is itself imported asks for the names again.
        guard !isNaming else { return [:] }
        isNaming = true
        var found: [String: Export] = [:]
        for evaluation in evaluations {
            for output in evaluation.outputs?.members ?? [] {
                guard let node = output.value["Export"]?["Name"], let value = output.value["Value"],
                    evaluation.isMade(output.value) == .true
                else { continue }
                let name = evaluation.value(of: node)
                guard case .text(let text) = name.content, !name.isSecret else { continue }
                let export = Export(value: value, evaluation: evaluation, location: output.keyLocation)
                guard let first = found.updateValue(export, forKey: text) else { continue }
                ambiguous.insert(text)
                evaluation.report(
                    .warning,
                    "AWS refuses the export '\(text)': \(first.location.file):\(first.location.line) exports it too",
                    at: output.keyLocation)
            }
        }
        isNaming = false
        exports = found
        return found
    }
}
