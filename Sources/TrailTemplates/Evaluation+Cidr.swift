import TrailModel
import TrailPatterns

/// `Fn::Cidr` and `Fn::ToJsonString`.
extension Evaluation {
    /// The first blocks of a size inside another block, in order.
    func addressBlocks(_ intrinsic: Intrinsic) -> ResolvedValue {
        guard let arguments = arguments(of: intrinsic, 2...3) else { return .unknown(.faulty, at: intrinsic.location) }
        guard arguments.count == 3 else {
            return .unknown(
                .outside("made by Fn::Cidr without cidrBits, whose default AWS does not name"), at: intrinsic.location)
        }
        return text(arguments[0], of: intrinsic.name) { text, isSecret in
            guard let block = AddressRange(text) else {
                let got = isSecret ? "a NoEcho value" : "'\(text)'"
                return faulty(
                    "cannot work out Fn::Cidr: got \(got); want a block of addresses such as 10.0.0.0/16",
                    arguments[0].location)
            }
            return number(arguments[1], of: intrinsic.name, in: 1...AddressRange.partsMax) { count in
                number(arguments[2], of: intrinsic.name, in: 0...block.width) { bits in
                    guard let parts = block.parts(count, bits: bits) else {
                        return faulty(
                            "cannot work out Fn::Cidr: got \(count) blocks of \(bits) bits; want what fits into a /\(block.prefix)",
                            intrinsic.location)
                    }
                    let values = parts.map { made($0, at: intrinsic.location, isSecret: isSecret) }
                    return ResolvedValue(content: .list(values), location: intrinsic.location, isSecret: isSecret)
                }
            }
        }
    }

    private func number(
        _ node: TemplateNode, of name: String, in range: ClosedRange<Int>, _ body: (Int) -> ResolvedValue
    ) -> ResolvedValue {
        text(node, of: name) { text, isSecret in
            guard let number = Int(text), range.contains(number) else {
                let got = isSecret ? "a NoEcho value" : "'\(text)'"
                return faulty(
                    "cannot work out \(name): got \(got); want \(range.lowerBound) to \(range.upperBound)",
                    node.location)
            }
            return body(number)
        }
    }

    /// A mapping or list as JSON text, its members in the order of the file.
    func jsonText(_ intrinsic: Intrinsic) -> ResolvedValue {
        let argument = value(of: intrinsic.argument)
        if let reason = argument.reason { return .unknown(reason, at: intrinsic.argument.location) }
        switch argument.content {
        case .list, .mapping:
            return made(
                PatternText(argument, of: intrinsic.name).text, at: intrinsic.location, isSecret: argument.holdsSecret)
        case .text, .absent, .unknown:
            return faulty(
                "cannot work out Fn::ToJsonString: got \(argument.shown); want a mapping or a list",
                intrinsic.argument.location)
        }
    }
}

/// A block of addresses of IP version 4 or 6, as `10.0.0.0/16` writes it.
private struct AddressRange {
    /// Most blocks that `Fn::Cidr` makes.
    static let partsMax = 256

    private let first: UInt128
    /// Bits that all its addresses begin with.
    let prefix: Int
    /// Bits of an address.
    let width: Int

    init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, let prefix = Int(parts[1]), parts[1].utf8.count <= 3,
            let address = Array(parts[0].utf8).withUnsafeBufferPointer({ IPAddress($0) })
        else { return nil }
        width = address.isVersion4 ? 32 : 128
        guard (0...width).contains(prefix) else { return nil }
        self.prefix = prefix
        var number: UInt128 = 0
        for index in 0..<(width / 8) { number = number << 8 | UInt128(address.bytes[index]) }
        let below = width - prefix
        first = below == 128 ? 0 : (number >> UInt128(below)) << UInt128(below)
    }

    /// The first `count` blocks with `bits` bits for addresses inside each; `nil` when they do not fit.
    func parts(_ count: Int, bits: Int) -> [String]? {
        let room = width - prefix - bits
        guard room >= 0, room >= 8 || count <= 1 << room else { return nil }
        return (0..<count).map { index in
            let start = bits == 128 ? first : first + UInt128(index) << UInt128(bits)
            return "\(width == 32 ? Self.dotted(start) : Self.colons(start))/\(width - bits)"
        }
    }

    private static func dotted(_ address: UInt128) -> String {
        (0..<4).map { "\(UInt8(truncatingIfNeeded: address >> UInt128(24 - 8 * $0)))" }.joined(separator: ".")
    }

    /// The shortest text (RFC 5952): the longest run of zeros left out, the first of several.
    private static func colons(_ address: UInt128) -> String {
        let groups = (0..<8).map { UInt16(truncatingIfNeeded: address >> UInt128(112 - 16 * $0)) }
        var longest = 0..<0
        for start in groups.indices {
            let end = groups[start...].firstIndex { $0 != 0 } ?? 8
            if end - start > max(longest.count, 1) { longest = start..<end }
        }
        func text(_ range: Range<Int>) -> String { groups[range].map { String($0, radix: 16) }.joined(separator: ":") }
        return longest.isEmpty ? text(0..<8) : "\(text(0..<longest.lowerBound))::\(text(longest.upperBound..<8))"
    }
}
