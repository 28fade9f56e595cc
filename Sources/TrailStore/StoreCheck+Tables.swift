import Foundation
import GRDB
import TrailAlarms
import TrailBlocks
import TrailCounts
import TrailModel

extension StoreCheck {
    /// A table, the format that brought it, and what its rows must be.
    struct Table: Sendable {
        let name: String
        var since = 1
        /// The last format that has it.
        var until = Int.max
        let key: [String]
        let check: @Sendable (inout StoreCheck, Row) throws(Damage) -> Void

        var order: String { key.joined(separator: ", ") }
    }

    /// In the order in which one refers to the one before.
    static let tables = [
        Table(name: "meta", key: ["name"]) { check, row throws(Damage) in try check.checkMeta(row) },
        Table(name: "families", key: ["id"]) { check, row throws(Damage) in try check.checkFamily(row) },
        Table(name: "series", until: Schema.levelsVersion - 1, key: ["id"]) { check, row throws(Damage) in
            try check.checkSingleSeries(row)
        },
        Table(name: "dimension_values", since: Schema.levelsVersion, key: ["id"]) { check, row throws(Damage) in
            try check.checkText(row)
        },
        Table(name: "series_pages", since: Schema.levelsVersion, key: ["page"]) { check, row throws(Damage) in
            _ = try (row.integer("page"), row.integer("family"), row.blobs("payload"))
            let families = check.series.families
            let page = try decoding { try SeriesTable.page(row, families: families) }
            try check.adding { table throws(StoreError) in try table.restore(page) }
        },
        Table(name: "activities", key: ["id"]) { check, row throws(Damage) in try check.checkActivity(row) },
        Table(name: "filter_sets", since: 4, key: ["id"]) { check, row throws(Damage) in
            _ = try row.text("names")
            check.filterSets.insert(try row.integer("id"))
        },
        Table(name: "ledger", key: ["key"]) { check, row throws(Damage) in try check.checkLedger(row) },
        Table(name: "blocks", key: ["resolution", "day", "page"]) { check, row throws(Damage) in
            try check.checkBlock(row)
        },
        Table(name: "event_ids", key: ["slot"]) { check, row throws(Damage) in try check.checkEventIDs(row) },
        Table(name: "journal", key: ["commit_number"]) { check, row throws(Damage) in try check.checkJournal(row) },
        Table(name: "closed_changes", since: 9, key: ["commit_number"]) { check, row throws(Damage) in
            try check.checkClosedChanges(row)
        },
        Table(name: "event_index", since: 5, key: ["day", "commit_number"]) { check, row throws(Damage) in
            let bytes = try row.blob("payload")
            _ = try decoding { try FileIndex(decoding: bytes) }
        },
        Table(name: "unevaluated", since: 2, key: ["commit_number"]) { check, row throws(Damage) in
            let bytes = try row.blob("minutes")
            _ = try decoding { try decodeMinutes(bytes) }
        },
        Table(name: "filter_matches", since: 2, key: ["series"]) { check, row throws(Damage) in
            _ = try row.integer("young")
            _ = try check.family(ofSeries: try row.integer("series"))
        },
        Table(name: "alarms", since: 2, key: ["name"]) { check, row throws(Damage) in try check.checkAlarm(row) },
        Table(name: "alarm_contributors", since: 12, key: ["alarm", "contributor"]) { check, row throws(Damage) in
            try check.checkAlarm(row)
        },
        Table(name: "alarm_versions", since: Schema.versionsVersion, key: ["alarm", "since"]) {
            check, row throws(Damage) in try check.checkVersion(row)
        },
        Table(name: "alarm_timeline", since: 2, key: ["alarm", "window_end"]) { check, row throws(Damage) in
            try check.checkState(row)
        },
        Table(name: "contributor_timeline", since: 12, key: ["alarm", "contributor", "window_end"]) {
            check, row throws(Damage) in try check.checkState(row)
        },
        Table(name: "composite_alarms", since: Schema.compositesVersion, key: ["name"]) { _, row throws(Damage) in
            let definition = Data(try row.text("definition").utf8)
            let status = Data(try row.text("status").utf8)
            _ = try decoding { try JSONDecoder().decode(CompositeAlarm.self, from: definition) }
            _ = try decoding { try JSONDecoder().decode(CompositeStatus.self, from: status) }
        },
        Table(name: "mutes", since: Schema.compositesVersion, key: ["alarm"]) { _, row throws(Damage) in
            let (since, until) = (try row.integer("since"), try row.integer("until"))
            guard until > since else { throw Damage("got an end at \(until); want it after \(since)") }
        },
        Table(name: "past_mutes", since: Schema.summariesVersion, key: ["id"]) { _, row throws(Damage) in
            let (since, until) = (try row.integer("since"), try row.integer("until"))
            guard until > since else { throw Damage("got an end at \(until); want it after \(since)") }
        },
        Table(name: "withheld_transitions", since: Schema.compositesVersion, key: ["alarm", "contributor"]) {
            _, row throws(Damage) in
            let content = Data(try row.text("content").utf8)
            _ = try decoding { try JSONDecoder().decode(WithheldTransition.self, from: content) }
        },
        Table(name: "event_rules", since: Schema.rulesVersion, key: ["name"]) { _, row throws(Damage) in
            _ = try row.integer("mark")
        },
        Table(name: "rule_matches", since: Schema.rulesVersion, key: ["id"]) { _, row throws(Damage) in
            let content = Data(try row.text("content").utf8)
            _ = try decoding { try JSONDecoder().decode(RuleMatch.self, from: content) }
        },
        Table(name: "summarised_transitions", since: Schema.summariesVersion, key: ["id"]) {
            _, row throws(Damage) in
            let content = Data(try row.text("content").utf8)
            _ = try decoding { try JSONDecoder().decode(SummarisedTransition.self, from: content) }
        },
        Table(name: "outbox", since: 2, key: ["id"]) { check, row throws(Damage) in
            let state = try row.text("state")
            guard ["waiting", "delivered", "dead"].contains(state) else { throw Damage("got the state \(state)") }
        },
        Table(name: "delivery_attempts", since: Schema.attemptsVersion, key: ["message", "number"]) {
            _, row throws(Damage) in
            let (state, number) = (try row.text("state"), try row.integer("number"))
            guard ["waiting", "delivered", "dead"].contains(state) else { throw Damage("got the state \(state)") }
            guard number > 0 else { throw Damage("got the number \(number); want 1 or more") }
        },
        Table(name: "subscriptions", since: Schema.attemptsVersion, key: ["arn"]) { _, row throws(Damage) in
            _ = try row.text("arn")
        },
        Table(name: "counters", since: 2, key: ["name", "label"]) { check, row throws(Damage) in
            let value = try row.integer("value")
            guard value >= 0 else { throw Damage("got \(value); want 0 or more") }
        },
    ]

