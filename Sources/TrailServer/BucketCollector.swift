import Logging
import ServiceLifecycle
import TrailEvents
import TrailModel
import TrailSources

/// Reads a trail from a bucket: lists what is new, lane by lane, and hands the objects to the engine.
struct BucketCollector: Service {
    /// Objects that are downloaded before they are counted together.
    static let batchObjectsMax = 64
    private static let waitSecondsMax: Int64 = 5

    let engine: Engine
    let bucket: S3Bucket
    let downloads: ObjectDownloads
    let since: Timestamp
    let time: any TimeSource
    let logger: Logger

    var name: String { bucket.location.url }

    func run() async throws {
        await cancelWhenGracefulShutdown { await collect() }
    }

    private func collect() async {
        var lister: S3Lister
        do {
            let progress = try await engine.progress(ofBucket: name)
            lister = try S3Lister(location: bucket.location, since: since, progress: progress, now: time.now())
        } catch {
            logger.error("Cannot read a bucket", metadata: ["bucket": "\(name)", "error": "\(error)"])
            return
        }
        logger.notice("Reading a bucket", metadata: ["bucket": "\(name)", "since": "\(since.rfc3339)"])
        // Listed and not counted yet; while there are any, the lister's progress is not kept.
        var waiting: [S3Object] = []
        var isBehind = true
        var filledFrom: Timestamp?
        while !Task.isCancelled {
            let now = time.now()
            // What waits later are days behind the newest ones, or what just came: alarms do not wait for it.
            isBehind = lister.isBehind(now: now) || isBehind && !waiting.isEmpty
            // A day is there when its objects are counted, not when they are listed.
            if waiting.isEmpty { filledFrom = lister.listedFrom(now: now) }
            await engine.setBehind(isBehind, filledFrom: filledFrom, bucket: name)
            guard let step = waiting.isEmpty ? lister.next(now: now) : nil else {
                if waiting.isEmpty {
                    await wait(until: lister.nextDue, now)
                } else if await !count(&waiting) {
                    await wait(until: nil, now)
                } else {
                    await keep(lister.progress)
                }
                continue
            }
            do throws(S3Error) {
                waiting += try await answer(step, &lister)
            } catch {
                if case .cancelled = error { return }
                logger.error("Could not list a bucket", metadata: ["bucket": "\(name)", "error": "\(error.message)"])
                lister.fail(step, now: time.now())
            }
            if waiting.isEmpty { await keep(lister.progress) }
        }
    }

    /// The objects that a step found and the ledger lacks.
    private func answer(_ step: S3Lister.Step, _ lister: inout S3Lister) async throws(S3Error) -> [S3Object] {
        switch step.request {
        case .folders(let prefix):
            let folders = try await bucket.commonPrefixes(prefix: prefix)
            lister.finish(step, folders: folders, now: time.now())
            return []
        case .objects(let prefix, let startAfter):
            let page = try await bucket.list(prefix: prefix, startAfter: startAfter)
            let objects = lister.finish(step, page: page, now: time.now())
            // Digests list files and hold no events.
            guard step.lane?.kind != .digest else { return [] }
            return await engine.missing(objects)
        }
    }

    /// Downloads and counts what waits, a batch at a time.
    ///
    /// - Returns: False when something could not be had; it waits on.
    private func count(_ waiting: inout [S3Object]) async -> Bool {
        while !waiting.isEmpty {
            let batch = waiting.prefix(Self.batchObjectsMax).map(\.key)
            do {
                try await downloads.with(batch) { files, missing in
                    for object in missing {
                        logger.error(
                            "Passed over an object",
                            metadata: ["bucket": "\(name)", "error": "\(object.reason.message)"])
                    }
                    try await engine.refuse(missing, ofBucket: name)
                    try await engine.take(files, ofBucket: name)
                }
            } catch {
                logger.error("Could not read an object", metadata: ["bucket": "\(name)", "error": "\(words(error))"])
                return false
            }
            waiting.removeFirst(batch.count)
            if Task.isCancelled { return false }
        }
        return true
    }

    private func keep(_ progress: S3Progress) async {
        do {
            try await engine.keep(progress, ofBucket: name)
        } catch {
            logger.error(
                "Could not keep how far a bucket is read", metadata: ["bucket": "\(name)", "error": "\(error)"])
        }
    }

    private func wait(until due: Timestamp?, _ now: Timestamp) async {
        let seconds = due.map { min(max(1, $0.seconds - now.seconds), Self.waitSecondsMax) } ?? Self.waitSecondsMax
        try? await time.sleep(for: .seconds(seconds))
    }

    private func words(_ error: any Error) -> String { (error as? S3Error)?.message ?? "\(error)" }
}
