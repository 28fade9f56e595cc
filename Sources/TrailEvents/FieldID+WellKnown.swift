/// The fields that the product itself reads; every ``FieldTable`` holds them under these ids.
///
/// Their meaning is that of the CloudTrail record contents page (cloudtrail-event-reference-record-contents).
extension FieldID {
    package static var eventTime: FieldID { FieldID(index: 0) }
    package static var eventSource: FieldID { FieldID(index: 1) }
    package static var eventName: FieldID { FieldID(index: 2) }
    package static var awsRegion: FieldID { FieldID(index: 3) }
    package static var recipientAccountId: FieldID { FieldID(index: 4) }
    package static var errorCode: FieldID { FieldID(index: 5) }
    package static var errorMessage: FieldID { FieldID(index: 6) }
    package static var eventID: FieldID { FieldID(index: 7) }
    package static var eventType: FieldID { FieldID(index: 8) }
    package static var eventCategory: FieldID { FieldID(index: 9) }
    package static var managementEvent: FieldID { FieldID(index: 10) }
    package static var readOnly: FieldID { FieldID(index: 11) }
    package static var sharedEventID: FieldID { FieldID(index: 12) }
    package static var sourceIPAddress: FieldID { FieldID(index: 13) }
    package static var userAgent: FieldID { FieldID(index: 14) }
    package static var userIdentityType: FieldID { FieldID(index: 15) }
    package static var userIdentityARN: FieldID { FieldID(index: 16) }
    package static var userIdentityUserName: FieldID { FieldID(index: 17) }
    package static var userIdentityAccountID: FieldID { FieldID(index: 18) }
    package static var userIdentityInvokedBy: FieldID { FieldID(index: 19) }
    package static var sessionIssuerUserName: FieldID { FieldID(index: 20) }
    package static var sessionIssuerARN: FieldID { FieldID(index: 21) }
    package static var addendumOriginalEventID: FieldID { FieldID(index: 22) }
    package static var vpcEndpointId: FieldID { FieldID(index: 23) }
    package static var eventVersion: FieldID { FieldID(index: 24) }
    /// The whole `resources` array.
    package static var resources: FieldID { FieldID(index: 25) }
    /// `resources[*].ARN`: many nodes, see ``RecordView/values(_:)``.
    package static var resourceARNs: FieldID { FieldID(index: 26) }
    /// `resources[*].type`: many nodes, see ``RecordView/values(_:)``.
    package static var resourceTypes: FieldID { FieldID(index: 27) }

    /// Each well-known field with its path, in the order of the ids.
    static let wellKnown: [(FieldID, [PathStep])] = [
        (.eventTime, [.member("eventTime")]),
        (.eventSource, [.member("eventSource")]),
        (.eventName, [.member("eventName")]),
        (.awsRegion, [.member("awsRegion")]),
        (.recipientAccountId, [.member("recipientAccountId")]),
        (.errorCode, [.member("errorCode")]),
        (.errorMessage, [.member("errorMessage")]),
        (.eventID, [.member("eventID")]),
        (.eventType, [.member("eventType")]),
        (.eventCategory, [.member("eventCategory")]),
        (.managementEvent, [.member("managementEvent")]),
        (.readOnly, [.member("readOnly")]),
        (.sharedEventID, [.member("sharedEventID")]),
        (.sourceIPAddress, [.member("sourceIPAddress")]),
        (.userAgent, [.member("userAgent")]),
        (.userIdentityType, [.member("userIdentity"), .member("type")]),
        (.userIdentityARN, [.member("userIdentity"), .member("arn")]),
        (.userIdentityUserName, [.member("userIdentity"), .member("userName")]),
        (.userIdentityAccountID, [.member("userIdentity"), .member("accountId")]),
        (.userIdentityInvokedBy, [.member("userIdentity"), .member("invokedBy")]),
        (
            .sessionIssuerUserName,
            [.member("userIdentity"), .member("sessionContext"), .member("sessionIssuer"), .member("userName")]
        ),
        (
            .sessionIssuerARN,
            [.member("userIdentity"), .member("sessionContext"), .member("sessionIssuer"), .member("arn")]
        ),
        (.addendumOriginalEventID, [.member("addendum"), .member("originalEventID")]),
        (.vpcEndpointId, [.member("vpcEndpointId")]),
        (.eventVersion, [.member("eventVersion")]),
        (.resources, [.member("resources")]),
        (.resourceARNs, [.member("resources"), .anyElement, .member("ARN")]),
        (.resourceTypes, [.member("resources"), .anyElement, .member("type")]),
    ]
}
