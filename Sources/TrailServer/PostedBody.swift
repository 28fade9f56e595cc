import Foundation
import TrailSources

/// An object that a notice names.
struct NoticedObject: Hashable, Sendable {
    let bucket: String
    /// The whole key, decoded.
    let key: String

    var url: String { "s3://\(bucket)/\(key)" }
}

/// What a body of `POST /events` says: events, or which objects hold them.
///
/// Notices are those of CloudTrail (`s3Bucket`, `s3ObjectKey`), of S3 (`Records` with `s3`) and of S3 by EventBridge
/// (`Object Created`), each also as the message of an SNS topic. Objects that went away, and what is sent to test a
/// notification, name no object.
enum PostedBody: Sendable {
    case events(PostedEvents)
    case objects([NoticedObject])
    /// SNS asks whether a topic may send here.
    case confirmation(SNSConfirmation)
    /// SNS says that a topic will not send here any more.
    case farewell(topicARN: String)

    /// No service sends a longer notice: SNS stops at 256 KiB, EventBridge at 1 MiB.
    static let noticeBytesMax = 1 << 20
    /// S3 to EventBridge to SNS to SNS is the deepest that makes sense.
    private static let envelopesMax = 3

    /// Reads a body; records that name no account are filed under `accountID`.
    init(_ body: [UInt8], accountID: String) throws(PostedEventsError) {
        try self.init(body, accountID: accountID, envelopes: 0)
    }

    private init(_ body: [UInt8], accountID: String, envelopes: Int) throws(PostedEventsError) {
        do throws(PostedEventsError) {
            self = .events(try PostedEvents(body, accountID: accountID))
            return
        } catch {
            guard error == .notice else { throw error }
        }
        guard body.count <= Self.noticeBytesMax else { throw .longNotice(bytesMax: Self.noticeBytesMax) }
        let notice: Notice
        do {
            notice = try JSONDecoder().decode(Notice.self, from: Data(body))
        } catch {
            throw .notice
        }
        if let message = notice.message, let kind = notice.type {
            switch kind {
            case "Notification":
                guard envelopes < Self.envelopesMax else { throw .notice }
                // CloudTrail tries a topic with a sentence in English.
                guard let first = message.utf8.first(where: { !$0.isJSONSpace }), "{[".utf8.contains(first) else {
                    self = .objects([])
                    return
                }
                try self.init(Array(message.utf8), accountID: accountID, envelopes: envelopes + 1)
            case "SubscriptionConfirmation":
                guard let confirmation = SNSConfirmation(topicARN: notice.topicARN, token: notice.token) else {
                    throw .notice
                }
                self = .confirmation(confirmation)
            case "UnsubscribeConfirmation": self = .farewell(topicARN: notice.topicARN ?? "")
            default: throw .notice
            }
            return
        }
        guard let objects = notice.objects else { throw .notice }
        self = .objects(objects)
    }
}

/// What SNS wants to know before a topic sends: the operator answers it, not we, who would have to call any address.
struct SNSConfirmation: Equatable, Sendable {
    let topicARN: String
    let token: String

    /// `nil` for texts that could do harm in a shell.
    init?(topicARN: String?, token: String?) {
        func isPlain(_ text: String) -> Bool {
            (1...512).contains(text.utf8.count)
                && text.utf8.allSatisfy { byte in
                    (0x30...0x39).contains(byte) || (0x61...0x7A).contains(byte | 0x20) || "-_.:".utf8.contains(byte)
                }
        }
        guard let topicARN, let token, topicARN.hasPrefix("arn:"), isPlain(topicARN), isPlain(token),
            !token.hasPrefix("-")
        else { return nil }
        self.topicARN = topicARN
        self.token = token
    }

    /// Says yes to SNS.
    var command: String { "aws sns confirm-subscription --topic-arn \(topicARN) --token \(token)" }
}

/// The members of all notices together.
private struct Notice: Decodable {
    struct Record: Decodable {
        struct Storage: Decodable {
            struct Bucket: Decodable { let name: String }
            struct Object: Decodable { let key: String }

            let bucket: Bucket
            let object: Object
        }

        let eventName: String
        let s3: Storage
    }

    let type: String?
    let topicARN: String?
    let token: String?
    let message: String?
    let s3Bucket: String?
    let s3ObjectKey: [String]?
    let records: [Record]?
    let event: String?
    let detailType: String?
    let detail: Record.Storage?

    enum CodingKeys: String, CodingKey {
        case type = "Type"
        case topicARN = "TopicArn"
        case token = "Token"
        case message = "Message"
        case s3Bucket
        case s3ObjectKey
        case records = "Records"
        case event = "Event"
        case detailType = "detail-type"
        case detail
    }

    /// The objects that came; `nil` when it is none of the notices known.
    var objects: [NoticedObject]? {
        if let s3Bucket, let s3ObjectKey { return s3ObjectKey.map { NoticedObject(bucket: s3Bucket, key: $0) } }
        if let records {
            // S3 encodes keys as forms do (notification-content-structure), in EventBridge it does not.
            return records.filter { $0.eventName.hasPrefix("ObjectCreated:") }.compactMap { record in
                formDecoded(record.s3.object.key).map { NoticedObject(bucket: record.s3.bucket.name, key: $0) }
            }
        }
        if let detailType, let detail {
            guard detailType == "Object Created" else { return [] }
            return [NoticedObject(bucket: detail.bucket.name, key: detail.object.key)]
        }
        return event == "s3:TestEvent" ? [] : nil
    }
}
