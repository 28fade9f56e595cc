package import TrailEvents

extension EventPattern {
    /// What every matching CloudTrail record has, so that an index can rule files out before any event is read.
    ///
    /// A text inside an array, where records have none, is not asked for.
    ///
    /// - Parameter terms: The index's terms of events whose field at a path meets a requirement; `nil` when the index
    ///   does not know.
    /// - Returns: Groups of terms: a matching event has at least one term of each.
    package func requiredTerms<Term>(
        _ terms: (_ path: [PathStep], _ requirement: PatternRequirement) -> [Term]?
    ) -> [[Term]] {
        let groups = combinations.map { combination in
            combination.compactMap { Self.group(of: fields[$0], terms) }
        }
        if groups.count == 1 { return groups[0] }
        // One group of each combination will do; a combination without any leaves everything open.
        var union: [Term] = []
        for group in groups {
            guard let first = group.first else { return [] }
            union += first
        }
        return [union]
    }

    private static func group<Term>(
        of field: EventField, _ terms: ([PathStep], PatternRequirement) -> [Term]?
    ) -> [Term]? {
        let names = String(decoding: field.path, as: UTF8.self).split(separator: ".", omittingEmptySubsequences: false)
        let path: [PathStep]
        if names.first == "detail", names.count > 1 {
            path = names.dropFirst().map { .member(String($0)) }
        } else if names == ["region"] {
            path = [.member("awsRegion")]
        } else {
            return nil
        }
        var group: [Term] = []
        for test in field.tests {
            guard case .text(let bytes) = test, !bytes.isEmpty, let text = String(validating: bytes, as: UTF8.self),
                let found = terms(path, .text(text))
            else { return nil }
            group += found
        }
        return group
    }

    /// Whether the pattern names this source or detail type: it may be meant for events that are none of CloudTrail's.
    package func names(source: String, detailType: String) -> Bool {
        let own = ["source": Array(source.utf8), "detail-type": Array(detailType.utf8)]
        return combinations.contains { combination in
            let named = combination.compactMap { index -> Bool? in
                guard let text = own[String(decoding: fields[index].path, as: UTF8.self)] else { return nil }
                return text.withUnsafeBufferPointer { fields[index].holds(.string, $0) }
            }
            return !named.isEmpty && named.allSatisfy { $0 }
        }
    }
}
