import TrailAlarms
import TrailModel

/// `AWS::CloudWatch::CompositeAlarm`, checked as `PutCompositeAlarm` checks it.
extension PropertyReader {
    /// No period of a suppressor is longer; CloudWatch names no limit.
    private static let periodSecondsMax: Int64 = 604_800

    mutating func readComposite(named name: ResolvedValue, rulePlace: RulePlace) -> Declarations.Composite? {
        let alarmName = self.name(name, "AlarmName", length: 1...255)
        let description = text("AlarmDescription", .droppable, length: 0...1024)
        let isEnabled = bool("ActionsEnabled") ?? true
        let ruleText = text("AlarmRule", .required)
        let okActions = readActions("OKActions")
        let alarmActions = readActions("AlarmActions")
        let insufficientDataActions = readActions("InsufficientDataActions")
        let suppressor = readSuppressor()
        let tags = readTags()
        guard isUsable, let alarmName, let ruleText else { return nil }
        do throws(AlarmRuleError) {
            return Declarations.Composite(
                definition: try CompositeAlarm(
                    name: alarmName, alarmDescription: description, actionsEnabled: isEnabled,
                    okActions: okActions.map(\.arn), alarmActions: alarmActions.map(\.arn),
                    insufficientDataActions: insufficientDataActions.map(\.arn), ruleText: ruleText,
                    suppressor: suppressor, tags: tags, location: location),
                actions: okActions + alarmActions + insufficientDataActions, hasUnknownActions: hasUnknownActions,
                rulePlace: rulePlace, owner: owner,
                suppressorLocation: place(of: "ActionsSuppressor"))
        } catch {
            fail(rulePlace.message(error, of: owner), at: rulePlace.location(of: error))
            return nil
        }
    }

    private mutating func readSuppressor() -> ActionsSuppressor? {
        let alarm = text("ActionsSuppressor", length: 1...1600)
        let wait = integer("ActionsSuppressorWaitPeriod", in: 0...Self.periodSecondsMax)
        let more = integer("ActionsSuppressorExtensionPeriod", in: 0...Self.periodSecondsMax)
        guard let alarm else {
            for key in ["ActionsSuppressorWaitPeriod", "ActionsSuppressorExtensionPeriod"] where has(key) && isUsable {
                reject(key, got: "it without ActionsSuppressor", want: "both")
            }
            return nil
        }
        guard isUsable else { return nil }
        guard let wait, let more else {
            fail(
                "cannot read ActionsSuppressor of \(owner): want ActionsSuppressorWaitPeriod and "
                    + "ActionsSuppressorExtensionPeriod beside it, such as 60 seconds each",
                at: place(of: "ActionsSuppressor"))
            return nil
        }
        return ActionsSuppressor(
            alarm: AlarmReference(alarm), waitPeriodSeconds: Int(wait), extensionPeriodSeconds: Int(more))
    }
}

/// Where a rule stands in its file, so that a place inside the rule can be named.
struct RulePlace {
    let start: SourceLocation
    /// True when the rule stands in the file as it is, in one piece.
    let isPlain: Bool

    init(_ node: TemplateNode?, else fallback: SourceLocation) {
        start = node?.location ?? fallback
        if let node, node.tag == nil, case .scalar(_, isPlain: true) = node.content {
            isPlain = true
        } else {
            isPlain = false
        }
    }

    func location(of error: AlarmRuleError) -> SourceLocation {
        guard isPlain, error.line == 1 else { return start }
        return SourceLocation(file: start.file, line: start.line, column: start.column + error.column - 1)
    }

    func message(_ error: AlarmRuleError, of owner: String) -> String {
        let isPlaced = error.line > 1 || error.column > 1
        let place = isPlaced && !isPlain ? " (line \(error.line), column \(error.column) of the rule)" : ""
        return "cannot use AlarmRule of \(owner): \(AlarmRuleError.cloudWatchCode): \(error.message)\(place)"
    }
}
