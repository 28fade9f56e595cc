import Testing
import TrailAlarms
import TrailModel
import TrailTemplates

/// The options of `AWS::SNS::Subscription` and `AWS::SNS::Topic` in templates.
struct SubscriptionTests {
    /// A topic and one subscription; `lines` are of its Properties, or follow them.
    private func template(_ lines: String..., topic: String = "") -> String {
        """
        Resources:
          Topic:
            Type: AWS::SNS::Topic
            Properties: {TopicName: t\(topic)}
          Web:
            Type: AWS::SNS::Subscription
            Properties:
              TopicArn: !Ref Topic
              Protocol: https
              Endpoint: https://hook.example/

        """ + lines.map { "      \($0)\n" }.joined()
    }

    private func options(_ text: String) throws -> SubscriptionOptions {
        let loaded = load(text)
        #expect(loaded.findings == [])
        return try #require(loaded.set.subscriptions.first).options
    }

    @Test func `without options it is SNS's own form, unfiltered, with our retries`() throws {
        #expect(try options(template()) == SubscriptionOptions())
    }

    @Test func `raw delivery, filter and delivery policies are read`() throws {
        let options = try options(
            template(
                "RawMessageDelivery: true", "FilterPolicyScope: MessageBody",
                "FilterPolicy: {NewStateValue: [ALARM], Trailwatch: {Severity: [{anything-but: [low]}]}}",
                "DeliveryPolicy:",
                "  healthyRetryPolicy: {minDelayTarget: 5, maxDelayTarget: 60, numRetries: 9, numNoDelayRetries: 1,",
                "    numMinDelayRetries: 2, numMaxDelayRetries: 3, backoffFunction: exponential}",
                "  throttlePolicy: {maxReceivesPerSecond: 4}", "  requestPolicy: {headerContentType: text/html}"))
        #expect(options.isRaw)
        #expect(
            options.filterPolicy
                == FilterPolicy(
                    scope: .body,
                    pattern: #"{"NewStateValue":["ALARM"],"Trailwatch":{"Severity":[{"anything-but":["low"]}]}}"#))
        var policy = try DeliveryPolicy(
            delayMinSeconds: 5, delayMaxSeconds: 60, retries: 9, retriesWithoutDelay: 1, retriesAtDelayMin: 2,
            retriesAtDelayMax: 3, backoffFunction: .exponential)
        policy.receivesPerSecondMax = 4
        policy.contentType = "text/html"
        #expect(options.deliveryPolicy == policy)
    }

    @Test func `a delivery policy without retries leaves ours`() throws {
        let policy = try options(template("DeliveryPolicy: {throttlePolicy: {maxReceivesPerSecond: 1}}")).deliveryPolicy
        #expect(policy?.givesRetries == false && policy?.receivesPerSecondMax == 1)
    }

    @Test func `the form, its key and the handshake stand in the metadata`() throws {
        let text = template() + "    Metadata: {Trailwatch: {Format: pagerduty, RoutingKey: abc}}\n"
        let options = try options(text)
        #expect(options.format == .pagerduty && options.routingKey == "abc")
        #expect(try self.options(template() + "    Metadata: {Trailwatch: {Confirm: true}}\n").asksConfirmation)
    }

    @Test func `what the topic says holds for its subscriptions`() throws {
        let text = template(topic: ", SignatureVersion: 2").replacing(
            "    Type: AWS::SNS::Topic\n",
            with: "    Type: AWS::SNS::Topic\n    Metadata: {Trailwatch: {Evidence: false}}\n")
        let options = try options(text)
        #expect(options.signatureVersion == "2" && !options.tellsEvidence)
    }

    @Test(arguments: [
        (
            "FilterPolicy: {a: b}",
            "error: cannot use FilterPolicy of Web: InvalidParameter: FilterPolicy: "
        ),
        (
            "FilterPolicy: {a: [b]}",
            "warning: FilterPolicy of Web is tried on message attributes, which messages of alarms and rules do not have"
        ),
        (
            "DeliveryPolicy: {healthyRetryPolicy: {numRetries: 101}}",
            "error: cannot use the delivery policy: got numRetries 101; want 0 to 100"
        ),
        (
            "DeliveryPolicy: {throttlePolicy: {maxReceivesPerSecond: 0}}",
            "error: cannot read maxReceivesPerSecond of throttlePolicy of DeliveryPolicy of Web: got "
        ),
        ("RedrivePolicy: {}", "note: RedrivePolicy of Web has no effect: what cannot be delivered is kept here"),
    ]) func `what cannot be used is told with its place`(line: String, finding: String) {
        let findings = load(template(line)).findings
        #expect(findings.count == 1 && findings[0].contains(finding), "\(findings)")
    }

    @Test(arguments: [
        ("{Format: smoke}", "cannot read Format of Metadata of Web: got 'smoke'; want"),
        ("{Format: pagerduty}", "cannot use Web: got Format pagerduty without RoutingKey"),
        ("{Format: slack, Confirm: true}", "cannot read Confirm of Metadata of Web: got true with Format slack"),
    ]) func `a form that cannot be used is refused`(metadata: String, finding: String) {
        let findings = load(template() + "    Metadata: {Trailwatch: \(metadata)}\n").findings
        #expect(findings.count == 1 && findings[0].contains(finding), "\(findings)")
    }

    @Test func `a routing key is shown nowhere`() {
        let text =
            "Parameters: {Key: {Type: String, NoEcho: true, Default: hush-hush}}\n" + template()
            + "    Metadata: {Trailwatch: {Format: pagerduty, RoutingKey: !Ref Key}}\n"
        let loaded = load(text)
        #expect(loaded.set.subscriptions.first?.options.routingKey == "hush-hush")
        #expect(!loaded.findings.joined().contains("hush-hush"))
    }
}
