import TrailModel

/// The message alone, for receivers that read JSON and know nothing of SNS; a text that is none becomes a string.
enum JSONForm {
    static func body(_ notice: Notice) -> String {
        switch notice.documentKind {
        case .object, .value: notice.document
        case .text: JSONValue.string(notice.document).text
        }
    }
}
