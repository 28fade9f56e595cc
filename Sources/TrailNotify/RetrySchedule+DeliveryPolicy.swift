import Foundation
package import TrailAlarms

extension DeliveryPolicy {
    /// The waits before each retry, in seconds.
    ///
    /// AWS does not publish its arithmetic and geometric formulas; here they are the linear and the exponential one
    /// with the squared fraction of the way, which start more slowly.
    package var delaysSeconds: [Double] {
        let backoffs = retries - retriesWithoutDelay - retriesAtDelayMin - retriesAtDelayMax
        let least = Double(delayMinSeconds)
        let greatest = Double(delayMaxSeconds)
        let backoff = (0..<backoffs).map { index in
            let fraction = Double(index) / Double(max(1, backoffs - 1))
            return switch backoffFunction {
            case .linear: least + (greatest - least) * fraction
            case .arithmetic: least + (greatest - least) * fraction * fraction
            case .exponential: least * pow(greatest / least, fraction)
            case .geometric: least * pow(greatest / least, fraction * fraction)
            }
        }
        return Array(repeating: 0, count: retriesWithoutDelay) + Array(repeating: least, count: retriesAtDelayMin)
            + backoff + Array(repeating: greatest, count: retriesAtDelayMax)
    }
}

extension RetrySchedule {
    /// The schedule that a DeliveryPolicy asks for, within SNS's limit of an hour.
    package init(_ policy: DeliveryPolicy) {
        self.init(
            firstDelaysSeconds: policy.delaysSeconds, laterDelaySeconds: nil,
            ageMaxSeconds: Int64(DeliveryPolicy.delayLimitSeconds))
    }
}
