/// Why a text is not a Metrics Insights query: the place, what stands there and what may.
package struct InsightsQueryError: Error, Equatable, Sendable {
    /// The closed set of reasons.
    package enum Reason: Equatable, Sendable {
        /// `got` stands where `want` should.
        case unexpected(got: String, want: String)
        /// `SELECT` and `ORDER BY` take AVG, COUNT, MAX, MIN and SUM.
        case unknownFunction(String, isOrder: Bool)
        /// A value stands without single quotes.
        case unquotedValue(String)
        /// CloudWatch knows the feature, this product does not.
        case unsupported(feature: String, want: String)
        case limitIsZero
        /// More characters than ``InsightsQuery/charactersMax``.
        case tooLong(characters: Int)
    }

    /// The place, counted from 1; columns are Unicode scalars.
    package let line: Int
    package let column: Int
    package let reason: Reason
    /// The text from there to its end.
    let rest: String

    init(text: String, offset: Int, reason: Reason) {
        let bytes = Array(text.utf8)
        let before = bytes.prefix(offset)
        let lineStart = before.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
        line = before.count { $0 == UInt8(ascii: "\n") } + 1
        // Continuation bytes (10xxxxxx) are not scalars of their own.
        column = before[lineStart...].count { $0 & 0xC0 != 0x80 } + 1
        self.reason = reason
        rest = String(decoding: bytes.dropFirst(offset), as: UTF8.self)
    }
}

extension InsightsQueryError {
    /// A label for metrics, from a fixed set.
    package var code: StaticString {
        switch reason {
        case .unexpected, .unquotedValue, .limitIsZero: "unexpected"
        case .unknownFunction: "unknown_function"
        case .unsupported: "unsupported"
        case .tooLong: "limit"
        }
    }

    /// What is wrong and the way out, without the place.
    package var message: String {
        let functions = InsightsQuery.Function.allCases.map(\.rawValue).joined(separator: ", ")
        return switch reason {
        case .unexpected(let got, let want): "got \(got); want \(want)"
        case .unknownFunction(let name, _): "got function '\(name)'; want one of \(functions)"
        case .unquotedValue(let value): "got the value \(value); want it in single quotes, such as 'value'"
        case .unsupported(let feature, let want): "got \(feature), which is not supported; want \(want)"
        case .limitIsZero: "got LIMIT 0; want at least 1"
        case .tooLong(let characters): "got \(characters) characters; want at most \(InsightsQuery.charactersMax)"
        }
    }

    /// The words of CloudWatch for it, as captured in its answers to bad queries.
    package var cloudWatchText: String {
        switch reason {
        case .unexpected:
            // Of a long rest it shows 32 characters, three of them dots.
            "Invalid syntax near '\(rest.count > 32 ? rest.prefix(29) + "..." : rest)'"
        case .unknownFunction(let name, let isOrder):
            "Invalid syntax. '\(name)' is not a valid \(isOrder ? "ORDER BY" : "aggregate") function"
        case .unquotedValue:
            "Invalid syntax. Comparing identifiers is not supported. Values must be surrounded by single quotes"
        case .limitIsZero: "Invalid syntax. LIMIT must be greater than 0"
        case .unsupported, .tooLong: message
        }
    }
}

extension InsightsQueryError: CustomStringConvertible {
    package var description: String { "cannot read the query: \(message) (line \(line), column \(column))" }
}
