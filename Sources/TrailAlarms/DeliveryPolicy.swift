/// A subscription's DeliveryPolicy, with SNS's defaults (SNS developer guide, delivery retries).
///
/// Retries come in four phases: at once, at the least delay, backing off from the least to the greatest delay, and at
/// the greatest delay.
package struct DeliveryPolicy: Equatable, Sendable, Codable {
    /// How the delay grows in the third phase.
    package enum BackoffFunction: String, CaseIterable, Sendable, Codable {
        case linear
        case arithmetic
        case geometric
        case exponential
    }

    package let delayMinSeconds: Int
    package let delayMaxSeconds: Int
    package let retries: Int
    package let retriesWithoutDelay: Int
    package let retriesAtDelayMin: Int
    package let retriesAtDelayMax: Int
    package let backoffFunction: BackoffFunction
    /// False when only other parts of the policy are written: then retries are made as without one.
    package var givesRetries = true
    /// `throttlePolicy.maxReceivesPerSecond`; `nil` is no limit.
    package var receivesPerSecondMax: Int?
    /// `requestPolicy.headerContentType` of notifications.
    package var contentType: String?

    /// SNS's limit for a delay, and for a policy's whole time.
    package static let delayLimitSeconds = 3600
    package static let retriesLimit = 100

    /// A policy of SNS's fields, in its order: minDelayTarget, maxDelayTarget, numRetries, numNoDelayRetries,
    /// numMinDelayRetries, numMaxDelayRetries and backoffFunction.
    package init(
        delayMinSeconds: Int = 20, delayMaxSeconds: Int = 20, retries: Int = 3, retriesWithoutDelay: Int = 0,
        retriesAtDelayMin: Int = 0, retriesAtDelayMax: Int = 0, backoffFunction: BackoffFunction = .linear
    ) throws(DeliveryPolicyError) {
        func check(_ field: String, _ value: Int, _ range: ClosedRange<Int>) throws(DeliveryPolicyError) {
            guard range.contains(value) else { throw .outOfRange(field: field, got: value, want: range) }
        }
        try check("minDelayTarget", delayMinSeconds, 1...Self.delayLimitSeconds)
        try check("maxDelayTarget", delayMaxSeconds, delayMinSeconds...Self.delayLimitSeconds)
        try check("numRetries", retries, 0...Self.retriesLimit)
        try check("numNoDelayRetries", retriesWithoutDelay, 0...retries)
        try check("numMinDelayRetries", retriesAtDelayMin, 0...(retries - retriesWithoutDelay))
        let left = retries - retriesWithoutDelay - retriesAtDelayMin
        try check("numMaxDelayRetries", retriesAtDelayMax, 0...left)
        self.delayMinSeconds = delayMinSeconds
        self.delayMaxSeconds = delayMaxSeconds
        self.retries = retries
        self.retriesWithoutDelay = retriesWithoutDelay
        self.retriesAtDelayMin = retriesAtDelayMin
        self.retriesAtDelayMax = retriesAtDelayMax
        self.backoffFunction = backoffFunction
    }
}

/// A field of a DeliveryPolicy is not what SNS takes.
package enum DeliveryPolicyError: Error, Equatable, CustomStringConvertible {
    case outOfRange(field: String, got: Int, want: ClosedRange<Int>)

    package var description: String {
        switch self {
        case .outOfRange(let field, let got, let want):
            "cannot use the delivery policy: got \(field) \(got); want \(want.lowerBound) to \(want.upperBound)"
        }
    }
}
