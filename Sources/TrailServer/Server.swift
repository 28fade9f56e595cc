import Foundation
import Hummingbird
import HummingbirdCore
package import Logging
import NIOCore
import ServiceLifecycle
package import TrailModel
import TrailNotify
import TrailSources
import TrailStore
import TrailTemplates
import UnixSignals

/// Everything at work: reads trails, evaluates alarms, delivers messages and answers HTTP, until it is told to stop.
package struct Server: Sendable {
    /// How long a shutdown may take before attempts under way are cut off; they are made again after the next start.
    private static let shutdownSeconds = 5
    /// Whatever still runs after this is cancelled.
    private static let shutdownSecondsMax = 9
    private static let connectionsMax = 512
    private static let idleSeconds: Int64 = 60

    private let settings: ServerSettings
    private let time: any TimeSource
    private let logger: Logger
    private let store: Store
    private let engine: Engine
    private let delivery: DeliveryService
    /// Raised when messages may wait for their evidence.
    private let drafted: WakeSignal
    private let transport: AsyncHTTPClientTransport
    private let outward: OutwardServices
    private let identity: SigningIdentity

    /// Opens the store and loads the alarm files.
    ///
    /// - Throws: Errors whose `description` names what cannot be used and the way out.
    package init(_ settings: ServerSettings, time: any TimeSource, logger: Logger) async throws {
        guard settings.listenAddress.isLoopback else {
            throw InputError(
                "cannot listen on \(settings.listenAddress): whoever reaches it could read and reload everything, and "
                    + "this version asks nobody for a password; want a loopback address such as 127.0.0.1:19106")
        }
        for trail in settings.trails where !Self.isDirectory(trail) {
            throw InputError("cannot read the trail \(trail): there is no such folder")
        }
        var settings = settings
        settings.listenAddress = try await settings.listenAddress.probed()
        self.settings = settings
        self.time = time
        self.logger = logger
        store = try Store(directory: settings.dataDirectory)
        var generator = SystemRandomNumberGenerator()
        identity = try SigningIdentityFiles(directory: settings.dataDirectory).loadOrMake(
            now: time.now(), using: &generator)
        transport = AsyncHTTPClientTransport(time: time)
        var limits = DeliveryService.Limits()
        limits.shutdownTimeout = .seconds(Self.shutdownSeconds)
        let age = settings.retryAgeSeconds
        let delivery = DeliveryService(
            outbox: StoreOutbox(store), transport: transport, time: time, logger: logger, limits: limits,
            generator: generator,
            schedule: { $0.terms.schedule(ageMaxSeconds: age) },
            secret: settings.webhookSecret)
        self.delivery = delivery
        let links = SNSLinks(externalURL: settings.externalURL ?? settings.listenAddress.url)
        var announcer = Announcer(
            accountID: settings.templates.accountID, region: settings.templates.region,
            notifyInitial: settings.notifyInitial, publisher: Publisher(identity: identity, links: links),
            lateWithinSeconds: settings.announceLateWithinSeconds)
        announcer.takesEvidence = true
        let drafted = WakeSignal()
        self.drafted = drafted
        engine = try Engine(
            store: store, settings: settings, announcer: announcer, time: time, logger: logger,
            onMessages: {
                delivery.wake()
                drafted.raise()
            })
        outward = OutwardServices(
            settings, engine: engine, links: links, transport: transport, time: time, logger: logger)
        do {
            try await engine.start()
        } catch {
            try await transport.shutdown()
            throw error
        }
    }

    private static func isDirectory(_ path: String) -> Bool {
        var isDirectory: ObjCBool = false
        return FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) && isDirectory.boolValue
    }

    /// Serves until SIGTERM, SIGINT or the cancellation of the task; `onReady` is called with the port once the listener
    /// is bound.
    ///
    /// - Throws: ``InputError`` when the address cannot be listened on.
    package func run(onReady: @escaping @Sendable (Int) async -> Void) async throws {
        let aws = AsyncHTTPClientAWSTransport(time: time)
        let bucket = bucket(aws)
        let collectors = buckets(bucket)
        let routes = Routes(
            store: store, engine: engine, buckets: BucketCollectors(collectors: collectors), identity: identity,
            time: time, accountID: settings.templates.accountID, outward: outward.counts, logger: logger)
        let application = Application(
            router: routes.router(),
            server: .http1(configuration: .init(idleTimeout: .seconds(Self.idleSeconds))),
            configuration: ApplicationConfiguration(
                address: .hostname(settings.listenAddress.host, port: settings.listenAddress.port),
                serverName: "trailwatch",
                availableConnectionsDelegate: MaximumAvailableConnections(Self.connectionsMax)),
            onServerRunning: { channel in await onReady(channel.localAddress?.port ?? 0) },
            logger: logger)
        // Services end in reverse order: first nobody asks any more, last the messages that are under way.
        var configuration = ServiceGroupConfiguration(
            services: [
                .init(service: Deliverer(delivery: delivery)),
                .init(
                    service: EvidenceTaker(
                        engine: engine, finder: try finder(bucket), signal: drafted, time: time, logger: logger)),
                .init(service: Collector(engine: engine, time: time, logger: logger)),
            ] + (outward.services + collectors).map { .init(service: $0) } + [
                .init(service: AlarmFileWatcher(engine: engine, paths: settings.alarmPaths, time: time)),
                .init(service: ReloadSignal(engine: engine)),
                .init(service: ControlSocket(engine: engine, directory: settings.dataDirectory, logger: logger)),
                .init(service: application),
            ],
            gracefulShutdownSignals: [.sigterm, .sigint], logger: logger)
        configuration.maximumGracefulShutdownDuration = .seconds(Self.shutdownSecondsMax)
        let group = ServiceGroup(configuration: configuration)
        do {
            try await group.run()
            try await aws.shutdown()
        } catch let error as IOError {
            try? await aws.shutdown()
            try? await transport.shutdown()
            throw InputError(
                "cannot listen on \(settings.listenAddress): \(String(cString: strerror(error.errnoCode)))")
        } catch {
            try? await aws.shutdown()
            try? await transport.shutdown()
            throw error
        }
        try await transport.shutdown()
        try store.close()
    }

    private func finder(_ bucket: @escaping @Sendable (S3Location) -> S3Bucket) throws -> EvidenceFinder {
        EvidenceFinder(
            reader: try StoreReader(directory: settings.dataDirectory), time: time, bucket: bucket,
            library: settings.inflateLibrary)
    }

    /// Makes what reads a bucket.
    private func bucket(_ transport: AsyncHTTPClientAWSTransport) -> @Sendable (S3Location) -> S3Bucket {
        let (settings, time) = (settings, time)
        let generator = SharedGenerator(SystemRandomNumberGenerator())
        let credentials = CredentialChain(
            environment: settings.awsEnvironment, transport: transport, time: time, generator: generator)
        return { location in
            S3Bucket(
                location: location, endpoint: settings.s3Endpoint,
                region: settings.awsEnvironment.region ?? settings.templates.region, credentials: credentials,
                transport: transport, time: time, generator: generator)
        }
    }

    private func buckets(_ make: (S3Location) -> S3Bucket) -> [BucketCollector] {
        // What a killed process left there is not in the ledger, and is found again.
        try? FileManager.default.removeItem(atPath: settings.downloadsFolder)
        return settings.buckets.enumerated().map { number, location in
            let bucket = make(location)
            return BucketCollector(
                engine: engine, bucket: bucket,
                downloads: ObjectDownloads(bucket: bucket, folder: settings.downloadFolder(ofBucket: number)),
                since: settings.bucketSince, time: time, logger: logger)
        }
    }

    /// What intake has come to since the store was made.
    package func statistics() throws -> IntakeTotals {
        let counters = try store.totals().counters
        let records = counters["records"] ?? [:]
        return IntakeTotals(
            counted: records["counted"] ?? 0, duplicate: records["duplicate"] ?? 0,
            malformed: records["malformed"] ?? 0,
            amended: counters[Evaluator.amendedCounter]?.values.reduce(0, +) ?? 0)
    }
}

/// Records by what became of them, and how often late ones changed a decision.
package struct IntakeTotals: Equatable, Sendable {
    package let counted: Int64
    package let duplicate: Int64
    package let malformed: Int64
    package let amended: Int64

    package var records: Int64 { counted + duplicate + malformed }
}