    // MARK: Numbers

    private mutating func checkMeta(_ row: Row) throws(Damage) {
        let value = try row.integer("value")
        if try row.text("name") == "last_commit" { lastCommit = value }
    }

    private mutating func checkFamily(_ row: Row) throws(Damage) {
        let id = try row.integer("id")
        let width = try row.integer("resolution")
        guard let resolution = Resolution(rawValue: width), resolution != .hour else {
            throw Damage("got a resolution of \(width) s; want 60 or 300")
        }
        let bytes = try row.blob("dimensions")
        let dimensions = try decoding { try decodeTexts(bytes) }
        let missing = series.families.count
        guard id == missing else { throw Damage("row \(missing) is missing before it") }
        let key = SeriesFamily.Key(
            namespace: try row.text("namespace"), name: try row.text("name"), dimensions: dimensions)
        series.restore(family: SeriesFamily(id: id, key: key, resolution: resolution))
    }

    private mutating func checkSingleSeries(_ row: Row) throws(Damage) {
        guard let number = UInt32(exactly: try row.integer("id")) else { throw Damage("the number is too large") }
        let id = try row.integer("family")
        let bytes = try row.blob("dimension_values")
        let values = try decoding { try decodeTexts(bytes) }
        guard series.families.indices.contains(Int(id)) else {
            throw Damage("it names the family \(id), which is not there")
        }
        try adding { table throws(StoreError) in try table.restore(single: number, family: Int(id), values: values) }
    }

    private mutating func checkText(_ row: Row) throws(Damage) {
        let id = try row.integer("id")
        let text = String(decoding: try row.blob("text"), as: UTF8.self)
        let missing = series.texts.count
        // The numbers of the others still hold.
        while series.texts.count < id, series.texts.count < 1 << 20 {
            try adding { table throws(StoreError) in
                try table.restore(text: "missing \(table.texts.count)", number: Int64(table.texts.count))
            }
        }
        try adding { table throws(StoreError) in try table.restore(text: text, number: id) }
        guard id == missing else { throw Damage("row \(missing) is missing before it") }
    }

