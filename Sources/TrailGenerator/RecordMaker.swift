package import TrailModel

/// One record as JSON, with what is needed to put it into a log file.
package struct GeneratedRecord: Sendable {
    package let json: [UInt8]
    package let time: Timestamp
    package let accountID: String
    package let region: String
}

/// Makes single records: of a quiet day, of incidents, or of any call.
package struct RecordMaker: Sendable {
    package let estate: Estate
    private var random: SplitMix64
    private let catalog: NormalCatalog
    /// The five minutes in which the last denial of normal traffic was made.
    private var lastDenial: Timestamp?

    package init(estate: Estate, seed: UInt64) {
        self.estate = estate
        random = SplitMix64(seed: seed)
        catalog = NormalCatalog.shared
    }

    /// A record that no shipped alarm minds; about one in fourteen is an error.
    package mutating func normal(_ account: Estate.Account, region: String, at time: Timestamp) -> GeneratedRecord {
        var bytes: [UInt8] = []
        appendNormal(account, region: Array(region.utf8), at: time, to: &bytes)
        return GeneratedRecord(json: bytes, time: time, accountID: account.id, region: region)
    }

    /// A record of any call, made by one of the account's callers of its kind, failed when `failure` is given.
    package mutating func record(
        _ call: Call, failure: Call.Failure? = nil, account: Estate.Account, region: String, at time: Timestamp
    ) -> GeneratedRecord {
        make(call, failure, account, region: region, principal: principal(call.caller, of: account), at: time)
    }

    /// Failed sign-ins for a few user names from a few addresses, one every two seconds from `time` on.
    package mutating func bruteForce(account: Estate.Account, at time: Timestamp, count: Int) -> [GeneratedRecord] {
        let users = ["admin", "alice", "backup", "root-admin"]
        let addresses = ["198.51.100.77", "198.51.100.78", "203.0.113.99"]
        return (0..<count).map { index in
            let principal = Principal.consoleUser(
                users[index % users.count], account: account.id, address: addresses[index % addresses.count])
            return make(
                Self.signIn(mfa: false), Call.Failure(nil, "Failed authentication"), account, region: "us-east-1",
                principal: principal, at: time.adding(seconds: Int64(2 * index)))
        }
    }

    /// A sign-in of the account's root user.
    package mutating func rootLogin(account: Estate.Account, at time: Timestamp, mfa: Bool) -> GeneratedRecord {
        make(
            Self.signIn(mfa: mfa), nil, account, region: "us-east-1",
            principal: .root(of: account.id, address: "198.51.100.77"), at: time)
    }

    /// Calls that were denied to a person of the account, one a second.
    package mutating func deniedCalls(
        account: Estate.Account, region: String, at time: Timestamp, count: Int
    ) -> [GeneratedRecord] {
        let call = Call(
            "ec2", "RunInstances", readOnly: false, caller: .people,
            parameters:
                #"""
                {"instancesSet":{"items":[{"imageId":"ami-0<hex>","minCount":20,"maxCount":20}]},\#
                "instanceType":"p5.48xlarge"}
                """#
        )
        let failure = Call.Failure(
            "Client.UnauthorizedOperation", "You are not authorized to perform this operation.")
        return (0..<count).map { index in
            record(call, failure: failure, account: account, region: region, at: time.adding(seconds: Int64(index)))
        }
    }

    /// Someone stops the trail.
    package mutating func trailStopped(account: Estate.Account, region: String, at time: Timestamp) -> GeneratedRecord {
        let call = Call(
            "cloudtrail", "StopLogging", readOnly: false, caller: .people,
            parameters: #"{"name":"arn:aws:cloudtrail:<region>:<account>:trail/main"}"#)
        return record(call, account: account, region: region, at: time)
    }

    /// The unique part of a log file's name: 16 letters and digits.
    package mutating func uniqueName() -> String {
        randomText(16, of: idAlphabet, using: &random)
    }

    /// Appends a normal record to a file being built.
    mutating func appendNormal(
        _ account: Estate.Account, region: [UInt8], at time: Timestamp, to bytes: inout [UInt8]
    ) {
        let entry = catalog.pick(using: &random)
        var template = entry.success
        if !entry.failures.isEmpty, random.isOne(in: NormalCatalog.failureOdds) {
            let failure = random.pick(entry.failures)
            let slot = time.floored(toSeconds: 300)
            if !failure.isDenial {
                template = failure.template
            } else if lastDenial != slot {
                // At most one denial in five minutes over all accounts: alarms count them.
                template = failure.template
                lastDenial = slot
            }
        }
        let filling = Template.Filling(
            account: account, region: region, principal: principal(entry.caller, of: account), time: time)
        template.append(filling, to: &bytes, using: &random)
    }

    private mutating func principal(_ caller: Call.Caller, of account: Estate.Account) -> Principal {
        switch caller {
        case .people: random.pick(account.people)
        case .roles: random.pick(account.roles)
        case .services: random.pick(account.services)
        }
    }

    private mutating func make(
        _ call: Call, _ failure: Call.Failure?, _ account: Estate.Account, region: String, principal: Principal,
        at time: Timestamp
    ) -> GeneratedRecord {
        var bytes: [UInt8] = []
        let filling = Template.Filling(
            account: account, region: Array(region.utf8), principal: principal, time: time)
        Template(call, failure: failure).append(filling, to: &bytes, using: &random)
        return GeneratedRecord(json: bytes, time: time, accountID: account.id, region: region)
    }

    private static func signIn(mfa: Bool) -> Call {
        Call(
            "signin", "ConsoleLogin", readOnly: false, category: .signIn, caller: .people,
            response: #"{"ConsoleLogin":"Success"}"#,
            additional: #"{"LoginTo":"https://console.aws.amazon.com/console/home","MobileVersion":"No","#
                + #""MFAUsed":"\#(mfa ? "Yes" : "No")"}"#
        )
    }
}

/// The calls of ``NormalCalls`` compiled, with a table that draws them by weight in one step.
struct NormalCatalog: Sendable {
    struct Entry: Sendable {
        let caller: Call.Caller
        let success: Template
        let failures: [(template: Template, isDenial: Bool)]
    }

    /// Of the calls that can fail one in this many does; with those that cannot, about 7 % of all events are errors.
    static let failureOdds = 9

    static let shared = NormalCatalog(NormalCalls.all)

    private let entries: [Entry]
    /// Each entry's index as often as its weight says.
    private let draws: [UInt16]

    init(_ calls: [Call]) {
        entries = calls.map { call in
            Entry(
                caller: call.caller, success: Template(call),
                failures: call.failures.map { (Template(call, failure: $0), $0.isDenial) })
        }
        draws = calls.indices.flatMap { repeatElement(UInt16($0), count: calls[$0].weight) }
    }

    func pick(using random: inout SplitMix64) -> Entry {
        entries[Int(draws[random.below(draws.count)])]
    }
}
