/// The message alone, for receivers that read JSON and know nothing of SNS.
enum JSONForm {
    static func request(_ notice: Notice) -> (headers: [HTTPHeader], body: String) {
        (serviceHeaders(notice), notice.document)
    }
}

/// The headers of forms that are not SNS's.
func serviceHeaders(_ notice: Notice) -> [HTTPHeader] {
    [
        HTTPHeader("Content-Type", "application/json"), HTTPHeader("User-Agent", "Trailwatch"),
        HTTPHeader("Idempotency-Key", notice.key.hex),
    ]
}
