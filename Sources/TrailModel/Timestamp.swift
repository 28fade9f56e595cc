/// Holds the values that every other target shares; pure, no I/O, no clock.
///
/// A point in time, in milliseconds since 1970-01-01T00:00:00Z, without leap seconds.
///
/// CloudTrail stamps events in whole seconds; CloudWatch's state changes carry milliseconds.
package struct Timestamp: Hashable, Comparable, Sendable, Codable {
    package let milliseconds: Int64

    package init(milliseconds: Int64) {
        self.milliseconds = milliseconds
    }

    package init(seconds: Int64) {
        self.milliseconds = seconds * 1000
    }

    /// Whole seconds since the epoch, rounded down.
    package var seconds: Int64 {
        floorDivide(milliseconds, 1000)
    }

    package static func < (left: Timestamp, right: Timestamp) -> Bool {
        left.milliseconds < right.milliseconds
    }

    package func adding(seconds: Int64) -> Timestamp {
        Timestamp(milliseconds: milliseconds + seconds * 1000)
    }

    package func adding(milliseconds more: Int64) -> Timestamp {
        Timestamp(milliseconds: milliseconds + more)
    }

    /// Seconds from `earlier` to this time, with fractions.
    package func seconds(since earlier: Timestamp) -> Double {
        Double(milliseconds - earlier.milliseconds) / 1000
    }

    /// The latest multiple of `stepSeconds` since the epoch that is not after this time.
    package func floored(toSeconds stepSeconds: Int64) -> Timestamp {
        Timestamp(seconds: floorDivide(seconds, stepSeconds) * stepSeconds)
    }

    /// The earliest multiple of `stepSeconds` since the epoch that is not before this time.
    package func ceiled(toSeconds stepSeconds: Int64) -> Timestamp {
        let floor = floored(toSeconds: stepSeconds)
        return floor == self ? floor : floor.adding(seconds: stepSeconds)
    }
}

/// Division that rounds towards negative infinity, so that times before 1970 fall into the right slot.
package func floorDivide(_ dividend: Int64, _ divisor: Int64) -> Int64 {
    let (quotient, remainder) = dividend.quotientAndRemainder(dividingBy: divisor)
    return remainder < 0 ? quotient - 1 : quotient
}
