package import TrailEvents

/// The fields by which events are looked for; the raw value is the kind of their terms in the event index, kept in stores.
package enum TermKind: UInt32, CaseIterable, Sendable {
    case eventName, eventSource, region, account, errorCode, address
    /// Who called: see ``EventTerms/visitUser(_:_:)``.
    case user
    /// What an event of ``EventTerms/isChange(_:)`` names, and what other events name; a file that has a resource
    /// among its changed ones may leave it out here.
    case changedResource, resource
    /// An ``EventTrait``, not a text.
    case trait
}

/// Takes the texts of a record, each valid inside its call only.
///
/// A protocol, not closures: the compiler makes one piece of code of the walk and the visitor, which runs four times as
/// fast.
protocol TermVisitor {
    mutating func visit(_ kind: TermKind, _ text: EventTerms.Text)
    mutating func visit(resource text: EventTerms.Text, _ place: EventTerms.ResourcePlace)
}

/// Keeps the texts of one kind, each once.
private struct TextCollector: TermVisitor {
    let kind: TermKind
    var texts: [String] = []

    init(kind: TermKind) {
        self.kind = kind
    }

    mutating func visit(_ kind: TermKind, _ text: EventTerms.Text) {
        if kind == self.kind { texts.append(String(decoding: text, as: UTF8.self)) }
    }

    mutating func visit(resource text: EventTerms.Text, _ place: EventTerms.ResourcePlace) {
        guard case .whole = place else { return }
        let text = String(decoding: text, as: UTF8.self)
        if !texts.contains(text) { texts.append(text) }
    }
}

/// What is true or false of an event.
enum EventTrait: UInt32 {
    case change, error
}

