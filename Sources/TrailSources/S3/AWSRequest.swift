/// An HTTP request as AWS wants it: path and query are kept encoded, exactly as they are signed and sent.
package struct AWSRequest: Sendable {
    package let method: String
    package let endpoint: AWSEndpoint
    package let encodedPath: String
    /// Without the question mark; empty when there is none.
    package let encodedQuery: String
    package var headers: [(name: String, value: String)]
    package let body: [UInt8]
    /// An answer with a longer body is refused.
    package let responseBytesMax: Int
    /// From the first byte sent to the last one received.
    package let timeout: Duration

    /// A request for `path` and `query` in plain text, which are encoded here.
    ///
    /// `path` starts with `/` and comes after the endpoint's own path.
    package init(
        method: String, endpoint: AWSEndpoint, path: String, query: [(name: String, value: String)] = [],
        headers: [(name: String, value: String)] = [], body: [UInt8] = [], responseBytesMax: Int, timeout: Duration
    ) {
        self.method = method
        self.endpoint = endpoint
        let whole = endpoint.path + percentEncoded(path, keeping: UInt8(ascii: "/"))
        encodedPath = whole.isEmpty ? "/" : whole
        encodedQuery = query.map { (percentEncoded($0.name), percentEncoded($0.value)) }
            .sorted { $0 < $1 }.map { "\($0)=\($1)" }.joined(separator: "&")
        self.headers = headers
        self.body = body
        self.responseBytesMax = responseBytesMax
        self.timeout = timeout
    }

    /// A request for the address `endpoint` as it was given, path and query included.
    package init(
        get endpoint: AWSEndpoint, headers: [(name: String, value: String)], responseBytesMax: Int, timeout: Duration
    ) {
        method = "GET"
        self.endpoint = endpoint
        encodedPath = endpoint.path.isEmpty ? "/" : endpoint.path
        encodedQuery = endpoint.query
        self.headers = headers
        body = []
        self.responseBytesMax = responseBytesMax
        self.timeout = timeout
    }

    package var url: String {
        "\(endpoint.scheme)://\(endpoint.authority)\(encodedPath)" + (encodedQuery.isEmpty ? "" : "?\(encodedQuery)")
    }
}

/// Where a service answers: scheme, host and port, and a path before the service's own.
package struct AWSEndpoint: Hashable, Sendable {
    package let scheme: String
    /// Host and port as they stand in the `Host` header.
    package let authority: String
    /// Percent-encoded, without a slash at its end.
    package let path: String
    /// Percent-encoded, without the question mark.
    package let query: String

    /// Reads an `http` or `https` address; `nil` for any other, one with a user in it, or one with a fragment.
    package init?(_ text: String) {
        guard let colon = text.firstRange(of: "://") else { return nil }
        scheme = text[..<colon.lowerBound].lowercased()
        guard scheme == "http" || scheme == "https" else { return nil }
        let rest = text[colon.upperBound...]
        guard rest.utf8.allSatisfy({ (0x21...0x7E).contains($0) && $0 != UInt8(ascii: "#") }) else { return nil }
        let end = rest.firstIndex { $0 == "/" || $0 == "?" } ?? rest.endIndex
        authority = rest[..<end].lowercased()
        let parts = rest[end...].split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        var path = parts.first.map(String.init) ?? ""
        while path.hasSuffix("/") { path.removeLast() }
        self.path = path
        query = parts.count == 2 ? String(parts[1]) : ""
        guard !host.isEmpty, !authority.contains("@") else { return nil }
    }

    /// An AWS service's own address; `host` is made of checked parts.
    init(host: String) {
        scheme = "https"
        authority = host
        path = ""
        query = ""
    }

    /// The host without its port and brackets.
    package var host: String {
        if authority.hasPrefix("[") { return String(authority.dropFirst().prefix { $0 != "]" }) }
        return String(authority.prefix { $0 != ":" })
    }
}

/// An answer with its body in memory.
package struct AWSResponse: Sendable {
    package let status: Int
    package let headers: [(name: String, value: String)]
    package let body: [UInt8]

    package init(status: Int, headers: [(name: String, value: String)] = [], body: [UInt8] = []) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    /// The first value of a header, whatever the case of its name.
    package func header(_ name: String) -> String? {
        let wanted = name.lowercased()
        return headers.first { $0.name.lowercased() == wanted }?.value
    }
}

/// `text` with every byte but RFC 3986's unreserved ones, and `kept`, as `%XX` (SigV4's UriEncode).
func percentEncoded(_ text: String, keeping kept: UInt8? = nil) -> String {
    let digits = Array("0123456789ABCDEF".utf8)
    var bytes: [UInt8] = []
    bytes.reserveCapacity(text.utf8.count)
    for byte in text.utf8 {
        if isUnreserved(byte) || byte == kept {
            bytes.append(byte)
        } else {
            bytes += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
        }
    }
    return String(decoding: bytes, as: UTF8.self)
}

/// The text of a form-encoded value: `%XX` and `+` for a space; what is no escape stays as it is.
///
/// - Returns: `nil` when the bytes are not UTF-8: such a key cannot be asked for as text.
package func formDecoded(_ text: String) -> String? {
    let source = Array(text.utf8)
    var bytes: [UInt8] = []
    bytes.reserveCapacity(source.count)
    var index = 0
    while index < source.count {
        if source[index] == UInt8(ascii: "%"), index + 2 < source.count, let high = hexDigit(source[index + 1]),
            let low = hexDigit(source[index + 2])
        {
            bytes.append(high << 4 | low)
            index += 3
        } else {
            bytes.append(source[index] == UInt8(ascii: "+") ? UInt8(ascii: " ") : source[index])
            index += 1
        }
    }
    return String(validating: bytes, as: UTF8.self)
}

func isUnreserved(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
    case UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "~"): true
    default: false
    }
}

private func hexDigit(_ byte: UInt8) -> UInt8? {
    switch byte {
    case 0x30...0x39: byte - 0x30
    case 0x41...0x46: byte - 0x41 + 10
    case 0x61...0x66: byte - 0x61 + 10
    default: nil
    }
}
