import TrailModel
import TrailPatterns

/// Properties whose value is a pattern over JSON.
extension PropertyReader {
    /// A pattern, written as a mapping or as its JSON text; `refusedAs` begins the error of a bad one, in AWS's words.
    mutating func readPattern(_ key: String, refusedAs refusal: String) -> EventPattern? {
        guard let value = known(key, .optional) else { return nil }
        guard !value.holdsSecret else {
            refuseSecret(key, at: value.location)
            return nil
        }
        let text: String
        var written: PatternText?
        switch value.content {
        case .text(let json): text = json
        case .mapping:
            let made = PatternText(value, of: key)
            for warning in made.warnings { evaluation.report(.warning, warning.message, at: warning.place) }
            text = made.text
            written = made
        default:
            reject(key, got: value.shown, want: "a mapping of fields, or a JSON text")
            return nil
        }
        do throws(EventPatternError) {
            return try EventPattern(text)
        } catch {
            let inner = written == nil ? " (line \(error.line), byte \(error.offset) of the pattern)" : ""
            fail(
                "cannot use \(key) of \(owner): \(refusal)\(error.message)\(inner)",
                at: written?.place(of: error.offset) ?? value.location)
            return nil
        }
    }
}