/// The texts of a record by which it can be found: one definition for filling the event index and for searching, so that
/// the index cannot miss what a search over every file finds.
package struct EventTerms: Sendable {
    /// Where the name of a resource stands.
    enum ResourcePlace {
        /// A whole text of `resources[].ARN` or of a request parameter.
        case whole(isParameter: Bool)
        /// The name inside an ARN.
        case name
    }

    /// Request parameters that name what a call acts on, over the services that people look after most.
    static let resourceParameters = [
        "alarmName", "bucketName", "clusterName", "dBInstanceIdentifier", "dBSnapshotIdentifier", "functionName",
        "groupId", "groupName", "instanceId", "instanceProfileName", "keyId", "logGroupName", "name", "policyArn",
        "queueUrl", "resourceArn", "resourceId", "roleArn", "roleName", "secretId", "snapshotId", "stackName",
        "tableName", "topicArn", "trailName", "userName", "volumeId", "vpcId",
    ]

    /// The kinds of which a field's text is always a term, unless the text is empty; by the field's path.
    static let kindsOfPath: [[PathStep]: [TermKind]] = {
        let issuer: [PathStep] = [.member("userIdentity"), .member("sessionContext"), .member("sessionIssuer")]
        var kinds: [[PathStep]: [TermKind]] = [
            [.member("eventName")]: [.eventName], [.member("eventSource")]: [.eventSource],
            [.member("awsRegion")]: [.region], [.member("recipientAccountId")]: [.account],
            [.member("errorCode")]: [.errorCode], [.member("sourceIPAddress")]: [.address],
            issuer + [.member("arn")]: [.user], issuer + [.member("userName")]: [.user],
            [.member("resources"), .anyElement, .member("ARN")]: [.changedResource, .resource],
        ]
        for name in ["arn", "userName", "principalId", "accessKeyId", "invokedBy"] {
            kinds[[.member("userIdentity"), .member(name)]] = [.user]
        }
        for name in resourceParameters {
            kinds[[.member("requestParameters"), .member(name)]] = [.changedResource, .resource]
        }
        return kinds
    }()

    private let principalID: FieldID
    private let accessKeyID: FieldID
    private let parameters: [FieldID]
    /// The same when their ids follow each other, which makes it fast to see which ones a record has.
    private let parameterRange: Range<Int>?
    /// `requestParameters.instancesSet.items[*].instanceId` of EC2's calls on several instances.
    private let instanceIDs: FieldID

    /// Adds the fields to `table`; the table of a counting plan takes them before those of filters.
    package init(into table: inout FieldTable) {
        principalID = table.add([.member("userIdentity"), .member("principalId")])
        accessKeyID = table.add([.member("userIdentity"), .member("accessKeyId")])
        parameters = Self.resourceParameters.map { table.add([.member("requestParameters"), .member($0)]) }
        let first = parameters.first?.index ?? 0
        parameterRange =
            parameters.map(\.index).elementsEqual(first..<(first + parameters.count))
            ? first..<(first + parameters.count) : nil
        instanceIDs = table.add([
            .member("requestParameters"), .member("instancesSet"), .member("items"), .anyElement, .member("instanceId"),
        ])
    }

    typealias Text = UnsafeBufferPointer<UInt8>

    /// Shows `visitor` a value that is a string and not empty; false when it is not one.
    @inline(__always)
    @discardableResult
    private func visit<Visitor: TermVisitor>(
        _ value: FieldValue?, of record: borrowing RecordView, _ kind: TermKind, _ visitor: inout Visitor
    ) -> Bool {
        guard let value, case .string = value.kind, value.rawCount > 0 else { return false }
        if value.hasEscapes {
            unescaped(record.bytes(of: value)).withUnsafeBufferPointer { visitor.visit(kind, $0) }
        } else {
            visitor.visit(kind, record.bytes(of: value))
        }
        return true
    }

    @inline(__always)
    func visitAddress<Visitor: TermVisitor>(_ record: borrowing RecordView, _ visitor: inout Visitor) {
        visit(record.value(.sourceIPAddress), of: record, .address, &visitor)
    }

    /// Name, source, region, account and error code.
    ///
    /// The account is the one that received the event, before `eventVersion` 1.02 that of the caller. The error code is
    /// that of the metric ErrorCount: not `Success`, and `NoErrorCode` for a message alone.
    @inline(__always)
    func visitCall<Visitor: TermVisitor>(_ record: borrowing RecordView, _ visitor: inout Visitor) {
        visit(record.value(.eventName), of: record, .eventName, &visitor)
        visit(record.value(.eventSource), of: record, .eventSource, &visitor)
        visit(record.value(.awsRegion), of: record, .region, &visitor)
        if !visit(record.value(.recipientAccountId), of: record, .account, &visitor) {
            visit(record.value(.userIdentityAccountID), of: record, .account, &visitor)
        }
        if let code = record.value(.errorCode), case .string = code.kind, code.rawCount > 0 {
            if !record.has(.errorCode, "Success") { visit(code, of: record, .errorCode, &visitor) }
        } else if let message = record.value(.errorMessage), case .string = message.kind, message.rawCount > 0 {
            var text = Activity.noErrorCode
            text.withUTF8 { visitor.visit(.errorCode, $0) }
        }
    }

    /// The caller's ARN, user name, principal id, session name (of `principalId`, after the colon) and access key, the
    /// role that issued the session, the service that called for someone, and `root`.
    @inline(__always)
    func visitUser<Visitor: TermVisitor>(_ record: borrowing RecordView, _ visitor: inout Visitor) {
        visit(record.value(.userIdentityARN), of: record, .user, &visitor)
        visit(record.value(.userIdentityUserName), of: record, .user, &visitor)
        if let principal = record.value(principalID), visit(principal, of: record, .user, &visitor) {
            visitSession(record, principal, &visitor)
        }
        visit(record.value(accessKeyID), of: record, .user, &visitor)
        visit(record.value(.sessionIssuerARN), of: record, .user, &visitor)
        visit(record.value(.sessionIssuerUserName), of: record, .user, &visitor)
        visit(record.value(.userIdentityInvokedBy), of: record, .user, &visitor)
        if let type = record.value(.userIdentityType), type.rawCount == 4, record.has(.userIdentityType, "Root") {
            var text = "root"
            text.withUTF8 { visitor.visit(.user, $0) }
        }
    }

    @inline(__always)
    private func visitSession<Visitor: TermVisitor>(
        _ record: borrowing RecordView, _ principal: FieldValue, _ visitor: inout Visitor
    ) {
        let text = record.bytes(of: principal)
        guard !principal.hasEscapes else {
            let plain = unescaped(text)
            guard let colon = plain.firstIndex(of: UInt8(ascii: ":")), colon + 1 < plain.count else { return }
            plain[(colon + 1)...].withUnsafeBufferPointer { visitor.visit(.user, $0) }
            return
        }
        for index in 0..<text.count where text[index] == UInt8(ascii: ":") {
            if index + 1 < text.count { visitor.visit(.user, Text(rebasing: text[(index + 1)...])) }
            return
        }
    }

    /// The ARNs of `resources`, the ``resourceParameters``, and the name inside each that is an ARN.
    @inline(__always)
    func visitResources<Visitor: TermVisitor>(_ record: borrowing RecordView, _ visitor: inout Visitor) {
        for value in record.values(.resourceARNs) { visit(resource: value, of: record, isParameter: false, &visitor) }
        if let parameterRange {
            var presence = record.presence(of: parameterRange)
            while presence != 0 {
                let field = FieldID(index: parameterRange.lowerBound + presence.trailingZeroBitCount)
                if let value = record.value(field) { visit(resource: value, of: record, isParameter: true, &visitor) }
                presence &= presence - 1
            }
        } else {
            for field in parameters {
                if let value = record.value(field) { visit(resource: value, of: record, isParameter: true, &visitor) }
            }
        }
        for value in record.values(instanceIDs) { visit(resource: value, of: record, isParameter: true, &visitor) }
    }

    @inline(__always)
    private func visit<Visitor: TermVisitor>(
        resource value: FieldValue, of record: borrowing RecordView, isParameter: Bool, _ visitor: inout Visitor
    ) {
        guard case .string = value.kind, value.rawCount > 0 else { return }
        if value.hasEscapes {
            unescaped(record.bytes(of: value)).withUnsafeBufferPointer {
                visit(resource: $0, isParameter: isParameter, &visitor)
            }
        } else {
            visit(resource: record.bytes(of: value), isParameter: isParameter, &visitor)
        }
    }

    @inline(__always)
    private func visit<Visitor: TermVisitor>(resource text: Text, isParameter: Bool, _ visitor: inout Visitor) {
        visitor.visit(resource: text, .whole(isParameter: isParameter))
        if let name = resourceName(ofARN: text) { visitor.visit(resource: Text(rebasing: text[name]), .name) }
    }

    /// The account, empty when the record has none.
    package func account(of record: borrowing RecordView) -> String {
        var texts = TextCollector(kind: .account)
        visitCall(record, &texts)
        return texts.texts.first ?? ""
    }

    /// The error code as it is looked for; empty for a call that succeeded.
    package func errorCode(of record: borrowing RecordView) -> String {
        var texts = TextCollector(kind: .errorCode)
        visitCall(record, &texts)
        return texts.texts.first ?? ""
    }

    /// What the call acts on, each text once, in the order of the ARNs and then of the parameters.
    package func resources(of record: borrowing RecordView) -> [String] {
        var texts = TextCollector(kind: .resource)
        visitResources(record, &texts)
        return texts.texts
    }

    /// Verbs of calls that only read, for records from before `readOnly` was written (`eventVersion` below 1.01).
    static let readingVerbs = [
        "Get", "List", "Describe", "Head", "BatchGet", "Lookup", "Query", "Scan", "Search", "Select", "View", "Check",
        "Simulate",
    ]

    /// True for a call that may change something: `readOnly` is false, or is missing and `eventName` does not begin with
    /// one of the ``readingVerbs``.
    func isChange(_ record: borrowing RecordView) -> Bool {
        switch record.value(.readOnly)?.kind {
        case .false: return true
        case .true: return false
        default: break
        }
        if record.has(.readOnly, "true") { return false }
        if record.has(.readOnly, "false") { return true }
        guard record.kind != .insight, record.kind != .aggregated else { return false }
        guard let name = record.string(.eventName), !name.isEmpty else { return false }
        return !Self.readingVerbs.contains { name.hasPrefix($0) }
    }
}

