import TrailModel

/// `Fn::ImportValue` and `Fn::Base64`.
extension Evaluation {
    func imported(_ intrinsic: Intrinsic) -> ResolvedValue {
        text(intrinsic.argument, of: intrinsic.name) { name, isSecret in
            guard !isSecret else {
                return faulty("cannot work out Fn::ImportValue: got a NoEcho value as a name", intrinsic.location)
            }
            guard let exports else {
                return .unknown(.outside("the export '\(name)' of a stack that is not loaded"), at: intrinsic.location)
            }
            return exports.value(of: name, for: self, at: intrinsic.location)
        }
    }

    /// The text in base 64 (RFC 4648, section 4).
    func encoded(_ text: String, _ intrinsic: Intrinsic, isSecret: Bool) -> ResolvedValue {
        let digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
        let bytes = Array(text.utf8)
        var result: [UInt8] = []
        result.reserveCapacity((bytes.count + 2) / 3 * 4)
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let group = bytes[start..<min(start + 3, bytes.count)]
            var bits = group.reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
            bits <<= 8 * UInt32(3 - group.count)
            for place in 0..<4 {
                let digit = digits[Int(bits >> UInt32(18 - 6 * place) & 63)]
                result.append(place <= group.count ? digit : UInt8(ascii: "="))
            }
        }
        return made(String(decoding: result, as: UTF8.self), at: intrinsic.location, isSecret: isSecret)
    }
}
