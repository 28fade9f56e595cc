import TrailModel

/// What only this product does with a resource, such as an alarm's `Metadata: {Trailwatch: {RepeatEvery: 1h}}`, which AWS ignores.
extension PropertyReader {
    /// Reads what stands under `Metadata: {Trailwatch: …}`; what is unusable there must be carried over with ``merge(_:)``.
    mutating func trailwatchMetadata(of resource: Evaluation.Resource, names: [String]) -> PropertyReader? {
        guard let node = resource.node["Metadata"]?["Trailwatch"] else { return nil }
        let value = evaluation.value(of: node)
        guard case .mapping(let members) = value.content else {
            reject("Metadata.Trailwatch", got: value.shown, want: "a mapping", at: value.location)
            return nil
        }
        let reader = PropertyReader(members, of: "Metadata of \(owner)", at: value.location, in: evaluation)
        reader.checkNames(among: names)
        return reader
    }

    private static let repeatSeconds: ClosedRange<Int64> = 60...2_592_000

    /// When an ALARM that lasts is told again: the seconds after which it is, and whether newcomers are told of.
    mutating func readTelling(
        _ resource: Evaluation.Resource
    ) -> (repeatEverySeconds: Int64?, notifiesNewEvents: Bool) {
        guard var reader = trailwatchMetadata(of: resource, names: ["NotifyOn", "RepeatEvery"]) else {
            return (nil, false)
        }
        let notifyOn = reader.choice("NotifyOn", among: ["StateChange", "NewEvents"])
        var seconds: Int64?
        if let text = reader.text("RepeatEvery") {
            seconds = durationSeconds(text).flatMap { Self.repeatSeconds.contains($0) ? $0 : nil }
            if seconds == nil {
                reader.reject("RepeatEvery", got: "'\(text)'", want: "a duration from 60s to 30d, such as 30m or 4h")
            }
        }
        merge(reader)
        return (seconds, notifyOn == "NewEvents")
    }
}
