import TrailAlarms
import TrailModel
import TrailPatterns

/// How the messages of an `AWS::SNS::Subscription` are chosen, formed and sent.
extension PropertyReader {
    /// Keys that SNS takes in a filter policy.
    private static let filterKeysMax = 5
    private static let filterBytesMax = 262_144

    mutating func readOptions(_ resource: Evaluation.Resource) -> SubscriptionOptions {
        var options = SubscriptionOptions()
        options.isRaw = bool("RawMessageDelivery") ?? false
        options.filterPolicy = readFilterPolicy()
        options.deliveryPolicy = readDeliveryPolicy()
        for key in ["RedrivePolicy", "ReplayPolicy"] {
            guard let member = member(key) else { continue }
            let instead = key == "RedrivePolicy" ? ": what cannot be delivered is kept here" : ""
            evaluation.report(.note, "\(key) of \(owner) has no effect\(instead)", at: member.keyLocation)
        }
        guard var reader = trailwatchMetadata(of: resource, names: ["Confirm", "Format", "RoutingKey"]) else {
            return options
        }
        let formats = SubscriptionOptions.Format.allCases.map(\.rawValue)
        options.format = reader.choice("Format", among: formats).flatMap(SubscriptionOptions.Format.init) ?? .sns
        options.asksConfirmation = reader.bool("Confirm") ?? false
        options.routingKey = reader.secret("RoutingKey", length: 1...256)?.revealed
        if options.format == .pagerduty, !reader.has("RoutingKey") {
            reader.fail(
                "cannot use \(owner): got Format pagerduty without RoutingKey; want the integration key of PagerDuty's "
                    + "Events API v2", at: reader.location)
        }
        if options.format != .sns {
            let name = options.format.rawValue
            if options.asksConfirmation {
                reader.reject("Confirm", got: "true with Format \(name)", want: "Format sns: others know no handshake")
            }
            if options.isRaw {
                evaluation.report(
                    .warning, "RawMessageDelivery of \(owner) has no effect: its Format is \(name)",
                    at: place(of: "RawMessageDelivery"))
            }
        }
        merge(reader)
        return options
    }

    // MARK: Filter policy

    private mutating func readFilterPolicy() -> FilterPolicy? {
        let scope = choice("FilterPolicyScope", among: FilterPolicy.Scope.allCases.map(\.rawValue))
            .flatMap(FilterPolicy.Scope.init)
        // An empty policy is SNS's way to have none.
        if case .mapping(let members)? = member("FilterPolicy")?.value.content, members.isEmpty { return nil }
        guard let written = readPattern("FilterPolicy", refusedAs: "InvalidParameter: FilterPolicy: ") else {
            return nil
        }
        guard written.text.utf8.count <= Self.filterBytesMax else {
            reject("FilterPolicy", got: "\(written.text.utf8.count) bytes", want: "at most \(Self.filterBytesMax)")
            return nil
        }
        if case .mapping(let members)? = member("FilterPolicy")?.value.content, members.count > Self.filterKeysMax {
            evaluation.report(
                .warning,
                "SNS refuses the FilterPolicy of \(owner): it has \(members.count) keys, at most "
                    + "\(Self.filterKeysMax) are taken", at: place(of: "FilterPolicy"))
        }
        if scope != .body {
            evaluation.report(
                .warning,
                "FilterPolicy of \(owner) is tried on message attributes, which messages of alarms and rules do not "
                    + "have; want FilterPolicyScope: MessageBody to choose by what the message says",
                at: place(of: "FilterPolicy"))
        }
        return FilterPolicy(scope: scope ?? .attributes, pattern: written.text)
    }

    // MARK: Delivery policy

    private mutating func readDeliveryPolicy() -> DeliveryPolicy? {
        guard var reader = reader("DeliveryPolicy") else { return nil }
        defer { merge(reader) }
        reader.checkNames(
            among: ["guaranteed", "healthyRetryPolicy", "requestPolicy", "sicklyRetryPolicy", "throttlePolicy"])
        guard var policy = reader.readHealthyRetryPolicy() else { return nil }
        if var throttle = reader.reader("throttlePolicy") {
            throttle.checkNames(among: ["maxReceivesPerSecond"])
            policy.receivesPerSecondMax = throttle.integer("maxReceivesPerSecond", in: 1...1_000_000).map { Int($0) }
            reader.merge(throttle)
        }
        if var request = reader.reader("requestPolicy") {
            request.checkNames(among: ["headerContentType"])
            policy.contentType = request.text("headerContentType", length: 1...256)
            if let type = policy.contentType, !type.utf8.allSatisfy({ (0x20...0x7E).contains($0) }) {
                request.reject("headerContentType", got: "'\(type)'", want: "printable ASCII")
            }
            reader.merge(request)
        }
        return policy
    }

    private mutating func readHealthyRetryPolicy() -> DeliveryPolicy? {
        guard var reader = reader("healthyRetryPolicy") else {
            guard var policy = try? DeliveryPolicy() else { return nil }
            policy.givesRetries = false
            return policy
        }
        defer { merge(reader) }
        let numbers = [
            "maxDelayTarget", "minDelayTarget", "numMaxDelayRetries", "numMinDelayRetries", "numNoDelayRetries",
            "numRetries",
        ]
        reader.checkNames(among: ["backoffFunction"] + numbers)
        let functions = DeliveryPolicy.BackoffFunction.allCases.map(\.rawValue)
        let function = reader.choice("backoffFunction", among: functions).flatMap(DeliveryPolicy.BackoffFunction.init)
        var values: [String: Int] = [:]
        for name in numbers {
            values[name] = reader.integer(name, in: 0...Int64(DeliveryPolicy.delayLimitSeconds)).map { Int($0) }
        }
        do throws(DeliveryPolicyError) {
            let least = values["minDelayTarget"] ?? 20
            return try DeliveryPolicy(
                delayMinSeconds: least, delayMaxSeconds: values["maxDelayTarget"] ?? max(20, least),
                retries: values["numRetries"] ?? 3, retriesWithoutDelay: values["numNoDelayRetries"] ?? 0,
                retriesAtDelayMin: values["numMinDelayRetries"] ?? 0,
                retriesAtDelayMax: values["numMaxDelayRetries"] ?? 0, backoffFunction: function ?? .linear)
        } catch {
            reader.fail("\(error) (\(owner))", at: reader.location)
            return nil
        }
    }
}
