package import TrailModel
package import TrailStore

extension Evaluator {
    /// When an evaluation happens, and how far the data are believed complete.
    package struct Moment: Sendable {
        package let now: Timestamp
        /// Slots that end here or before are complete; `nil` when none is known to be.
        package let watermark: Timestamp?
        /// True while files of the first listing of a source are still to be read: then only early ALARMs are taken.
        package let isBehind: Bool
        /// True while a source reads old files behind newer ones: windows before those of an alarm wait for all of them.
        package let isFilling: Bool
        /// From when on all of them are read, where that is known.
        package let filledFrom: Timestamp?
        /// The sources as they stand, to be written with what is decided.
        package let sources: [StoredSource]
        /// Metrics of filters that known files are counted back for: alarms on them wait as if these were to be read.
        package let countingBack: Set<Metric>
        /// Those of them whose samples are taken away, too: no ALARM on them is certain before its time.
        package let takingBack: Set<Metric>

        package init(
            now: Timestamp, watermark: Timestamp?, isBehind: Bool, isFilling: Bool = false,
            filledFrom: Timestamp? = nil, sources: [StoredSource] = [], countingBack: Set<Metric> = [],
            takingBack: Set<Metric> = []
        ) {
            self.takingBack = takingBack
            self.countingBack = countingBack
            self.now = now
            self.watermark = watermark
            self.isBehind = isBehind
            self.isFilling = isFilling
            self.filledFrom = filledFrom
            self.sources = sources
        }

        func isBehind(_ recipe: AlarmSeries) -> Bool {
            isBehind || recipe.watches(countingBack)
        }

        var sourceMarks: [String: Timestamp] {
            Dictionary(sources.map { ($0.name, $0.mark) }) { first, _ in first }
        }
    }
}
