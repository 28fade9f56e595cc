import TrailModel

/// Reads a set of templates together: names must be unique across them, and actions and metrics are looked up in all.
package struct TemplateLoader: Sendable {
    package let settings: TemplateSettings

    package init(settings: TemplateSettings = TemplateSettings()) {
        self.settings = settings
    }

    /// The set that `documents` declare, and all findings in the order of the documents and of their places.
    ///
    /// When one of them is an error the set is incomplete, and a caller keeps the set it has.
    package func load(_ documents: [TemplateDocument]) -> (set: AlarmSet, diagnostics: [Diagnostic]) {
        var diagnostics = documents.flatMap(\.diagnostics)
        var declarations = Declarations()
        var parameterNames: Set<String> = []
        let evaluations = documents.compactMap { document in
            document.root.map { Evaluation($0, file: document.file, settings: settings) }
        }
        let exports = TemplateExports(of: evaluations)
        defer { withExtendedLifetime(exports) {} }
        for evaluation in evaluations { evaluation.exports = exports }
        // Which filters count is known when the trails of all files are.
        for evaluation in evaluations { declarations.readTrails(evaluation) }
        for evaluation in evaluations {
            declarations.read(evaluation)
            parameterNames.formUnion(evaluation.parameters.keys)
        }
        // One file's import may find a fault in another.
        for evaluation in evaluations { diagnostics += evaluation.diagnostics }
        // A file that could not be read may be the one that declares it.
        if documents.allSatisfy({ $0.root != nil }) {
            for name in settings.parameters.keys.sorted() where !parameterNames.contains(name) {
                diagnostics.append(
                    Diagnostic(
                        .error,
                        "cannot use --parameter \(name): no loaded file declares it"
                            + suggestion(for: name, among: parameterNames), at: nil))
            }
        }
        let checks = SetChecks(declarations, settings: settings)
        return (checks.set, sorted(diagnostics + checks.diagnostics, files: documents.map(\.file)))
    }

    /// Each finding once, those of the command line first.
    private func sorted(_ diagnostics: [Diagnostic], files: [String]) -> [Diagnostic] {
        let order = Dictionary(files.enumerated().map { ($0.element, $0.offset) }) { first, _ in first }
        func rank(_ diagnostic: Diagnostic) -> (Int, Int, Int) {
            guard let location = diagnostic.location else { return (-1, 0, 0) }
            return (order[location.file] ?? files.count, location.line, location.column)
        }
        var seen: Set<Diagnostic> = []
        let unique = diagnostics.filter { seen.insert($0).inserted }
        return unique.enumerated().sorted { left, right in
            let (one, other) = (rank(left.element), rank(right.element))
            return one == other ? left.offset < right.offset : one < other
        }.map(\.element)
    }
}
