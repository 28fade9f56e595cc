import Foundation
import Hummingbird
import NIOCore
import TrailExposition
import TrailModel
import TrailNotify
import TrailStore
import TrailTemplates

/// What the server answers.
struct Routes: Sendable {
    let store: Store
    let engine: Engine
    let identity: SigningIdentity
    let time: any TimeSource

    func router() -> Router<BasicRequestContext> {
        let router = Router()
        router.get("/-/healthy") { _, _ in text(.ok, "Trailwatch is healthy.\n") }
        router.get("/-/ready") { _, _ in
            // The listener is bound after the alarm files are loaded; a backfill keeps nobody waiting.
            text(.ok, "Trailwatch is ready.\n")
        }
        router.post("/-/reload") { _, _ in try await reload() }
        router.get("/metrics") { _, _ in
            let page = MetricsPage(store: store, snapshot: engine.snapshot, process: .current())
            return response(.ok, TextFormat.contentType, ByteBuffer(bytes: try page.render()))
        }
        router.get("/") { _, _ in
            let page = ConsolePage(store: store, snapshot: engine.snapshot, now: time.now())
            return response(.ok, "text/html; charset=utf-8", ByteBuffer(string: try page.render()))
        }
        router.get("\(identity.certificateName)") { _, _ in
            response(.ok, "application/x-pem-file", ByteBuffer(string: identity.certificatePEM))
        }
        return router
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

private func response(_ status: HTTPResponse.Status, _ contentType: String, _ body: ByteBuffer) -> Response {
    var response = Response(status: status, body: ResponseBody(byteBuffer: body))
    response.headers[.contentType] = contentType
    response.headers[.cacheControl] = "no-store"
    response.headers[.xContentTypeOptions] = "nosniff"
    response.headers[.contentSecurityPolicy] = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"
    return response
}
