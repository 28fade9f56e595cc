/// Why a request of metric math is refused: the entry, the place in its expression, what stands there and what may.
package struct MetricMathError: Error, Equatable, Sendable {
    /// The closed set of reasons.
    package enum Reason: Equatable, Sendable {
        /// `got` stands where `want` should.
        case unexpected(got: String, want: String)
        /// CloudWatch has no function of this name.
        case unknownFunction(String)
        /// No entry of the request has this id.
        case unknownId(String)
        /// CloudWatch knows the feature, this product does not.
        case unsupported(feature: String, want: String)
        /// An operand or argument of a type that its place does not take.
        case wrongType(place: String, got: MathType, want: String)
        /// The expression gives a number; CloudWatch wants a time series.
        case scalarResult
        /// The ids of entries that need each other, the first repeated at the end.
        case cycle([String])
        case badId
        case duplicateId
        /// More characters than ``MetricMath/charactersMax``.
        case tooLong(characters: Int)
        /// Parentheses, calls and signs nested deeper than ``MetricMath/nestingMax``.
        case tooDeep
        /// More numbers, ids and `METRICS` than ``MetricMath/operandsMax``.
        case tooManyOperands
        /// More entries than ``MetricMath/queriesMax``.
        case tooManyQueries(Int)
        /// An array of more time series than ``MetricMath/seriesMax``.
        case tooManySeries(Int)
        /// More slots to compute, over all parts of all expressions, than ``MetricMath/datapointsMax``.
        case tooManyDatapoints(Int)
        /// An alarm watches exactly one time series; these ids return data.
        case notOneWatched([String])
        /// An alarm watches one time series, this entry gives several.
        case watchesArray
    }

    /// The id of the entry.
    package let id: String
    /// The place in the entry's expression, counted from 1; columns are Unicode scalars.
    package let line: Int
    package let column: Int
    package let reason: Reason

    package init(id: String, line: Int = 1, column: Int = 1, reason: Reason) {
        self.id = id
        self.line = line
        self.column = column
        self.reason = reason
    }

    /// The place of a byte of `text`.
    init(id: String, text: String, offset: Int, reason: Reason) {
        let before = Array(text.utf8).prefix(offset)
        let lineStart = before.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
        self.init(
            id: id, line: before.count { $0 == UInt8(ascii: "\n") } + 1,
            // Continuation bytes (10xxxxxx) are not scalars of their own.
            column: before[lineStart...].count { $0 & 0xC0 != 0x80 } + 1, reason: reason)
    }
}

extension MetricMathError {
    /// A label for metrics, from a fixed set.
    package var code: StaticString {
        switch reason {
        case .unexpected: "unexpected"
        case .unknownFunction: "unknown_function"
        case .unknownId: "unknown_id"
        case .unsupported: "unsupported"
        case .wrongType, .scalarResult, .watchesArray: "wrong_type"
        case .cycle: "cycle"
        case .badId, .duplicateId, .notOneWatched: "bad_entries"
        case .tooLong, .tooDeep, .tooManyOperands, .tooManyQueries, .tooManySeries, .tooManyDatapoints: "limit"
        }
    }

    /// What is wrong and the way out, without the place.
    package var message: String {
        switch reason {
        case .unexpected(let got, let want): "got \(got); want \(want)"
        case .unknownFunction(let name):
            "got function '\(name)', which metric math does not have; want one of "
                + "\(MathFunction.allNames.joined(separator: " "))"
        case .unknownId(let unknown): "got id '\(unknown)', which no entry has; want the Id of another entry"
        case .unsupported(let feature, let want): "got \(feature), which is not supported; want \(want)"
        case .wrongType(let place, let got, let want): "got \(got.words) as \(place); want \(want)"
        case .scalarResult: "got an expression whose result is a number; want a time series, such as TIME_SERIES(…)"
        case .cycle(let ids):
            "got entries that need each other, \(ids.joined(separator: " → ")); want one of them without the others"
        case .badId: "got an Id of another form; want a lower-case letter, then letters, digits and _, at most 255"
        case .duplicateId: "got two entries with one Id; want an Id of its own for each"
        case .tooLong(let characters):
            "got \(characters) characters; want at most \(MetricMath.charactersMax), the rest in an entry of its own"
        case .tooDeep:
            "got another level of nesting; want at most \(MetricMath.nestingMax), the inner part in an entry of its own"
        case .tooManyOperands:
            "got another operand; want at most \(MetricMath.operandsMax), the rest in an entry of its own"
        case .tooManyQueries(let count): "got \(count) entries; want at most \(MetricMath.queriesMax)"
        case .tooManySeries(let count):
            "got an array of \(count) time series; want at most \(MetricMath.seriesMax), METRICS(\"…\") names fewer"
        case .tooManyDatapoints(let count):
            "got \(count) datapoints to compute; want at most \(MetricMath.datapointsMax), by a longer Period or a "
                + "shorter time range"
        case .notOneWatched(let ids):
            "got \(ids.isEmpty ? "no entry" : "entries \(ids.joined(separator: ", "))") with ReturnData true; want "
                + "exactly one"
        case .watchesArray: "got an array of time series to watch; want one, such as SUM(…), MAX(…) or FIRST(…)"
        }
    }
}

extension MetricMathError: CustomStringConvertible {
    package var description: String { "cannot read entry '\(id)': \(message) (line \(line), column \(column))" }
}
