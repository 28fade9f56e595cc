import Testing
import TrailAlarms
import TrailModel
import TrailNotify

@testable import TrailServer

/// Which messages filter policies let through.
struct SubscriptionFilterTests {
    private func admits(
        _ pattern: String, _ scope: FilterPolicy.Scope = .body,
        document: String = #"{"NewStateValue":"ALARM","Trailwatch":{"Severity":"high"}}"#
    ) -> Bool {
        var options = SubscriptionOptions()
        options.filterPolicy = FilterPolicy(scope: scope, pattern: pattern)
        let subscription = Subscription(
            arn: "t:1", topicARN: "t", protocolName: "https", endpoint: "https://hook.example/", options: options,
            location: SourceLocation(file: "a.yaml"))
        let key = MessageKey(alarmName: "a", decisionNumber: 1, action: "t", endpoint: "t:1")
        return subscription.admits(
            Notice(key: key, name: "a", subject: nil, document: document, title: "a"))
    }

    @Test(arguments: [
        (#"{"NewStateValue":["ALARM"]}"#, true), (#"{"NewStateValue":["OK"]}"#, false),
        (#"{"Trailwatch":{"Severity":["critical","high"]}}"#, true),
        (#"{"NewStateValue":["ALARM"],"Trailwatch":{"Severity":[{"anything-but":"high"}]}}"#, false),
        (#"{"$or":[{"NewStateValue":["OK"]},{"Trailwatch":{"Severity":[{"prefix":"hi"}]}}]}"#, true),
        (#"{"AlarmName":[{"exists":false}]}"#, true),
    ]) func `a policy on the message is tried on its document`(pattern: String, isAdmitted: Bool) {
        #expect(admits(pattern) == isAdmitted)
    }

    @Test func `a policy on attributes sees none`() {
        #expect(!admits(#"{"NewStateValue":["ALARM"]}"#, .attributes))
        #expect(admits(#"{"NewStateValue":[{"exists":false}]}"#, .attributes))
    }

    @Test func `what is no JSON object passes no policy on the message`() {
        #expect(!admits(#"{"a":[{"exists":false}]}"#, document: "plain words"))
        #expect(!admits(#"{"a":[{"exists":false}]}"#, document: #""a text""#))
    }
}
