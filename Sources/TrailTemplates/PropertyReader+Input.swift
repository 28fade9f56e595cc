import TrailAlarms
import TrailModel

/// What an `AWS::CloudWatch::Alarm` watches: one metric, or `Metrics`; with CloudWatch's own words where they are on
/// record.
extension PropertyReader {
    /// Properties of an alarm on one metric that have no place beside `Metrics`.
    private static let singleMetricKeys = [
        "MetricName", "Namespace", "Dimensions", "Statistic", "ExtendedStatistic", "Unit", "Period",
    ]

    /// What is watched and the period in seconds.
    mutating func readInput() -> (input: AlarmInput, periodSeconds: Int64, location: SourceLocation)? {
        guard has("Metrics") else { return readSingleMetric() }
        for key in Self.singleMetricKeys where has(key) {
            fail(
                "cannot use \(owner): \(key) should not be set if list of Metrics is set.",
                at: member(key)?.keyLocation ?? location)
        }
        return readMetrics()
    }

    private mutating func readSingleMetric() -> (AlarmInput, Int64, SourceLocation)? {
        let metricName = text("MetricName", .required, length: 1...255)
        let namespace = text("Namespace", .required, length: 1...255)
        let dimensions = readDimensions()
        let statistic = readStatistic()
        let unit = choice("Unit", among: Self.units)
        let period = readPeriod("Period", .required)
        guard let metricName, let namespace, let statistic, let period else { return nil }
        let metric = Metric(namespace: namespace, name: metricName, dimensions: dimensions)
        guard isWholeSlots(metric, period, at: place(of: "Period")) else { return nil }
        return (
            .metric(WatchedMetric(metric: metric, statistic: statistic, unit: unit)), period, place(of: "MetricName")
        )
    }

    private mutating func readMetrics() -> (AlarmInput, Int64, SourceLocation)? {
        let readers = readers("Metrics", .required)
        guard isUsable else { return nil }
        var queries: [MetricDataQuery] = []
        for var reader in readers {
            if let query = reader.readEntry() { queries.append(query) }
            merge(reader)
        }
        let list = place(of: "Metrics")
        guard isUsable, queries.count == readers.count else { return nil }
        let metrics = queries.count { $0.metricStat != nil }
        guard !queries.isEmpty, metrics <= AlarmMath.entriesMax, queries.count - metrics <= AlarmMath.entriesMax else {
            reject(
                "Metrics", got: "\(metrics) metrics and \(queries.count - metrics) expressions",
                want: "at least one entry, at most \(AlarmMath.entriesMax) of each", at: list)
            return nil
        }
        // An expression over metrics has their period.
        let periods = Set(queries.compactMap { $0.metricStat?.period })
        guard let period = periods.first ?? queries.lazy.compactMap(\.period).first, periods.count <= 1 else {
            reject(
                "Metrics", got: periods.isEmpty ? "no Period" : "Periods of \(periods.sorted()) s",
                want: "one Period for all metrics, or for the expression when there are none", at: list)
            return nil
        }
        if let other = queries.first(where: { $0.period.map { $0 != period } ?? false }) {
            reject("Metrics", got: "a Period of \(other.period ?? 0) s in '\(other.id)'", want: "\(period) s", at: list)
            return nil
        }
        if queries.count > 1, let query = queries.first(where: { InsightsQuery.isQuery($0.expression ?? "") }) {
            fail(
                "cannot use \(owner): metric math over the Metrics Insights query '\(query.id)' is not supported; want "
                    + "the query as the only entry", at: list)
            return nil
        }
        do throws(AlarmInput.Fault) {
            let input = try AlarmInput(queries: queries, periodSeconds: period)
            if case .insights(let insights) = input {
                // The first of all series are no limit; the first few are other ones in each evaluation.
                if let limit = insights.query.limit, insights.isGrouped, limit < InsightsQuery.seriesMax {
                    fail(
                        "cannot use \(owner): LIMIT \(limit) in the query of an alarm with GROUP BY is not supported yet; "
                            + "want all series, at most \(InsightsQuery.seriesMax)", at: list)
                    return nil
                }
                guard period.isMultiple(of: input.resolution.seconds) else {
                    reject(
                        "Metrics", got: "a Period of \(period) s",
                        want: "a multiple of \(input.resolution.seconds) s, the width of the metric's slots", at: list)
                    return nil
                }
            }
            return (input, period, list)
        } catch {
            reportFault(error, readers)
            return nil
        }
    }

    /// Names the expression's place in the file, and the place within it.
    private mutating func reportFault(_ fault: AlarmInput.Fault, _ readers: [PropertyReader]) {
        let (id, message): (String, String) =
            switch fault {
            case .math(let error): (error.id, error.cloudWatchText ?? error.message)
            case .insights(let id, let error): (id, error.cloudWatchText)
            }
        let inner: (line: Int, column: Int) =
            switch fault {
            case .math(let error): (error.line, error.column)
            case .insights(_, let error): (error.line, error.column)
            }
        var isOfAll = false
        if case .math(let error) = fault, error.cloudWatchText == nil { isOfAll = true }
        let reader = readers.first { reader in
            if isOfAll { return false }
            return if case .text(let text) = reader.member("Id")?.value.content { text == id } else { false }
        }
        let at = inner == (1, 1) ? "" : " (line \(inner.line), column \(inner.column) of the expression)"
        fail(
            "cannot read Metrics of \(owner): \(message)\(at)",
            at: reader?.place(of: "Expression") ?? place(of: "Metrics"))
    }

