import TrailCounts
import TrailEvents
import TrailModel
import TrailNotify

/// What evidence says of one event.
struct EventFacts: Sendable {
    /// Who acted.
    struct Principal: Hashable, Sendable {
        let name: String
        let type: String
        let accountID: String
    }

    let principal: Principal
    /// Of a role that several sessions use.
    let session: String
    let example: Evidence.Example
}

/// Reads ``EventFacts`` from records.
struct EventFactsReader: Sendable {
    private let terms: EventTerms
    private let principalID: FieldID
    private let mfaUsed: FieldID
    private let mfaAuthenticated: FieldID

    init(into table: inout FieldTable) {
        terms = EventTerms(into: &table)
        principalID = table.add([.member("userIdentity"), .member("principalId")])
        mfaUsed = table.add([.member("additionalEventData"), .member("MFAUsed")])
        mfaAuthenticated = table.add([
            .member("userIdentity"), .member("sessionContext"), .member("attributes"), .member("mfaAuthenticated"),
        ])
    }

    func facts(_ record: borrowing RecordView, time: Timestamp) -> EventFacts {
        let account = terms.account(of: record)
        let type = text(.userIdentityType, record)
        let caller = text(.userIdentityAccountID, record)
        let (name, session) = who(record, type)
        var example = Evidence.Example(time: time)
        example.eventID = text(.eventID, record)
        example.principal = session.isEmpty ? name : "\(name)/\(session)"
        example.accountID = account
        example.region = text(.awsRegion, record)
        example.eventSource = text(.eventSource, record)
        example.eventName = text(.eventName, record)
        example.sourceIPAddress = text(.sourceIPAddress, record)
        example.errorCode = terms.errorCode(of: record)
        example.errorMessage = text(.errorMessage, record)
        example.isMFA = isMFA(record)
        return EventFacts(
            principal: EventFacts.Principal(name: name, type: type, accountID: caller.isEmpty ? account : caller),
            session: session, example: example)
    }

    private func text(_ field: FieldID, _ record: borrowing RecordView) -> String { record.string(field) ?? "" }

    /// The name of who acted, and of the session where a role is used by several.
    private func who(_ record: borrowing RecordView, _ type: String) -> (name: String, session: String) {
        let arn = text(.userIdentityARN, record)
        let invokedBy = text(.userIdentityInvokedBy, record)
        switch type {
        case "Root": return ("root", "")
        case "AssumedRole":
            let id = text(principalID, record)
            let session =
                id.firstIndex(of: ":").map { String(id[id.index(after: $0)...]) }
                ?? arn.split(separator: "/").last.map(String.init) ?? ""
            let issuer = text(.sessionIssuerUserName, record)
            let role = issuer.isEmpty ? Self.role(ofSession: arn) : issuer
            if let permissionSet = Self.permissionSet(ofRole: role), !session.isEmpty {
                return ("\(session) (\(permissionSet))", "")
            }
            if !role.isEmpty { return (role, session) }
        case "AWSService" where !invokedBy.isEmpty: return (invokedBy, "")
        default: break
        }
        let user = text(.userIdentityUserName, record)
        if !user.isEmpty { return (user, "") }
        if let last = arn.split(separator: "/").last, arn.contains("/") { return (String(last), "") }
        for other in [arn, invokedBy, text(principalID, record), type] where !other.isEmpty { return (other, "") }
        return ("unknown", "")
    }

    /// The role of `arn:aws:sts::111122223333:assumed-role/NAME/SESSION`.
    private static func role(ofSession arn: String) -> String {
        let parts = arn.split(separator: "/")
        return parts.count >= 3 && parts[0].hasSuffix(":assumed-role") ? String(parts[1]) : ""
    }

    /// The permission set of single sign-on that a role of this name was made for: `AWSReservedSSO_NAME_0123456789abcdef`.
    private static func permissionSet(ofRole name: String) -> String? {
        let prefix = "AWSReservedSSO_"
        guard name.hasPrefix(prefix), let end = name.lastIndex(of: "_") else { return nil }
        let start = name.index(name.startIndex, offsetBy: prefix.count)
        return start < end ? String(name[start..<end]) : nil
    }

    private func isMFA(_ record: borrowing RecordView) -> Bool? {
        if let used = record.string(mfaUsed) { return used == "Yes" }
        if let value = record.value(mfaAuthenticated)?.kind {
            if case .true = value { return true }
            if case .false = value { return false }
        }
        return record.string(mfaAuthenticated).map { $0 == "true" }
    }
}
