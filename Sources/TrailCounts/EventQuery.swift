package import TrailEvents
package import TrailModel
package import TrailPatterns

/// Which events are looked for: each field given must have one of its texts, exactly.
package struct EventQuery: Sendable {
    package var names: [String] = []
    package var sources: [String] = []
    package var regions: [String] = []
    package var accounts: [String] = []
    /// Error codes; ``anyError`` stands for every event that is an error.
    package var errors: [String] = []
    package var addresses: [String] = []
    /// ARN, user name, principal id, session name, access key, issuing role, invoking service or `root`.
    package var users: [String] = []
    /// ARNs, or names as they stand in request parameters and at the end of ARNs.
    ///
    /// An ARN also finds the calls of its account that give the resource's name in a request parameter, as most calls
    /// that change something do.
    package var resources: [String] = []
    /// Only calls that may have changed something.
    package var isChange = false
    package var pattern: FilterPattern?
    /// Only events that this rule is told of.
    package var rule: EventRule?
    /// Of `eventTime`.
    package var range: Range<Timestamp>

    package static let anyError = "*"

    package init(range: Range<Timestamp>) {
        self.range = range
    }

    /// For the event index: a file can hold an event that is looked for only if it has a term of each group.
    package var termGroups: [[UInt32]] {
        var groups = [
            terms(.eventName, names), terms(.eventSource, sources), terms(.region, regions), terms(.account, accounts),
            terms(.address, addresses), terms(.user, users),
        ]
        if errors.contains(Self.anyError) {
            groups.append([trait(.error)])
        } else {
            groups.append(terms(.errorCode, errors))
        }
        let texts = resources + resources.compactMap { ResourceTest($0).name }
        groups.append(terms(.changedResource, texts) + (isChange ? [] : terms(.resource, texts)))
        if isChange && resources.isEmpty { groups.append([trait(.change)]) }
        if let pattern { groups += pattern.requiredTerms(patternTerms) }
        if let rule { groups += rule.pattern.requiredTerms(patternTerms) }
        return groups.filter { !$0.isEmpty }
    }

    /// The terms of events whose field at `path` is as required; `nil` for a field that is not indexed.
    private func patternTerms(_ path: [PathStep], _ requirement: PatternRequirement) -> [UInt32]? {
        guard case .text(let text) = requirement else {
            return path == [.member("readOnly")] ? [trait(.change)] : nil
        }
        if path == [.member("userIdentity"), .member("type")] { return text == "Root" ? terms(.user, ["root"]) : nil }
        // Not an error.
        if path == [.member("errorCode")], text == "Success" { return nil }
        guard let kinds = EventTerms.kindsOfPath[path] else { return nil }
        return kinds.flatMap { terms($0, [text]) }
    }

    private func terms(_ kind: TermKind, _ texts: [String]) -> [UInt32] {
        texts.map { text in
            var text = text
            return kind.rawValue << TermHash.bits | text.withUTF8 { TermHash.fingerprint($0) }
        }
    }

    private func trait(_ trait: EventTrait) -> UInt32 {
        TermKind.trait.rawValue << TermHash.bits | trait.rawValue
    }
}

/// A query bound to the fields of a table.
package struct EventMatcher: Sendable {
    private let query: EventQuery
    private let terms: EventTerms
    private let pattern: CompiledPattern?
    private let rulePattern: CompiledEventPattern?
    private let resources: [ResourceTest]

    package init(_ query: EventQuery, into table: inout FieldTable) {
        self.query = query
        terms = EventTerms(into: &table)
        pattern = query.pattern?.compile(into: &table)
        rulePattern = query.rule?.pattern.compile(into: &table, for: .cloudTrailRecord)
        resources = query.resources.map { ResourceTest($0) }
    }

    /// Whether `record`, of a scanner over that table, is looked for; a record without a usable `eventTime` never is.
    package func matches(_ record: borrowing RecordView) -> Bool {
        guard let seconds = record.eventSeconds, query.range.contains(Timestamp(seconds: seconds)) else { return false }
        var call = CallTest(query)
        terms.visitCall(record, &call)
        terms.visitAddress(record, &call)
        return call.isPassed && hasUser(record) && hasResource(record) && (!query.isChange || terms.isChange(record))
            && pattern?.matches(record) ?? true && isTold(record)
    }

    private func isTold(_ record: borrowing RecordView) -> Bool {
        guard let rule = query.rule, let rulePattern else { return true }
        return rule.state.sees(record) && rulePattern.matches(record)
    }

    private func hasUser(_ record: borrowing RecordView) -> Bool {
        if query.users.isEmpty { return true }
        var test = UserTest(wanted: query.users)
        terms.visitUser(record, &test)
        return test.isPassed
    }

    private func hasResource(_ record: borrowing RecordView) -> Bool {
        if resources.isEmpty { return true }
        var visitor = ResourceVisitor(tests: resources, account: terms.account(of: record))
        terms.visitResources(record, &visitor)
        return visitor.isPassed
    }
}

