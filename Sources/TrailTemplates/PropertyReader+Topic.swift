import TrailAlarms
import TrailModel

/// `AWS::SNS::Topic` and `AWS::SNS::Subscription`.
extension PropertyReader {
    private static let protocols = [
        "http", "https", "email", "email-json", "sms", "sqs", "application", "lambda", "firehose",
    ]

    mutating func readTopic(_ resource: Evaluation.Resource, named name: ResolvedValue) -> Topic? {
        let topicName = self.name(name, "TopicName", length: 1...256)
        let displayName = text("DisplayName", .droppable, length: 0...100)
        let signatureVersion = choice("SignatureVersion", among: ["1", "2"]) ?? "1"
        var tellsEvidence = true
        if var reader = trailwatchMetadata(of: resource, names: ["Evidence"]) {
            tellsEvidence = reader.bool("Evidence") ?? true
            merge(reader)
        }
        guard isUsable, let topicName else { return nil }
        let stem = topicName.hasSuffix(".fifo") ? String(topicName.dropLast(5)) : topicName
        let isAllowed = stem.utf8.allSatisfy { byte in
            (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte) || byte == 45
                || byte == 95
        }
        guard isAllowed, !stem.isEmpty else {
            reject("TopicName", got: name.shown, want: "letters, digits, '-' and '_'", at: name.location)
            return nil
        }
        return Topic(
            arn: evaluation.settings.arn("sns", topicName), displayName: displayName,
            signatureVersion: signatureVersion, tellsEvidence: tellsEvidence, location: location)
    }

    /// The entries of a topic's `Subscription` list.
    mutating func readInlineSubscriptions(of topicARN: String) -> [Subscription] {
        readers("Subscription", .droppable).compactMap { reader in
            var reader = reader
            reader.checkNames(among: ["Endpoint", "Protocol"])
            return reader.readSubscription(to: topicARN, SubscriptionOptions())
        }
    }

    mutating func readSubscription(_ resource: Evaluation.Resource) -> Subscription? {
        let options = readOptions(resource)
        guard let topicARN = text("TopicArn", .required) else { return nil }
        guard isARN(topicARN) else {
            reject("TopicArn", got: "'\(topicARN)'", want: "a topic's ARN")
            return nil
        }
        return readSubscription(to: topicARN, options)
    }

    private mutating func readSubscription(to topicARN: String, _ options: SubscriptionOptions) -> Subscription? {
        let name = choice("Protocol", .required, among: Self.protocols)
        // An e-mail address may be missing: nothing is sent by mail then.
        if let name, name.hasPrefix("email"), case .parameter = member("Endpoint")?.value.reason {
            evaluation.report(.note, "\(owner) is not used: its e-mail address is not given", at: place(of: "Endpoint"))
            return nil
        }
        let endpoint = text("Endpoint", .required, length: 1...2048)
        guard isUsable, let name, let endpoint else { return nil }
        switch name {
        case "http", "https":
            guard endpoint.hasPrefix("\(name)://"), endpoint.utf8.count > name.utf8.count + 3 else {
                // The address may hold a secret, so it is not shown.
                reject("Endpoint", got: "an address of another form", want: "\(name)://…, as Protocol says")
                return nil
            }
            if name == "http", !isOnThisMachine(endpoint) {
                evaluation.report(
                    .warning, "\(owner) sends without encryption: its Protocol is http", at: place(of: "Protocol"))
            }
        default:
            evaluation.report(
                .note, "\(owner) is not delivered: this build sends to http and https, not to \(name)",
                at: place(of: "Protocol"))
        }
        let identifier = stableIdentifier([topicARN, name, endpoint])
        return Subscription(
            arn: "\(topicARN):\(identifier)", topicARN: topicARN, protocolName: name, endpoint: endpoint,
            options: options, location: location)
    }
}

/// True for a web address whose host is this machine, written as such.
func isOnThisMachine(_ url: String) -> Bool {
    let authority = url.drop { $0 != "/" }.dropFirst(2).prefix { !"/?#".contains($0) }
    let host = authority.split(separator: "@").last ?? ""
    return host.hasPrefix("[::1]") || ["127.0.0.1", "localhost"].contains { host == $0 || host.hasPrefix("\($0):") }
}
