/// Why what a target is to get of an event is refused.
package enum RuleInputError: Error, Equatable, Sendable {
    /// A path that is not one of those that EventBridge follows.
    case path(String, got: String, want: String)
    /// `Input` that is no JSON.
    case notJSON(got: String, want: String)
    /// A name in `InputPathsMap` that cannot be one.
    case variableName(String)
    /// More entries than ``InputTransformer/pathsMax``.
    case tooManyPaths(Int)
    /// No template, or one of more characters than ``InputTransformer/templateCharactersMax``.
    case templateLength(Int)
    /// A placeholder that neither `InputPathsMap` nor EventBridge knows.
    case unknownPlaceholder(String)
    /// A template that looks like JSON and is none; the place is that in the template.
    case template(got: String, want: String, line: Int)

    /// What is wrong and what is wanted.
    package var message: String {
        switch self {
        case .path(let path, let got, let want): "got \(got) in the path '\(path.prefix(100))'; want \(want)"
        case .notJSON(let got, let want): "got \(got); want \(want): the text must be JSON"
        case .variableName(let name):
            "got the name '\(name.prefix(100))'; want 1 to 256 letters, digits, '_' and '-', not starting with AWS"
        case .tooManyPaths(let count): "got \(count) paths; want at most \(InputTransformer.pathsMax)"
        case .templateLength(let count):
            "got a template of \(count) characters; want 1 to \(InputTransformer.templateCharactersMax)"
        case .unknownPlaceholder(let name):
            """
            got the placeholder <\(name)>; want a name of InputPathsMap or one of \
            \(InputTransformer.reservedNames.joined(separator: ", "))
            """
        case .template(let got, let want, let line):
            "got \(got) in line \(line) of the template; want \(want): a template in braces or brackets must be JSON"
        }
    }
}

extension RuleInputError: CustomStringConvertible {
    package var description: String { "cannot read what a target gets: \(message)" }
}
