import TrailModel
import TrailPatterns

/// `Input`, `InputPath` and `InputTransformer` of a rule's target.
extension PropertyReader {
    mutating func readInput(id: String, ruleName: String, ruleARN: String) -> RuleInput? {
        let given = ["Input", "InputPath", "InputTransformer"].filter(has)
        guard given.count <= 1 else {
            fail(
                "cannot read \(owner): Only one of Input, InputPath, or InputTransformer must be provided for target "
                    + "\(id).", at: member(given[1])?.keyLocation ?? location)
            return nil
        }
        switch given.first {
        case "Input":
            guard let text = text("Input", length: 0...8192) else { return nil }
            do throws(RuleInputError) {
                return try RuleInput(constant: text)
            } catch {
                fail("cannot read Input of \(owner): \(error.message)", at: place(of: "Input"))
                return nil
            }
        case "InputPath":
            guard let text = text("InputPath") else { return nil }
            return readPath(text, "InputPath", at: place(of: "InputPath")).map { .path($0) }
        case "InputTransformer": return readTransformer(id: id, ruleName: ruleName, ruleARN: ruleARN)
        default: return .event
        }
    }

    private mutating func readPath(_ text: String, _ key: String, at place: SourceLocation) -> EventPath? {
        do throws(RuleInputError) {
            return try EventPath(text)
        } catch {
            fail("cannot read \(key) of \(owner): \(error.message)", at: place)
            return nil
        }
    }

    private mutating func readTransformer(id: String, ruleName: String, ruleARN: String) -> RuleInput? {
        guard var reader = reader("InputTransformer") else { return nil }
        defer { merge(reader) }
        reader.checkNames(among: ["InputPathsMap", "InputTemplate"])
        let variables = reader.readVariables()
        guard let template = reader.text("InputTemplate", .required), reader.isUsable else { return nil }
        do throws(RuleInputError) {
            let transformer = try InputTransformer(
                variables: variables, template: template, ruleName: ruleName, ruleARN: ruleARN)
            if !transformer.isDeliverable {
                evaluation.report(
                    .warning,
                    "the target '\(id)' gets nothing: its InputTemplate is neither JSON nor texts in double quotes",
                    at: reader.place(of: "InputTemplate"))
            }
            return .transformer(transformer)
        } catch {
            var message = error.message
            if case .unknownPlaceholder(let name) = error {
                message = "InputTemplate for target \(id) contains invalid placeholder \(name).; \(message)"
            }
            reader.fail("cannot read \(reader.owner): \(message)", at: reader.place(of: "InputTemplate"))
            return nil
        }
    }

    private mutating func readVariables() -> [InputTransformer.Variable] {
        guard let map = known("InputPathsMap", .optional) else { return [] }
        guard case .mapping(let members) = map.content else {
            reject("InputPathsMap", got: map.shown, want: "a mapping of names to paths")
            return []
        }
        var variables: [InputTransformer.Variable] = []
        for member in members {
            guard case .text(let text) = member.value.content, !member.value.isSecret else {
                reject("InputPathsMap", got: member.value.shown, want: "a path", at: member.value.location)
                continue
            }
            guard let path = readPath(text, "InputPathsMap", at: member.value.location) else { continue }
            do throws(RuleInputError) {
                variables.append(try InputTransformer.Variable(name: member.key, path: path))
            } catch {
                fail("cannot read InputPathsMap of \(owner): \(error.message)", at: member.keyLocation)
            }
        }
        return variables
    }
}
