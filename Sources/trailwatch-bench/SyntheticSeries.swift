import Foundation
import TrailModel

/// The counts of many series over some days: few busy, some medium, most sparse, all with a daily season.
///
/// Of each series the rate is drawn once: 2 % are busy (near 60 in five minutes), 18 % medium (near 2), 80 % sparse (near
/// 0.03), each by a log-normal law; a count is drawn from the Poisson law of the rate times the season. The same for the
/// same seed.
struct SyntheticSeries {
    let count: Int
    let days: Int
    /// Start of the first day, in seconds.
    let start: Int64 = 1_772_409_600
    private let rates: [Double]
    private let season: [Double]
    private var random: SplitMix

    init(count: Int, days: Int, seed: UInt64) {
        self.count = count
        self.days = days
        random = SplitMix(state: seed)
        var rates: [Double] = []
        for _ in 0..<count {
            let kind = Double.random(in: 0..<1, using: &random)
            let (mean, deviation) = kind < 0.02 ? (4.0, 1.0) : kind < 0.2 ? (0.5, 0.8) : (-3.5, 1.0)
            rates.append(exp(mean + deviation * random.normal()))
        }
        self.rates = rates
        season = (0..<288).map { slot in
            let phase = Double(slot) / 288 - 2.0 / 24
            return 0.35 + 0.65 * (0.5 - 0.5 * cos(2 * .pi * phase))
        }
    }

    /// The series' dimensions: 10 accounts, 6 regions, 40 sources, an API name for each 60 series.
    func metric(_ index: Int) -> Metric {
        let regions = ["us-east-1", "eu-west-1", "us-west-2", "ap-southeast-2", "eu-central-1", "sa-east-1"]
        let api = index / 60
        return Metric(
            namespace: "CloudTrail", name: "EventCount",
            dimensions: [
                Dimension(name: "RecipientAccountId", value: "\(100_000_000_000 + index % 10 * 7919)"),
                Dimension(name: "AwsRegion", value: regions[index / 10 % 6]),
                Dimension(name: "EventSource", value: "svc\(api % 40).amazonaws.com"),
                Dimension(name: "EventName", value: "Operation\(api)"),
                Dimension(name: "ErrorCode", value: index % 7 == 3 ? "AccessDenied" : "none"),
            ])
    }

    /// The counts of all series in one slot of the whole time, those that are not 0.
    mutating func counts(slot: Int) -> [(series: Int, count: Int64)] {
        var counts: [(series: Int, count: Int64)] = []
        let factor = season[slot % 288]
        for (series, rate) in rates.enumerated() {
            let count = random.poisson(rate * factor)
            if count > 0 { counts.append((series, count)) }
        }
        return counts
    }
}

/// SplitMix64: its whole state is the seed.
private struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// Box and Muller's.
    mutating func normal() -> Double {
        let radius = (-2 * log(Double.random(in: .leastNonzeroMagnitude..<1, using: &self))).squareRoot()
        return radius * cos(2 * .pi * Double.random(in: 0..<1, using: &self))
    }

    /// Knuth's product of uniform numbers, in steps of 16 so that it stays in range; from 60 on the normal law is near
    /// enough.
    mutating func poisson(_ mean: Double) -> Int64 {
        if mean >= 60 { return max(0, Int64((mean + mean.squareRoot() * normal()).rounded())) }
        var left = mean
        var count: Int64 = 0
        while left > 0 {
            let step = min(left, 16)
            left -= step
            let limit = exp(-step)
            var product = Double.random(in: 0..<1, using: &self)
            while product > limit {
                count += 1
                product *= Double.random(in: 0..<1, using: &self)
            }
        }
        return count
    }
}
