/// Made-up accounts with the people, roles and resources that their records name.
package struct Estate: Sendable {
    package static let accountsMax = 1000

    package struct Account: Sendable {
        /// Twelve digits.
        package let id: String
        package let name: String
        /// Of 1000 events how many are this account's, on a scale all accounts share.
        package let weight: Int

        let people: [Principal]
        let roles: [Principal]
        let services: [Principal]
        let resources: Resources
    }

    package let accounts: [Account]
    package let regions: [String]

    /// - Parameters:
    ///   - count: 1 to ``accountsMax``; the first are `prod`, `staging` and `sandbox`.
    ///   - regions: The first has most of the traffic.
    ///   - seed: The same seed makes the same names, keys and addresses.
    package init(accounts count: Int = 3, regions: [String] = ["us-east-1", "eu-west-1"], seed: UInt64 = 1) {
        precondition(
            (1...Self.accountsMax).contains(count), "accounts must be 1 to \(Self.accountsMax); got \(count)")
        precondition(!regions.isEmpty, "an estate needs a region")
        self.regions = regions
        accounts = (0..<count).map { index in
            var random = SplitMix64(seed: seed &+ UInt64(index) &* 0x5851_F42D_4C95_7F2D)
            let id = Self.accountID(index)
            return Account(
                id: id, name: index < Self.names.count ? Self.names[index] : "team-\(index)",
                weight: max(10, 60 - 15 * index), people: Principal.people(of: id, using: &random),
                roles: Principal.roles(of: id, using: &random), services: Principal.services(of: id),
                resources: Resources(accountID: id, using: &random))
        }
    }

    package func account(named name: String) -> Account? {
        accounts.first { $0.name == name }
    }

    private static let names = ["prod", "staging", "sandbox", "data", "security", "network"]

    /// The example numbers of AWS's documentation first.
    private static func accountID(_ index: Int) -> String {
        let known = ["111122223333", "444455556666", "777788889999"]
        return index < known.count ? known[index] : "\(210_000_000_000 + index * 7_919_317)"
    }
}

/// Names of an account's resources; a record takes the same place of every list, so that its parts agree.
struct Resources: Sendable {
    static let count = 16

    let buckets: [[UInt8]]
    let objects: [[UInt8]]
    let keys: [[UInt8]]
    let functions: [[UInt8]]
    let instances: [[UInt8]]
    let secrets: [[UInt8]]
    let parameters: [[UInt8]]
    let tables: [[UInt8]]

    init(accountID: String, using random: inout SplitMix64) {
        let systems = ["billing", "checkout", "search", "catalog", "profile", "shipping", "reports", "media"]
        let parts = ["api", "worker"]
        func list(_ make: (String, String, Int) -> String) -> [[UInt8]] {
            (0..<Self.count).map { Array(make(systems[$0 % 8], parts[$0 / 8 % 2], $0).utf8) }
        }
        buckets = list { system, part, _ in "\(system)-\(part)-\(accountID.suffix(4))" }
        objects = list { system, _, index in "\(system)/2026/part-\(10_000 + index * 37).parquet" }
        functions = list { system, part, _ in "\(system)-\(part)" }
        secrets = list { system, part, index in "\(part)/\(system)/database-\(index)" }
        parameters = list { system, part, _ in "/\(system)/\(part)/endpoint" }
        tables = list { system, part, _ in "\(system)-\(part)-items" }
        keys = (0..<Self.count).map { _ in
            var text: [UInt8] = []
            text.appendUUID(using: &random)
            return text
        }
        instances = (0..<Self.count).map { _ in
            var text = Array("i-0".utf8)
            text.append(hex: random.next(), digits: 16)
            return text
        }
    }
}

/// Who calls: the `userIdentity` of the records, in two halves around the session's start, and the place.
struct Principal: Sendable {
    let name: String
    let identityHead: [UInt8]
    let identityTail: [UInt8]
    let address: [UInt8]
    let agent: [UInt8]

    private init(_ name: String, identity: String, address: String, agent: String) {
        let halves = identity.split(separator: "<created>", maxSplits: 1)
        self.name = name
        identityHead = Array((halves.first ?? "").utf8)
        identityTail = Array((halves.count > 1 ? halves[1] : "").utf8)
        self.address = Array(address.utf8)
        self.agent = Array(agent.utf8)
    }

