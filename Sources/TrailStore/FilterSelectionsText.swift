import Foundation
import TrailPatterns

/// What a filter takes from the events, as text in `filter_definitions`.
enum FilterSelectionsText {
    /// `nil` when it takes nothing.
    static func text(of filter: MetricFilter) throws -> String? {
        guard let selections = StoredSelections(of: filter) else { return nil }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(selections), as: UTF8.self)
    }

    static func selections(_ text: String) throws -> StoredSelections {
        try JSONDecoder().decode(StoredSelections.self, from: Data(text.utf8))
    }
}
