import TrailModel

/// A template value after its intrinsics were worked out, with the place where it was written.
struct ResolvedValue {
    indirect enum Content {
        case text(String)
        case list([ResolvedValue])
        case mapping([Member])
        /// `AWS::NoValue`: as if the property were not written.
        case absent
        case unknown(Reason)
    }

    struct Member {
        let key: String
        let keyLocation: SourceLocation
        let value: ResolvedValue
    }

    /// Why a value is not known.
    enum Reason: Equatable {
        /// A parameter has neither a value nor a default.
        case parameter(String)
        /// Only AWS knows it; the text completes "it is …".
        case outside(String)
        /// An error about it has been reported.
        case faulty
    }

    var content: Content
    var location: SourceLocation
    /// True when a NoEcho parameter is part of it, so that no message may show it.
    var isSecret = false
    /// True for a scalar of the file without quotes, which stands for a number, a boolean or null where a property holds
    /// JSON.
    var isPlain = false

    static func text(_ text: String, at location: SourceLocation, isSecret: Bool = false) -> ResolvedValue {
        ResolvedValue(content: .text(text), location: location, isSecret: isSecret)
    }

    static func unknown(_ reason: Reason, at location: SourceLocation) -> ResolvedValue {
        ResolvedValue(content: .unknown(reason), location: location)
    }

    var isAbsent: Bool {
        if case .absent = content { return true }
        return false
    }

    /// The value as messages show it.
    var shown: String {
        switch content {
        case .text(let text):
            if isSecret { return "a NoEcho value" }
            return text.count <= 100 ? "'\(text)'" : "'\(text.prefix(100))…'"
        case .list: return "a list"
        case .mapping: return "a mapping"
        case .absent: return "nothing"
        case .unknown: return "a value that is not known"
        }
    }

    /// The first reason in this value for not being known.
    var reason: Reason? {
        switch content {
        case .text, .absent: nil
        case .unknown(let reason): reason
        case .list(let values): values.lazy.compactMap(\.reason).first
        case .mapping(let members): members.lazy.compactMap(\.value.reason).first
        }
    }

    /// Whether a NoEcho parameter is part of anything in it.
    var holdsSecret: Bool {
        if isSecret { return true }
        return switch content {
        case .list(let values): values.contains(where: \.holdsSecret)
        case .mapping(let members): members.contains(where: \.value.holdsSecret)
        case .text, .absent, .unknown: false
        }
    }

    /// Equality of what is known, as `Fn::Equals` compares.
    func hasSameContent(as other: ResolvedValue) -> Bool {
        switch (content, other.content) {
        case (.text(let left), .text(let right)): left == right
        case (.absent, .absent): true
        case (.list(let left), .list(let right)):
            left.count == right.count && zip(left, right).allSatisfy { $0.hasSameContent(as: $1) }
        case (.mapping(let left), .mapping(let right)):
            left.count == right.count
                && left.allSatisfy { member in
                    right.contains { $0.key == member.key && $0.value.hasSameContent(as: member.value) }
                }
        default: false
        }
    }
}