    private mutating func adding(_ body: (inout SeriesTable) throws(StoreError) -> Void) throws(Damage) {
        do {
            try body(&series)
        } catch {
            throw Damage("\(error)")
        }
    }

    private mutating func checkActivity(_ row: Row) throws(Damage) {
        let id = try row.integer("id")
        let activity = Activity(
            eventSource: try row.optionalText("event_source"), eventName: try row.optionalText("event_name"),
            awsRegion: try row.optionalText("aws_region"),
            recipientAccountID: try row.optionalText("recipient_account_id"),
            userIdentityType: try row.optionalText("user_identity_type"), errorCode: try row.optionalText("error_code"))
        guard try row.integer("young") >= 0, try row.integer("backfilled") >= 0 else {
            throw Damage("got a count below 0")
        }
        let missing = activities.count
        guard id == missing else {
            // The numbers of the others still hold.
            while activities.count < id, activities.count < 1 << 24 { activities.append(Activity.none) }
            activities.append(activity)
            throw Damage("row \(missing) is missing before it")
        }
        activities.append(activity)
    }

    private func family(ofSeries number: Int64) throws(Damage) -> SeriesFamily {
        guard let family = UInt32(exactly: number).flatMap({ series.family(ofSeries: $0) }) else {
            throw Damage("it names the series \(number), which is not there")
        }
        return family
    }

    // MARK: Counts

    private func checkBlock(_ row: Row) throws(Damage) {
        let width = try row.integer("resolution")
        let day = try row.integer("day")
        let page = try row.integer("page")
        let bytes = try row.blob("payload")
        let block = try decoding { try Block(decoding: bytes) }
        guard block.resolution.seconds == width else {
            throw Damage("the block has slots of \(block.resolution.seconds) s; its key says \(width)")
        }
        for number in block.series.keys.sorted() {
            let family = try family(ofSeries: page << 8 | Int64(number))
            guard block.resolution.seconds >= family.resolution.seconds else {
                throw Damage("the series \(page << 8 | Int64(number)) has slots of \(family.resolution.seconds) s")
            }
        }
        try checkLevel(block, day: day, page: page)
    }

    /// While the slots of counting are all there, a wider level holds their sums.
    private func checkLevel(_ block: Block, day: Int64, page: Int64) throws(Damage) {
        guard let number = UInt32(exactly: page << 8), let counted = series.resolution(ofSeries: number),
            counted != block.resolution
        else { return }
        let sums = try decoding { () -> Block? in
            guard try KeptDays(db).holds(day, counted) else { return nil }
            let key = StoreState.BlockKey(resolution: counted, day: day, page: number >> 8)
            // What is damaged is named where it is.
            return (try? BlockTable(db).block(key)) ?? nil
        }
        if let sums, sums.coarsened(to: block.resolution).series != block.series {
            throw Damage("it does not hold the sums of the slots of \(counted.seconds) s")
        }
    }

    private func checkEventIDs(_ row: Row) throws(Damage) {
        let slot = try row.integer("slot")
        guard slot % BuiltInMetrics.resolution.seconds == 0 else { throw Damage("the slot starts off the grid") }
        let bytes = try row.blobs("payload")[0]
        // Stores of before format 11 have one form of event ids.
        let format = row.hasColumn("format") ? try row.integer("format") : 0
        if format == EventIDHour.format {
            guard slot % 3600 == 0 else { throw Damage("the hour starts off the grid") }
            for bytes in try decoding({ try EventIDHour.slots(of: bytes) }) where !bytes.isEmpty {
                try checkEventIDs(bytes, format: EventIDCodec.format)
            }
        } else {
            try checkEventIDs(bytes, format: format)
        }
    }

    private func checkEventIDs(_ bytes: [UInt8], format: Int64) throws(Damage) {
        let groups = try decoding { try EventIDCodec.decode(bytes, format: format, unnamed: 0) }
        if format == EventIDCodec.format {
            // Their order is that of the codec, which has checked it.
            for group in groups { try checkFilters(of: group) }
        } else {
            try check(groups)
        }
    }

    private func checkFilters(of group: SeenEvents.Group) throws(Damage) {
        guard group.filters == 0 || filterSets.contains(group.filters) else {
            throw Damage("it names the set of filters \(group.filters), which is not there")
        }
    }

    private func check(_ groups: [SeenEvents.Group]) throws(Damage) {
        for group in groups {
            try checkFilters(of: group)
            for (key, next) in zip(group.keys, group.keys.dropFirst()) where !(key < next) {
                throw Damage("its keys are not sorted, or one is there twice")
            }
        }
    }

