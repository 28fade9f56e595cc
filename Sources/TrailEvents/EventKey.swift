/// What tells one event from another: its `eventID` and the account that received it.
///
/// `high` and `low` are the 128 bits of the eventID when it is a UUID, else a hash. `account` holds from the top:
///
/// | bits | meaning |
/// | --- | --- |
/// | 63 | 1: the account is a hash |
/// | 62–61 | 0: UUID, 1: hash of an eventID of another form, 2: hash of the record's bytes, for want of an eventID |
/// | 60–0 | the account's 12 digits as a number, 0 without account, or 61 bits of a hash of another text |
///
/// So two keys of different form are never equal. Two copies of an event delivered by several trails have the same key
/// (CloudTrail FAQ on duplicates).
package struct EventKey: Hashable, Comparable, Sendable {
    package let high: UInt64
    package let low: UInt64
    package let account: UInt64

    package init(high: UInt64, low: UInt64, account: UInt64) {
        self.high = high
        self.low = low
        self.account = account
    }

    package static func < (left: EventKey, right: EventKey) -> Bool {
        (left.high, left.low, left.account) < (right.high, right.low, right.account)
    }

    private static let hashedAccount: UInt64 = 1 << 63
    private static let hashedText: UInt64 = 1 << 61
    private static let hashedRecord: UInt64 = 2 << 61
    private static let accountBits: UInt64 = 1 << 61 - 1

    /// The key of a record.
    ///
    /// - Parameters:
    ///   - eventID: The text of `eventID`; `nil` or empty when the record has none.
    ///   - account: The text of `recipientAccountId`, likewise.
    ///   - record: The bytes of the record, hashed only for want of an eventID.
    package init(
        eventID: UnsafeBufferPointer<UInt8>?, account: UnsafeBufferPointer<UInt8>?, record: UnsafeBufferPointer<UInt8>
    ) {
        let accountPart = Self.accountPart(account)
        if let eventID, eventID.count > 0 {
            if let (high, low) = Self.uuid(eventID) {
                self.init(high: high, low: low, account: accountPart)
            } else {
                let hash = ContentHash(eventID)
                self.init(high: hash.high, low: hash.low, account: accountPart | Self.hashedText)
            }
        } else {
            let hash = ContentHash(record)
            self.init(high: hash.high, low: hash.low, account: accountPart | Self.hashedRecord)
        }
    }

    private static func accountPart(_ text: UnsafeBufferPointer<UInt8>?) -> UInt64 {
        guard let text, text.count > 0 else { return 0 }
        if text.count == 12 {
            var number: UInt64 = 0
            var isNumber = true
            for byte in text {
                isNumber = isNumber && isDigit(byte)
                number = number &* 10 &+ UInt64(byte &- Byte.zero)
            }
            if isNumber { return number }
        }
        return hashedAccount | ContentHash(text).low & accountBits
    }

    /// The bits of `8-4-4-4-12` hexadecimal digits of either case.
    private static func uuid(_ text: UnsafeBufferPointer<UInt8>) -> (high: UInt64, low: UInt64)? {
        guard text.count == 36, text[8] == 0x2D, text[13] == 0x2D, text[18] == 0x2D, text[23] == 0x2D else {
            return nil
        }
        var bad: UInt8 = 0
        func digits(_ range: Range<Int>) -> UInt64 {
            var value: UInt64 = 0
            for index in range {
                let digit = hexValues[Int(text[index])]
                bad |= digit
                value = value << 4 | UInt64(digit & 0xF)
            }
            return value
        }
        let high = digits(0..<8) << 32 | digits(9..<13) << 16 | digits(14..<18)
        let low = digits(19..<23) << 48 | digits(24..<36)
        return bad & 0xF0 == 0 ? (high, low) : nil
    }

    /// The value of each byte as a hexadecimal digit; 0xF0 for the others.
    private static let hexValues: [UInt8] = (0...255).map { byte in
        UInt8(Character(Unicode.Scalar(UInt8(byte))).hexDigitValue.flatMap { byte < 128 ? $0 : nil } ?? 0xF0)
    }
}

extension RecordView {
    /// The key of this record; an `eventID` or `recipientAccountId` that is null or empty counts as missing.
    package var key: EventKey {
        withOptionalText(.eventID) { eventID in
            withOptionalText(.recipientAccountId) { account in
                EventKey(eventID: eventID, account: account, record: recordBytes)
            }
        }
    }

    private func withOptionalText<Result>(
        _ field: FieldID, _ body: (UnsafeBufferPointer<UInt8>?) -> Result
    ) -> Result {
        guard let value = value(field), value.kind != .null else { return body(nil) }
        return withText(of: value) { body($0) }
    }
}
