// Hot path: wide loads through raw pointers, each inside the 36 bytes of a UUID.

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
        let bytes = UnsafeRawBufferPointer(text)
        func word(_ offset: Int) -> UInt64 {
            UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
        }
        func half(_ offset: Int) -> UInt64 {
            UInt64(UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self)))
        }
        guard let first = hexDigits(word(0)), let second = hexDigits(half(9) | half(14) << 32),
            let third = hexDigits(half(19) | half(24) << 32), let fourth = hexDigits(word(28))
        else { return nil }
        return (first << 32 | second, third << 32 | fourth)
    }

    /// The number of eight hexadecimal digits, the first in the lowest byte; `nil` when one is none.
    ///
    /// All eight are tested at once: a sum carries into a byte's highest bit where the byte lies beyond a range.
    private static func hexDigits(_ text: UInt64) -> UInt64? {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let highBits = ones << 7
        guard text & highBits == 0 else { return nil }
        let beyondNine = (text ^ ones &* 0x30) &+ ones &* 0x76
        let letter = (text | ones &* 0x20) ^ ones &* 0x60
        let isLetter = (letter &+ ones &* 0x7F) & ~(letter &+ ones &* 0x79)
        guard beyondNine & ~isLetter & highBits == 0 else { return nil }
        let nibbles = (text & (ones &* 0x0F)) &+ (text >> 6 & ones) &* 9
        let pairs = (nibbles << 4 | nibbles >> 8) & 0x00FF_00FF_00FF_00FF
        let fours = (pairs | pairs >> 8) & 0x0000_FFFF_0000_FFFF
        return UInt64(UInt32(truncatingIfNeeded: fours | fours >> 16).byteSwapped)
    }
}

extension RecordView {
    /// The key of this record; an `eventID` or `recipientAccountId` that is null or empty counts as missing.
    ///
    /// A correction has the key of the event that it corrects (`addendum.originalEventID`), so that the two count once.
    package var key: EventKey {
        let original = value(.addendumOriginalEventID)
        let isCorrection = original.map { $0.kind == .string && $0.rawCount > 0 } ?? false
        return withOptionalText(isCorrection ? .addendumOriginalEventID : .eventID) { eventID in
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
