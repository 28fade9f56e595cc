/// The kinds of CloudTrail event (`eventCategory` of the record contents page).
package enum EventKind: UInt8, CaseIterable, Sendable {
    case management, data, insight, networkActivity, aggregated
}

extension RecordView {
    /// The kind of the event: by `eventCategory`, which records lack before version 1.07, else by `eventType`, else by
    /// `managementEvent`; without these a record of a data resource with `readOnly` is a data event.
    package var kind: EventKind {
        if has(.eventCategory, "Management") { return .management }
        if has(.eventCategory, "Data") { return .data }
        if has(.eventCategory, "Insight") { return .insight }
        if has(.eventCategory, "NetworkActivity") { return .networkActivity }
        if has(.eventCategory, "Aggregated") { return .aggregated }
        if has(.eventType, "AwsCloudTrailInsight") { return .insight }
        if has(.eventType, "AwsVpceEvent") { return .networkActivity }
        if has(.eventType, "AwsAggregatedEvent") { return .aggregated }
        switch value(.managementEvent)?.kind {
        case .true: return .management
        case .false: return .data
        default: return value(.readOnly) != nil && hasDataResource ? .data : .management
        }
    }

    /// Whether a resource is of a type that had data events before version 1.06.
    private var hasDataResource: Bool {
        for value in values(.resourceTypes) {
            let isData = withText(of: value) { text in
                text.elementsEqual("AWS::S3::Object".utf8) || text.elementsEqual("AWS::Lambda::Function".utf8)
            }
            if isData { return true }
        }
        return false
    }
}