private func isOne(_ text: EventTerms.Text, of wanted: [String]) -> Bool {
    wanted.contains { text.elementsEqual($0.utf8) }
}

/// Whether name, source, region, address, account and error code are among those wanted.
private struct CallTest: TermVisitor {
    private let query: EventQuery
    /// The kinds of which a text is still wanted, as bits.
    private var missing: UInt32 = 0

    init(_ query: EventQuery) {
        self.query = query
        for kind in TermKind.allCases where !wanted(kind).isEmpty { missing |= 1 << kind.rawValue }
    }

    var isPassed: Bool { missing == 0 }

    private func wanted(_ kind: TermKind) -> [String] {
        switch kind {
        case .eventName: query.names
        case .eventSource: query.sources
        case .region: query.regions
        case .account: query.accounts
        case .errorCode: query.errors
        case .address: query.addresses
        case .user, .changedResource, .resource, .trait: []
        }
    }

    mutating func visit(_ kind: TermKind, _ text: EventTerms.Text) {
        guard missing & 1 << kind.rawValue != 0 else { return }
        let wanted = wanted(kind)
        if kind == .errorCode && wanted.contains(EventQuery.anyError) || isOne(text, of: wanted) {
            missing &= ~(1 << kind.rawValue)
        }
    }

    mutating func visit(resource text: EventTerms.Text, _ place: EventTerms.ResourcePlace) {}
}

private struct UserTest: TermVisitor {
    let wanted: [String]
    private(set) var isPassed = false

    init(wanted: [String]) {
        self.wanted = wanted
    }

    mutating func visit(_ kind: TermKind, _ text: EventTerms.Text) { isPassed = isPassed || isOne(text, of: wanted) }

    mutating func visit(resource text: EventTerms.Text, _ place: EventTerms.ResourcePlace) {}
}

private struct ResourceVisitor: TermVisitor {
    let tests: [ResourceTest]
    let account: String
    private(set) var isPassed = false

    init(tests: [ResourceTest], account: String) {
        self.tests = tests
        self.account = account
    }

    mutating func visit(_ kind: TermKind, _ text: EventTerms.Text) {}

    mutating func visit(resource text: EventTerms.Text, _ place: EventTerms.ResourcePlace) {
        isPassed = isPassed || tests.contains { $0.matches(text, place, account: account) }
    }
}

/// One resource that is looked for.
private struct ResourceTest: Sendable {
    let text: String
    /// The name and the account inside `text` when that is an ARN.
    var name: String?
    private var account = ""

    init(_ text: String) {
        self.text = text
        var copy = text
        name = copy.withUTF8 { bytes in
            resourceName(ofARN: bytes).map { String(decoding: bytes[$0], as: UTF8.self) }
        }
        if name != nil {
            account = String(text.split(separator: ":", maxSplits: 5, omittingEmptySubsequences: false)[4])
        }
    }

    func matches(_ found: EventTerms.Text, _ place: EventTerms.ResourcePlace, account: String) -> Bool {
        if found.elementsEqual(text.utf8) { return true }
        guard let name, case .whole(isParameter: true) = place, self.account.isEmpty || self.account == account else {
            return false
        }
        return found.elementsEqual(name.utf8)
    }
}
