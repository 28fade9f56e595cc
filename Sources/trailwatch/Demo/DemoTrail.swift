import Foundation
import TrailGenerator
import TrailModel
import TrailSources

/// The made-up trail: writes log files as CloudTrail delivers them, old ones, quiet ones and those of incidents.
///
/// Nothing in it is in the future: a file's stamp and the times of its events are at most the time of its making.
actor DemoTrail {
    static let historyHours: Int64 = 26
    static let historyEvents = 24_000
    static let failedSignIns = 40
    static let lateCalls = 3
    /// How late a file is at least.
    static let lateMinutes: Int64 = 20
    static let trafficSeconds = 3
    /// An incident is made when at least so much of its minute is left, so that the minute is not over when its message
    /// comes.
    static let minuteRestSeconds: Int64 = 3
    private static let slotSeconds = TrailPlan.slotSeconds
    /// The time over which the sign-ins of a brute force are spread.
    private static let bruteForceSeconds: Int64 = 18
    private static let seed: UInt64 = 12
    /// The least compression: history is to be there at once.
    private static let compressionLevel: Int32 = 1

    nonisolated let estate: Estate
    nonisolated let directory: String
    private let time: any TimeSource
    private var maker: RecordMaker

    init(directory: String, time: any TimeSource) {
        self.directory = directory
        self.time = time
        estate = Estate(accounts: 3, seed: Self.seed)
        maker = RecordMaker(estate: estate, seed: Self.seed + 1)
    }

    struct Written: Sendable {
        var files = 0
        var events = 0
    }

    // MARK: Quiet times

    /// Writes a quiet night and day that lead up to now.
    func writeHistory() throws -> Written {
        let now = time.now()
        // The last delivery of a plan comes one slot after its end and must not be ahead of now.
        let end = now.floored(toSeconds: Self.slotSeconds).adding(seconds: -Self.slotSeconds)
        let plan = TrailPlan(
            estate: estate, events: Self.historyEvents, seed: Self.seed,
            from: end.adding(seconds: -Self.historyHours * 3600), to: end)
        var written = Written()
        for file in plan {
            try Task.checkCancellation()
            try write(file)
            written.files += 1
            written.events += file.eventCount
        }
        for (account, region) in lanes {
            let pause: Int64 = region == estate.regions.first ? 10 : 30
            let count = max(1, (now.seconds - end.seconds) / pause)
            let records = (0..<count).map { index in
                maker.normal(account, region: region, at: end.adding(seconds: index * pause))
            }
            try deliver(records, account, region)
            written.files += 1
            written.events += records.count
        }
        return written
    }

    /// Delivers a few events of the last seconds from every account and region.
    func deliverTraffic() throws {
        let now = time.now()
        for (account, region) in lanes {
            let count: Int64 = account.name == "prod" ? 2 : 1
            let records = (0..<count).map {
                maker.normal(account, region: region, at: now.adding(seconds: $0 - count + 1))
            }
            try deliver(records, account, region)
        }
    }

    private var lanes: [(Estate.Account, String)] {
        estate.accounts.flatMap { account in estate.regions.map { (account, $0) } }
    }

    // MARK: Incidents

    /// A file as it was delivered, so that it can be delivered again.
    struct Delivery: Sendable {
        fileprivate let records: [GeneratedRecord]
        fileprivate let account: Estate.Account
        fileprivate let region: String

        var accountText: String { "\(account.name) (\(account.id))" }
    }

    /// Failed sign-ins of the last seconds of the present minute.
    func bruteForce() throws -> Delivery {
        let now = time.now().floored(toSeconds: 1)
        let start = max(now.floored(toSeconds: 60), now.adding(seconds: -Self.bruteForceSeconds))
        // Several programs try side by side, each every two seconds.
        let steps = Int(now.seconds - start.seconds) / 2 + 1
        let account = try account("prod")
        var records: [GeneratedRecord] = []
        while records.count < Self.failedSignIns {
            let count = min(steps, Self.failedSignIns - records.count)
            records += maker.bruteForce(account: account, at: start, count: count)
        }
        return try deliver(records, account, "us-east-1")
    }

    func rootLogin() throws -> Delivery {
        let account = try account("prod")
        return try deliver([maker.rootLogin(account: account, at: time.now(), mfa: false)], account, "us-east-1")
    }

    func trailStopped() throws -> Delivery {
        let account = try account("staging")
        let region = "us-east-1"
        return try deliver([maker.trailStopped(account: account, region: region, at: time.now())], account, region)
    }

    /// Denied launches of one minute that was decided long ago.
    func lateDenials() throws -> Delivery {
        let account = try account("sandbox")
        let region = "eu-west-1"
        let minute = time.now().floored(toSeconds: 60).adding(seconds: -60 * (Self.lateMinutes + 1))
        return try deliver(
            maker.deniedCalls(account: account, region: region, at: minute, count: Self.lateCalls), account, region)
    }

    /// The same events once more, in a file of another name.
    func repeated(_ delivery: Delivery) throws {
        try deliver(delivery.records, delivery.account, delivery.region)
    }

    private func account(_ name: String) throws(DemoError) -> Estate.Account {
        guard let account = estate.account(named: name) else {
            throw DemoError("cannot find the account \(name) in the made-up estate")
        }
        return account
    }

    // MARK: Files

    @discardableResult
    private func deliver(
        _ records: [GeneratedRecord], _ account: Estate.Account, _ region: String
    ) throws -> Delivery {
        try write(
            GeneratedFile(
                records, accountID: account.id, region: region, stamp: time.now().floored(toSeconds: 60),
                unique: maker.uniqueName()))
        return Delivery(records: records, account: account, region: region)
    }

    private func write(_ file: GeneratedFile) throws {
        let url = URL(fileURLWithPath: directory).appendingPathComponent(file.key)
        try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(gzipped(file.json, level: Self.compressionLevel)).write(to: url, options: .atomic)
    }
}
