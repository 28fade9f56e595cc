import Foundation
package import TrailAlarms
import TrailModel

/// A request to an API destination, as EventBridge makes it (EventBridge user guide, API destinations).
package struct DestinationRequest {
    /// What a rule's target gives besides; the values are final.
    package struct Parameters: Equatable, Sendable {
        package var headers: [(name: String, value: String)]
        package var query: [(name: String, value: String)]
        /// For each `*` in the path of the address, in their order.
        package var pathValues: [String]

        package init(
            headers: [(name: String, value: String)] = [], query: [(name: String, value: String)] = [],
            pathValues: [String] = []
        ) {
            self.headers = headers
            self.query = query
            self.pathValues = pathValues
        }

        package static func == (left: Parameters, right: Parameters) -> Bool {
            left.headers.elementsEqual(right.headers, by: ==) && left.query.elementsEqual(right.query, by: ==)
                && left.pathValues == right.pathValues
        }
    }

    package let url: String
    package let headers: [HTTPHeader]
    package let body: String

    /// Headers that EventBridge keeps to itself, in lower case.
    private static let ownHeaders: Set<String> = [
        "accept-encoding", "connection", "content-encoding", "content-length", "expect", "host", "idempotency-key",
        "max-forwards", "range", "te", "trailer", "transfer-encoding", "upgrade", "user-agent",
    ]

    /// The request of one event; `nil` when the connection asks for what this build cannot do (OAuth), or body
    /// parameters stand beside an input that is no JSON object.
    ///
    /// What the connection says wins over what the target says.
    ///
    /// - Parameters:
    ///   - input: What the target gets of the event.
    ///   - isObject: Whether that is a JSON object.
    ///   - destination: Where it goes.
    ///   - connection: How it is authorised.
    ///   - parameters: The target's.
    ///   - key: Sent as `Idempotency-Key`.
    package init?(
        _ input: String, isObject: Bool, to destination: ApiDestination, by connection: Connection,
        _ parameters: Parameters, key: MessageKey
    ) {
        var headers: [(name: String, value: String)] = [
            ("User-Agent", "Amazon/EventBridge/ApiDestinations"), ("Range", "bytes=0-1048575"),
            ("Accept-Encoding", "gzip,deflate"), ("Idempotency-Key", key.hex),
            ("Content-Type", "application/json; charset=utf-8"),
        ]
        func set(_ name: String, _ value: String) {
            headers.removeAll { $0.name.lowercased() == name.lowercased() }
            headers.append((name, printable(value)))
        }
        let own = connection.parameters
        for (name, value) in parameters.headers + own.headers.map({ ($0.key, $0.value.revealed) })
        where !Self.ownHeaders.contains(name.lowercased()) && Self.isToken(name) { set(name, value) }
        switch connection.authorization {
        case .basic(let username, let password):
            let pair = Data("\(username.revealed):\(password.revealed)".utf8)
            set("Authorization", "Basic \(pair.base64EncodedString())")
        case .apiKey(let name, let value):
            guard Self.isToken(name) else { return nil }
            set(name, value.revealed)
        case .clientCredentials: return nil
        }
        self.headers = headers.map { HTTPHeader($0.name, $0.value) }

        let ownQuery = own.query.map { (name: $0.key, value: $0.value.revealed) }
        let query = parameters.query.filter { entry in !ownQuery.contains { $0.name == entry.name } } + ownQuery
        url = Self.address(destination.endpoint.revealed, pathValues: parameters.pathValues, query: query)

        if ["GET", "HEAD", "OPTIONS"].contains(destination.method) {
            body = ""
        } else if own.body.isEmpty {
            body = input
        } else {
            guard isObject, let end = input.lastIndex(of: "}"), let start = input.firstIndex(of: "{") else {
                return nil
            }
            let members = own.body.map {
                "\(JSONValue.string($0.key).text):\(JSONValue.string($0.value.revealed).text)"
            }
            let isEmpty = input[input.index(after: start)..<end].allSatisfy(\.isWhitespace)
            // The last of equal names wins where receivers read one.
            body = input[..<end] + (isEmpty ? "" : ",") + members.joined(separator: ",") + "}"
        }
    }

    /// The address with its wildcards filled and its query grown.
    private static func address(
        _ endpoint: String, pathValues: [String], query: [(name: String, value: String)]
    ) -> String {
        let parts = endpoint.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        var values = pathValues[...]
        var url = ""
        for character in parts[0] {
            if character == "*", let value = values.popFirst() {
                url += percentEncoded(value)
            } else {
                url.append(character)
            }
        }
        var items = parts.count > 1 ? [String(parts[1])] : []
        items += query.map { "\(percentEncoded($0.name))=\(percentEncoded($0.value))" }
        return items.isEmpty ? url : "\(url)?\(items.joined(separator: "&"))"
    }

    /// A header's name may be of these characters alone (RFC 9110, 5.6.2).
    private static func isToken(_ name: String) -> Bool {
        !name.isEmpty
            && name.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "a")...UInt8(ascii: "z"):
                    true
                default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
                }
            }
    }
}

/// All but what is plain in every part of an address is encoded, so that no value makes a path or a query of its own.
private func percentEncoded(_ text: String) -> String {
    let plain = Set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~".utf8)
    return text.utf8.reduce(into: "") { result, byte in
        if plain.contains(byte) {
            result.unicodeScalars.append(Unicode.Scalar(byte))
        } else {
            result += "%" + hexText([byte]).uppercased()
        }
    }
}

/// A header's value without characters that would end it: values may come from events.
private func printable(_ text: String) -> String {
    String(String.UnicodeScalarView(text.unicodeScalars.filter { $0.value >= 0x20 && $0.value != 0x7F }))
}