    private func checkJournal(_ row: Row) throws(Damage) {
        guard try row.integer("commit_number") <= lastCommit else {
            throw Damage("the last commit is \(lastCommit), says the table meta")
        }
        let blobs = try row.blobs("counts", "event_ids")
        let entry = try decoding { try JournalEntry(decoding: blobs[0]) }
        for (cell, _) in entry.activityCounts { try checkSeries(ofActivity: cell.activity) }
        for (activity, _) in entry.arrivals where activity >= activities.count {
            throw Damage("it names the activity \(activity), which is not there")
        }
        for cell in entry.cells {
            guard try family(ofSeries: Int64(cell.series)).resolution == cell.resolution else {
                throw Damage("the series \(cell.series) does not have slots of \(cell.resolution.seconds) s")
            }
        }
        for (series, _) in entry.youngMatches { _ = try family(ofSeries: Int64(series)) }
        try check(try decoding { try decodeKeysBySlot(blobs[1], unnamed: 0) }.map(\.group))
    }

    /// What is counted of an activity, and not folded yet, needs a number for each of its series.
    private func checkSeries(ofActivity id: UInt32) throws(Damage) {
        if id & StoreState.seriesTarget != 0 {
            _ = try family(ofSeries: Int64(id & ~StoreState.seriesTarget))
            return
        }
        guard id < activities.count else { throw Damage("it names the activity \(id), which is not there") }
        for metric in BuiltInMetrics.metrics(of: activities[Int(id)]) {
            guard series.knownNumber(of: metric) != nil else {
                let values = metric.dimensions.map(\.value)
                throw Damage("a series of activity \(id) is not there: \(metric.name) \(values)")
            }
        }
    }

    private func checkClosedChanges(_ row: Row) throws(Damage) {
        let bytes = try row.blobs("payload")[0]
        let changes = try decoding { try ClosedChanges(decoding: bytes) }
        for (cell, _) in changes.counts { try checkSeries(ofActivity: cell.activity) }
        for cell in changes.cells { _ = try family(ofSeries: Int64(cell.series)) }
    }

    // MARK: Files and alarms

    private func checkLedger(_ row: Row) throws(Damage) {
        let status = try row.text("status")
        guard FileStatus(rawValue: status) != nil else { throw Damage("got the status \(status)") }
        var numbers: [Int64] = []
        for column in ["records", "counted", "duplicate", "malformed"] {
            let number = try row.integer(column)
            guard (0...Int64(UInt32.max)).contains(number) else { throw Damage("got \(number) as \(column)") }
            numbers.append(number)
        }
        guard numbers[0] == numbers[1] + numbers[2] + numbers[3] else {
            throw Damage(
                "got \(numbers[0]) records; want \(numbers[1]) counted + \(numbers[2]) duplicate + "
                    + "\(numbers[3]) malformed")
        }
        let commit = try row.integer("commit_number")
        guard commit <= lastCommit else {
            throw Damage("got the commit \(commit); the last one is \(lastCommit), says the table meta")
        }
        guard report.version >= 4, status == FileStatus.counted.rawValue else { return }
        // The column holds the number as a text.
        let filters = try row.text("filters")
        guard Int64(filters).map(filterSets.contains) == true else {
            throw Damage("it names the set of filters \(filters), which is not there")
        }
    }

    private func checkState(_ row: Row) throws(Damage) {
        let state = try row.text("state")
        guard AlarmState(rawValue: state) != nil else { throw Damage("got the state \(state)") }
    }

    private func checkVersion(_ row: Row) throws(Damage) {
        let kind = try row.text("kind")
        // Without a definition it says that the alarm was removed.
        guard kind == AlarmVersion.metricKind, row["definition"] != nil else { return }
        let definition = Data(try row.text("definition").utf8)
        _ = try decoding { try JSONDecoder().decode(MetricAlarm.self, from: definition) }
    }

    private func checkAlarm(_ row: Row) throws(Damage) {
        let definition = Data(try row.text("definition").utf8)
        let status = Data(try row.text("status").utf8)
        _ = try decoding { try JSONDecoder().decode(MetricAlarm.self, from: definition) }
        _ = try decoding { try JSONDecoder().decode(AlarmStatus.self, from: status) }
    }
}

extension Activity {
    /// Stands for one whose row is missing.
    fileprivate static let none = Activity(
        eventSource: nil, eventName: nil, awsRegion: nil, recipientAccountID: nil, userIdentityType: nil,
        errorCode: nil)
}
