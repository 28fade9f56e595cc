import TrailModel
import TrailTemplates
import Yams

/// Why a text gives no tree.
struct TreeError: Error {
    let diagnostic: Diagnostic

    init(_ message: String, at location: SourceLocation) {
        diagnostic = Diagnostic(.error, message, at: location)
    }

    /// What the YAML reader says, in one line and without the text around it, which may hold secrets.
    init(_ error: any Error, file: String) {
        let start = SourceLocation(file: file)
        guard let error = error as? YamlError else {
            self.init("cannot read the template: \(error)", at: start)
            return
        }
        switch error {
        case .scanner(let context, let problem, let mark, _), .parser(let context, let problem, let mark, _),
            .composer(let context, let problem, let mark, _):
            let place = context.map { "\($0.text) from line \($0.mark.line), " } ?? ""
            self.init(
                "cannot read the YAML: \(place)\(problem)",
                at: SourceLocation(file: file, line: mark.line, column: mark.column))
        case .duplicatedKeysInMapping(let duplicates, let context):
            self.init(
                "cannot read a mapping: got the key '\(duplicates.first ?? "")' more than once; want it once",
                at: SourceLocation(file: file, line: context.mark.line, column: context.mark.column))
        case .reader(let problem, _, _, let yaml):
            self.init("cannot read the YAML: \(problem)", at: Self.firstControlCharacter(in: yaml, file: file))
        default:
            self.init("cannot read the YAML: want a text in UTF-8 that fits in memory", at: start)
        }
    }

    /// Where the first character stands that YAML does not allow.
    private static func firstControlCharacter(in text: String, file: String) -> SourceLocation {
        var line = 1
        var column = 1
        for scalar in text.unicodeScalars {
            switch scalar.value {
            case 0x0A:
                line += 1
                column = 0
            case 0x09, 0x0D, 0x85, 0x20...0x7E, 0xA0...0xFFFD, 0x10000...: break
            default: return SourceLocation(file: file, line: line, column: column)
            }
            column += 1
        }
        return SourceLocation(file: file)
    }
}
