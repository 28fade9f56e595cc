import TrailModel

/// A ``Call`` as bytes with holes, made once; a record is the pieces copied and the holes filled, with no JSON work.
struct Template: Sendable {
    private enum Hole: String, CaseIterable {
        case identity, time, address, agent, requestID, eventID, account, region, bucket, object, key, function
        case instance, secret, parameter, table, user, uuid, hex, number
    }

    private enum Piece {
        case bytes([UInt8])
        case hole(Hole)
    }

    /// What fills the holes of one record.
    struct Filling {
        let account: Estate.Account
        let region: [UInt8]
        let principal: Principal
        let time: Timestamp
    }

    private let pieces: [Piece]

    init(_ call: Call, failure: Call.Failure? = nil) {
        var pieces: [Piece] = []
        var plain: [UInt8] = []
        var rest = Self.text(call, failure)[...]
        while let open = rest.firstIndex(of: "<") {
            plain.append(contentsOf: rest[..<open].utf8)
            let after = rest.index(after: open)
            let close = rest[after...].firstIndex(of: ">")
            if let close, let hole = Hole(rawValue: String(rest[after..<close])) {
                pieces.append(.bytes(plain))
                pieces.append(.hole(hole))
                plain = []
                rest = rest[rest.index(after: close)...]
            } else {
                plain.append(UInt8(ascii: "<"))
                rest = rest[after...]
            }
        }
        plain.append(contentsOf: rest.utf8)
        pieces.append(.bytes(plain))
        self.pieces = pieces
    }

    func append(_ filling: Filling, to bytes: inout [UInt8], using random: inout SplitMix64) {
        let resources = filling.account.resources
        // One place for the whole record: its ARN must name the bucket of its parameters.
        let place = random.below(Resources.count)
        for piece in pieces {
            switch piece {
            case .bytes(let plain): bytes.append(contentsOf: plain)
            case .hole(let hole):
                switch hole {
                case .identity:
                    bytes.append(contentsOf: filling.principal.identityHead)
                    guard !filling.principal.identityTail.isEmpty else { continue }
                    bytes.append(time: filling.time.floored(toSeconds: 3600))
                    bytes.append(contentsOf: filling.principal.identityTail)
                case .time: bytes.append(time: filling.time)
                case .address: bytes.append(contentsOf: filling.principal.address)
                case .agent: bytes.append(contentsOf: filling.principal.agent)
                case .requestID, .eventID, .uuid: bytes.appendUUID(using: &random)
                case .account: bytes.append(filling.account.id)
                case .region: bytes.append(contentsOf: filling.region)
                case .bucket: bytes.append(contentsOf: resources.buckets[place])
                case .object: bytes.append(contentsOf: resources.objects[place])
                case .key: bytes.append(contentsOf: resources.keys[place])
                case .function: bytes.append(contentsOf: resources.functions[place])
                case .instance: bytes.append(contentsOf: resources.instances[place])
                case .secret: bytes.append(contentsOf: resources.secrets[place])
                case .parameter: bytes.append(contentsOf: resources.parameters[place])
                case .table: bytes.append(contentsOf: resources.tables[place])
                case .user: bytes.append(filling.principal.name)
                case .hex: bytes.append(hex: random.next(), digits: 16)
                case .number: bytes.append(String(random.below(90_000) + 1000))
                }
            }
        }
    }

    /// The record in the order of CloudTrail's fields (user guide, "CloudTrail record contents").
    private static func text(_ call: Call, _ failure: Call.Failure?) -> String {
        let isData = call.category == .data
        let host =
            call.category == .signIn ? "<region>.signin.aws.amazon.com" : "\(call.service).<region>.amazonaws.com"
        var text = #"{"eventVersion":"1.11","userIdentity":<identity>,"eventTime":"<time>","#
        text += #""eventSource":"\#(call.service).amazonaws.com","eventName":"\#(call.name)","#
        text += #""awsRegion":"<region>","sourceIPAddress":"<address>","userAgent":"<agent>","#
        if let failure {
            if let code = failure.code { text += #""errorCode":\#(JSONValue.string(code).text),"# }
            text += #""errorMessage":\#(JSONValue.string(failure.message).text),"#
        }
        text += #""requestParameters":\#(call.parameters),"#
        // A sign-in says Failure in its response; other failed calls have none.
        let response =
            failure == nil ? call.response : call.category == .signIn ? #"{"ConsoleLogin":"Failure"}"# : "null"
        text += #""responseElements":\#(response),"#
        if let additional = call.additional { text += #""additionalEventData":\#(additional),"# }
        if call.category != .signIn { text += #""requestID":"<requestID>","# }
        text += #""eventID":"<eventID>","readOnly":\#(call.readOnly),"#
        if let resources = call.resources { text += #""resources":\#(resources),"# }
        text += #""eventType":"\#(call.category == .signIn ? "AwsConsoleSignIn" : "AwsApiCall")","#
        text += #""managementEvent":\#(!isData),"recipientAccountId":"<account>","#
        text += #""eventCategory":"\#(isData ? "Data" : "Management")""#
        if call.caller != .services {
            text += #","tlsDetails":{"tlsVersion":"TLSv1.3","cipherSuite":"TLS_AES_128_GCM_SHA256","#
            text += #""clientProvidedHostHeader":"\#(host)"}"#
        }
        return text + "}"
    }
}
