package import TrailEvents
import TrailModel

/// The event that EventBridge makes of a CloudTrail record, as JSON text: the envelope with the record as `detail`.
///
/// - Parameter record: A record of a scanner over any table.
/// - Returns: The text, with the members in EventBridge's order; `nil` for a record that is no event of its own.
package func cloudTrailEvent(_ record: borrowing RecordView) -> String? {
    guard let detailType = EnvelopeField.detailType(record) else { return nil }
    func text(_ member: EnvelopeField) -> JSONValue {
        member.withText(in: record) { .string($0.map { String(decoding: $0, as: UTF8.self) } ?? "") }
    }
    // A record may stand over several lines; its texts hold no line break.
    let detail = String(decoding: record.recordBytes.lazy.map { $0 == 0x0A || $0 == 0x0D ? 0x20 : $0 }, as: UTF8.self)
    return JSONValue.members([
        ("version", text(.version)), ("id", text(.id)), ("detail-type", .string("\(detailType)")),
        ("source", text(.source)), ("account", text(.account)), ("time", text(.time)), ("region", text(.region)),
        ("resources", .array([])), ("detail", .raw(detail)),
    ]).text
}