    /// One entry of `Metrics`.
    private mutating func readEntry() -> MetricDataQuery? {
        checkNames(among: ["AccountId", "Expression", "Id", "Label", "MetricStat", "Period", "ReturnData"])
        let id = text("Id", .required)
        if let id, !MetricMath.isId(id) {
            fail(
                "cannot read \(owner): The value for parameter Id is not matching the expected pattern "
                    + "^[a-z][a-zA-Z0-9_]*$.", at: place(of: "Id"))
        }
        let label = text("Label", .droppable)
        let returnsData = bool("ReturnData") ?? true
        let period = has("Period") ? readPeriod("Period", .optional) : nil
        let expression = text("Expression", length: 1...MetricMath.charactersMax)
        if let account = text("AccountId", .droppable), account != evaluation.settings.accountID {
            reject(
                "AccountId", got: "'\(account)'",
                want: "\(evaluation.settings.accountID): metrics of other accounts are not here")
        }
        guard has("MetricStat") else {
            guard isUsable, let id else { return nil }
            guard let expression else {
                fail("cannot read \(owner): got no MetricStat and no Expression; want one of them", at: location)
                return nil
            }
            return MetricDataQuery(
                id: id, expression: expression, label: label, returnsData: returnsData, period: period)
        }
        guard !has("Expression") else {
            fail(
                "cannot read \(owner): The parameters Expression and MetricStat are mutually exclusive and you have "
                    + "specified both.", at: place(of: "Expression"))
            return nil
        }
        let stat = readMetricStat()
        guard isUsable, let id, let stat else { return nil }
        return MetricDataQuery(id: id, metricStat: stat, label: label, returnsData: returnsData)
    }

    private mutating func readMetricStat() -> MetricDataQuery.MetricStat? {
        guard var reader = reader("MetricStat") else { return nil }
        defer { merge(reader) }
        reader.checkNames(among: ["Metric", "Period", "Stat", "Unit"])
        let period = reader.readPeriod("Period", .required)
        let stat = reader.text("Stat", .required)
        let unit = reader.choice("Unit", among: Self.units)
        if let stat {
            do throws(StatisticError) {
                _ = try Stat(stat)
            } catch {
                reader.fail(
                    "cannot read \(reader.owner): The value for parameter MetricStat.Stat is not a valid statistic. "
                        + "(\(error))", at: reader.place(of: "Stat"))
            }
        }
        guard var metric = reader.reader("Metric", .required) else { return nil }
        metric.checkNames(among: ["Dimensions", "MetricName", "Namespace"])
        let name = metric.text("MetricName", .required, length: 1...255)
        let namespace = metric.text("Namespace", .required, length: 1...255)
        let dimensions = metric.readDimensions()
        reader.merge(metric)
        guard reader.isUsable, let period, let stat, let name, let namespace else { return nil }
        let watched = Metric(namespace: namespace, name: name, dimensions: dimensions)
        guard reader.isWholeSlots(watched, period, at: reader.place(of: "Period")) else { return nil }
        return MetricDataQuery.MetricStat(metric: watched, period: period, stat: stat, unit: unit)
    }

    mutating func readDimensions() -> [Dimension] {
        let readers = readers("Dimensions")
        guard readers.count <= 30 else {
            reject("Dimensions", got: "\(readers.count)", want: "at most 30")
            return []
        }
        var dimensions: [Dimension] = []
        for var reader in readers {
            reader.checkNames(among: ["Name", "Value"])
            let name = reader.text("Name", .required, length: 1...255)
            let value = reader.text("Value", .required, length: 1...1024)
            merge(reader)
            guard let name, let value else { continue }
            if dimensions.contains(where: { $0.name == name }) {
                reject("Dimensions", got: "'\(name)' twice", want: "each name once", at: reader.location)
            }
            dimensions.append(Dimension(name: name, value: value))
        }
        return dimensions
    }

    private mutating func readPeriod(_ key: String, _ use: Use) -> Int64? {
        guard let period = integer(key, use, in: 1...604_800) else { return nil }
        guard !period.isMultiple(of: 60) else { return period }
        if [10, 20, 30].contains(period) {
            fail(
                "cannot use \(owner): a Period of \(period) seconds is not supported yet; want a multiple of 60",
                at: place(of: key))
        } else {
            reject(key, got: "\(period)", want: "a multiple of 60")
        }
        return nil
    }

    /// Built-in metrics are kept per 300 s, so that only whole slots make a period.
    private mutating func isWholeSlots(_ metric: Metric, _ periodSeconds: Int64, at place: SourceLocation) -> Bool {
        let slot = Resolution.fiveMinutes.seconds
        guard metric.resolution == .fiveMinutes, !periodSeconds.isMultiple(of: slot) else { return true }
        reject(
            "Period", got: "\(periodSeconds)",
            want: "a multiple of \(slot), the width of CloudTrail's \(metric.name) slots", at: place)
        return false
    }
}

extension MetricMathError {
    /// CloudWatch's words, as captured in its answers.
    fileprivate var cloudWatchText: String? {
        switch reason {
        case .unknownId(let unknown): "Error in expression '\(id)': ID '\(unknown)' not found"
        case .unknownFunction(let name): "Error in expression '\(id)': Function '\(name)' not found"
        case .notOneWatched, .tooManyQueries: nil
        default: "Error in expression '\(id)': \(message)"
        }
    }
}
