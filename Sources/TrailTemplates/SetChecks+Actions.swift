import TrailAlarms
import TrailModel

/// The topics that alarms publish to.
extension SetChecks {
    mutating func checkActions(_ actions: [Declarations.Action]) {
        let topics = Set(declarations.topics.map(\.arn))
        var seen: Set<String> = []
        for action in actions where seen.insert(action.arn).inserted && !topics.contains(action.arn) {
            let isTopic = action.arn.split(separator: ":", omittingEmptySubsequences: false)[2] == "sns"
            if !isTopic {
                report(
                    .note, "the action \(action.arn) is not run: this build publishes to SNS topics only",
                    at: action.location)
            } else if !declarations.lacksTopics {
                report(.note, "the topic \(action.arn) is not loaded; nobody hears of it", at: action.location)
            }
        }
    }
}
