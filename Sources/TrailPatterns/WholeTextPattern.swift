/// A regular expression that a whole text must match, in the dialect of ``PatternRegex`` and in its linear time.
package struct WholeTextPattern: Equatable, Sendable {
    private let regex: PatternRegex

    /// `nil` for an expression that the dialect has no words for, such as one with groups.
    package init?(_ text: String) {
        // A quantifier after a quantifier is lazy or possessive elsewhere; this dialect refuses it.
        var parser = PatternRegexParser(Array(text.utf8)[...])
        guard let alternatives = try? parser.alternatives() else { return nil }
        regex = PatternRegex(
            alternatives.map { alternative in
                var whole = alternative
                whole.isAtStart = true
                whole.isAtEnd = true
                return whole
            })
    }

    /// Whether the expression describes all of `text`.
    package func matches(_ text: String) -> Bool {
        Array(text.utf8).withUnsafeBufferPointer { regex.matches($0) }
    }
}
