import Foundation
import Hummingbird
import Logging
import NIOCore
import Synchronization
import TrailCounts
import TrailExposition
import TrailModel
import TrailNotify
import TrailSources
import TrailStore
import TrailTemplates

/// What the server answers.
struct Routes: Sendable {
    let store: Store
    let engine: Engine
    let buckets: BucketCollectors
    let identity: SigningIdentity
    let time: any TimeSource
    let accountID: String
    let outward: OutwardCounts
    let logger: Logger
    let intake = Turnstile(max: waitingMax)

    func router() -> Router<BasicRequestContext> {
        let router = Router()
        router.get("/-/healthy") { _, _ in text(.ok, "Trailwatch is healthy.\n") }
        router.get("/-/ready") { _, _ in
            // The listener is bound after the alarm files are loaded; a backfill keeps nobody waiting.
            text(.ok, "Trailwatch is ready.\n")
        }
        router.post("/events") { request, _ in try await events(request) }
        router.post("/-/reload") { _, _ in try await reload() }
        router.get("/metrics") { _, _ in
            let page = MetricsPage(
                store: store, snapshot: engine.snapshot, process: .current(), outward: outward.now)
            return response(.ok, TextFormat.contentType, ByteBuffer(bytes: try page.render()))
        }
        router.get("/") { request, _ in
            if let answer = try await subscriptionAnswer(to: request) { return answer }
            let page = ConsolePage(store: store, snapshot: engine.snapshot, now: time.now())
            return response(.ok, "text/html; charset=utf-8", ByteBuffer(string: try page.render()))
        }
        router.get("\(identity.certificateName)") { _, _ in
            response(.ok, "application/x-pem-file", ByteBuffer(string: identity.certificatePEM))
        }
        return router
    }

    /// The largest body of `POST /events`, and the largest it may unpack to, in bytes.
    static let bodyBytesMax = 32 << 20
    static let unpackedBytesMax = 60 << 20
    /// Requests that may wait for the store at a time; others are asked to come again.
    static let waitingMax = 8

    private func events(_ request: Request) async throws -> Response {
        guard let place = intake.enter() else {
            return refusal(.tooManyRequests, "other events are being counted", retryAfterSeconds: 1)
        }
        defer { place.leave() }
        var body: [UInt8]
        do {
            body = Array(buffer: try await request.body.collect(upTo: Self.bodyBytesMax))
        } catch is NIOTooManyBytesError {
            return refusal(.contentTooLarge, "the body has more than \(Self.bodyBytesMax) bytes: send it in parts")
        }
        do {
            if body.starts(with: [0x1F, 0x8B]) {
                var unpacked: [UInt8] = []
                try Inflater(limit: Self.unpackedBytesMax).inflate(body, into: &unpacked)
                body = unpacked
            }
            return try await answer(to: try PostedBody(body, accountID: accountID))
        } catch let error as InflateError {
            if case .tooLarge = error { return refusal(.contentTooLarge, error.message) }
            return refusal(.badRequest, error.message)
        } catch let error as PostedEventsError where error.isTooMany {
            return refusal(.contentTooLarge, "\(error)")
        } catch PostedEventsError.refused(let reason) {
            return refusal(.unprocessableContent, reason)
        } catch let error as PostedEventsError {
            if case .longNotice = error { return refusal(.contentTooLarge, error.description) }
            return refusal(.badRequest, error.description)
        } catch let error as NoticeError where error.isRefusal {
            return refusal(.badRequest, error.description)
        } catch let error as S3Error {
            return refusal(.serviceUnavailable, error.message, retryAfterSeconds: 5)
        } catch {
            return refusal(.serviceUnavailable, "\(error)", retryAfterSeconds: 5)
        }
    }

    private func answer(to body: PostedBody) async throws -> Response {
        switch body {
        case .events(let events): return json(.ok, .members(Self.members(try await engine.take(events))))
        case .objects(let objects):
            let count = try await buckets.take(objects)
            let members =
                Self.members(count.records) + [
                    ("objects", .integer(Int64(count.files))), ("known", .integer(Int64(count.known))),
                ]
            guard count.faults.isEmpty else {
                return json(
                    .unprocessableContent, .members(members + [("faults", .array(count.faults.map { .string($0) }))]))
            }
            return json(.ok, .members(members))
        case .confirmation(let confirmation):
            // Nothing is called that a stranger's message names; the operator alone knows the topic.
            logger.warning(
                "An SNS topic asks whether it may send here; if it is yours, confirm it by this command",
                metadata: ["topic.arn": "\(confirmation.topicARN)", "command": "\(confirmation.command)"])
            return json(.ok, .members([("confirm", .string(confirmation.command))]))
        case .farewell(let topicARN):
            logger.notice("An SNS topic sends here no longer", metadata: ["topic.arn": "\(topicARN)"])
            return json(.ok, .members([]))
        }
    }

    private static func members(_ count: FileCount) -> [(String, JSONValue?)] {
        [
            ("records", .integer(Int64(count.records))), ("counted", .integer(Int64(count.counted))),
            ("duplicate", .integer(Int64(count.duplicate))), ("malformed", .integer(Int64(count.malformed))),
        ]
    }

    private func refusal(
        _ status: HTTPResponse.Status, _ reason: String, retryAfterSeconds: Int? = nil
    ) -> Response {
        var response = json(status, .members([("error", .string(reason))]))
        if let retryAfterSeconds { response.headers[.retryAfter] = "\(retryAfterSeconds)" }
        return response
    }

    private func reload() async throws -> Response {
        switch try await engine.reload() {
        case .loaded(let changes, let warnings):
            func names(_ list: [String]) -> JSONValue { .array(list.map { .string($0) }) }
            return json(
                .ok,
                .members([
                    ("added", names(changes.added)), ("changed", names(changes.changed)),
                    ("removed", names(changes.removed)), ("warnings", names(warnings.map(\.description))),
                ]))
        case .refused(let faults):
            return json(.unprocessableContent, .members([("faults", .array(faults.map { .string($0) }))]))
        }
    }
}

private func text(_ status: HTTPResponse.Status, _ text: String) -> Response {
    response(status, "text/plain; charset=utf-8", ByteBuffer(string: text))
}

private func json(_ status: HTTPResponse.Status, _ value: JSONValue) -> Response {
    response(status, "application/json", ByteBuffer(string: value.text + "\n"))
}

func response(_ status: HTTPResponse.Status, _ contentType: String, _ body: ByteBuffer) -> Response {
    var response = Response(status: status, body: ResponseBody(byteBuffer: body))
    response.headers[.contentType] = contentType
    response.headers[.cacheControl] = "no-store"
    response.headers[.xContentTypeOptions] = "nosniff"
    response.headers[.contentSecurityPolicy] = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"
    return response
}

/// Lets so many in at a time.
final class Turnstile: Sendable {
    private let inside = Mutex(0)
    private let max: Int

    init(max: Int) {
        self.max = max
    }

    /// A place inside, to be left; `nil` when all are taken.
    func enter() -> Place? {
        let isFree = inside.withLock { inside in
            guard inside < max else { return false }
            inside += 1
            return true
        }
        return isFree ? Place(turnstile: self) : nil
    }

    struct Place {
        fileprivate let turnstile: Turnstile

        func leave() { turnstile.inside.withLock { $0 -= 1 } }
    }
}