    /// People who come through single sign-on, and one IAM user for automation.
    static func people(of account: String, using random: inout SplitMix64) -> [Principal] {
        let agents = [
            "aws-cli/2.27.1 md/awscrt#0.26.1 ua/2.1 os/linux#6.8.0 md/arch#x86_64 lang/python#3.13.2",
            "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
            "APN/1.0 HashiCorp/1.0 Terraform/1.12.1 terraform-provider-aws/6.2.0 aws-sdk-go-v2/1.36.5",
        ]
        var people = ["alice", "bruno", "chen", "dana", "emeka"].enumerated().map { index, name in
            assumedRole(
                account, role: "AWSReservedSSO_Developer_9f3c2b7a1d5e8046", session: "\(name)@example.com",
                address: "203.0.113.\(10 + index)", agent: agents[index % agents.count], using: &random)
        }
        let id = "AIDA" + randomText(17, of: idAlphabet, using: &random)
        let key = "AKIA" + randomText(16, of: idAlphabet, using: &random)
        people.append(
            Principal(
                "deploy-bot",
                identity: """
                    {"type":"IAMUser","principalId":"\(id)","arn":"arn:aws:iam::\(account):user/deploy-bot",\
                    "accountId":"\(account)","accessKeyId":"\(key)","userName":"deploy-bot"}
                    """, address: "203.0.113.200",
                agent: "Boto3/1.38.27 md/Botocore#1.38.27 os/linux lang/python#3.12.9"))
        return people
    }

    /// Roles of programs; the session is the instance or function that runs them.
    static func roles(of account: String, using random: inout SplitMix64) -> [Principal] {
        let agents = [
            "aws-sdk-java/2.31.50 md/io#sync md/http#Apache ua/2.1 os/Linux#6.1 lang/java#21.0.7",
            "Boto3/1.38.27 md/Botocore#1.38.27 ua/2.0 os/linux#5.10 lang/python#3.12.9 exec-env/AWS_Lambda",
        ]
        return ["billing-api", "checkout-api", "search-worker", "reports-batch", "media-worker", "ci-runner"]
            .enumerated()
            .map { index, role in
                var session = Array("i-0".utf8)
                session.append(hex: random.next(), digits: 16)
                return assumedRole(
                    account, role: role, session: String(decoding: session, as: UTF8.self),
                    address: "198.51.100.\(20 + index)", agent: agents[index % agents.count], using: &random)
            }
    }

    /// Services of AWS that act for the account.
    static func services(of account: String) -> [Principal] {
        ["autoscaling", "ecs-tasks", "config", "lambda"].map { service in
            Principal(
                service, identity: #"{"type":"AWSService","invokedBy":"\#(service).amazonaws.com"}"#,
                address: "\(service).amazonaws.com", agent: "\(service).amazonaws.com")
        }
    }

    /// A sign-in page's user, known or not, from one address.
    static func consoleUser(_ name: String, account: String, address: String) -> Principal {
        Principal(
            name,
            identity: """
                {"type":"IAMUser","principalId":"AIDAEXAMPLEUSER000001","accountId":"\(account)","accessKeyId":"",\
                "userName":"\(name)"}
                """, address: address,
            agent: "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/137.0.0.0 Safari/537.36")
    }

    static func root(of account: String, address: String) -> Principal {
        Principal(
            "root",
            identity: """
                {"type":"Root","principalId":"\(account)","arn":"arn:aws:iam::\(account):root",\
                "accountId":"\(account)","accessKeyId":""}
                """, address: address,
            agent: "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Version/18.5 Safari/605.1.15")
    }

    private static func assumedRole(
        _ account: String, role: String, session: String, address: String, agent: String, using random: inout SplitMix64
    ) -> Principal {
        let id = "AROA" + randomText(17, of: idAlphabet, using: &random)
        let key = "ASIA" + randomText(16, of: idAlphabet, using: &random)
        let path = role.hasPrefix("AWSReservedSSO_") ? "aws-reserved/sso.amazonaws.com/" : ""
        return Principal(
            session,
            identity: """
                {"type":"AssumedRole","principalId":"\(id):\(session)",\
                "arn":"arn:aws:sts::\(account):assumed-role/\(role)/\(session)","accountId":"\(account)",\
                "accessKeyId":"\(key)","sessionContext":{"sessionIssuer":{"type":"Role","principalId":"\(id)",\
                "arn":"arn:aws:iam::\(account):role/\(path)\(role)","accountId":"\(account)","userName":"\(role)"},\
                "attributes":{"creationDate":"<created>","mfaAuthenticated":"false"}}}
                """, address: address, agent: agent)
    }
}
