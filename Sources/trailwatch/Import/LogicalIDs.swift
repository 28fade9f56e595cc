import TrailModel

/// Logical IDs made of names: the same names give the same IDs, whatever stands beside them.
struct LogicalIDs {
    private let ids: [[String]: String]

    /// - Parameters:
    ///   - names: What makes each resource unique, the last part being its name.
    ///   - kind: The end of every ID, such as `Alarm`.
    init(_ names: [[String]], kind: String) {
        var byID: [String: Set<[String]>] = [:]
        for name in names { byID[Self.camelCase(name.last ?? "", kind: kind), default: []].insert(name) }
        var ids: [[String]: String] = [:]
        for (id, names) in byID {
            // Names that differ by marks only are told apart by their hash, all of them.
            for name in names {
                let isClear = names.count == 1 && id != kind
                ids[name] = isClear ? id : id + stableIdentifier(name).prefix(8)
            }
        }
        self.ids = ids
    }

    subscript(name: [String]) -> String? { ids[name] }

    /// `failed-sign-ins` as `FailedSignIns`, with `kind` at the end once.
    private static func camelCase(_ name: String, kind: String) -> String {
        var text = ""
        var isStart = true
        for byte in name.utf8 {
            let isLetter = (65...90).contains(byte) || (97...122).contains(byte)
            guard isLetter || (48...57).contains(byte) else {
                isStart = true
                continue
            }
            text += isStart ? String(UnicodeScalar(byte)).uppercased() : String(UnicodeScalar(byte))
            isStart = false
        }
        text = String(text.prefix(200))
        return text.hasSuffix(kind) ? text : text + kind
    }
}