/// Where in an ARN the resource's own name stands; `nil` for another text and for objects of S3.
///
/// An ARN is `arn:partition:service:region:account:resource` (IAM reference, "Amazon Resource Names"); the resource is a
/// name, `type:name`, `type:name:qualifier` or `type/path/name`.
func resourceName(ofARN text: UnsafeBufferPointer<UInt8>) -> Range<Int>? {
    let colon = UInt8(ascii: ":")
    let slash = UInt8(ascii: "/")
    guard text.count > 4, text[0] == UInt8(ascii: "a"), text[1] == UInt8(ascii: "r"), text[2] == UInt8(ascii: "n"),
        text[3] == colon
    else { return nil }
    var index = 4
    var colons = 1
    while index < text.count, colons < 5 {
        if text[index] == colon { colons += 1 }
        index += 1
    }
    guard colons == 5, index < text.count else { return nil }
    let start = index
    while index < text.count, text[index] != colon, text[index] != slash { index += 1 }
    guard index < text.count else { return start..<text.count }
    let mark = index
    if text[mark] == colon {
        index += 1
        while index < text.count, text[index] != colon { index += 1 }
        return mark + 1 < index ? (mark + 1)..<index : nil
    }
    // An object's name is as good as unique, and there are as many as events.
    guard !(text[start - 2] == colon && isS3(text)) else { return nil }
    index = text.count
    while text[index - 1] != slash { index -= 1 }
    return index < text.count ? index..<text.count : nil
}

private func isS3(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
    text.count > 11 && text[8] == UInt8(ascii: "s") && text[9] == UInt8(ascii: "3") && text[10] == UInt8(ascii: ":")
        && text[4] == UInt8(ascii: "a")
}
