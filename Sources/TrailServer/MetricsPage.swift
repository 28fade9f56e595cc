import TrailAlarms
import TrailCounts
import TrailExposition
import TrailModel
import TrailStore

/// The metrics endpoint: everything that is known at this moment, as Prometheus text.
struct MetricsPage: Sendable {
    let store: Store
    let snapshot: Engine.Snapshot
    let process: ProcessStatus
    var outward = OutwardCounts.Figures()

    /// The first so many error codes keep their series, later ones count in `other`.
    static let errorCodesMax = 50

    func render() throws -> [UInt8] {
        var text = TextFormat(reservingCapacity: 64 * 1024)
        let totals = try store.totals()
        add(totals.arrivals, to: &text)
        add(filterMatches: totals.filterMatches, to: &text)
        try addAlarms(to: &text)
        try addOwn(totals.counters, to: &text)
        add(process, to: &text)
        return text.bytes
    }

    // MARK: The trail

    private func add(
        _ arrivals: [(activity: Activity, arrivals: CountBatch.Arrivals)], to text: inout TextFormat
    ) {
        var events = Sums()
        var errors = Sums()
        var calls = Sums()
        var backfilled = Sums()
        // Activities come in the order of first sight, which the store keeps: the same codes keep their series always.
        var codes: Set<String> = []
        for (activity, count) in arrivals {
            let account = activity.recipientAccountID ?? ""
            let place = [account, activity.awsRegion ?? "", activity.eventSource ?? ""]
            events.add(count.young, place)
            backfilled.add(count.backfilled, [account])
            let outcome = activity.isError ? "error" : "ok"
            calls.add(count.young, [activity.eventSource ?? "", activity.eventName ?? "", outcome])
            guard let code = activity.errorCode else { continue }
            if codes.count < Self.errorCodesMax { codes.insert(code) }
            errors.add(count.young, place + [codes.contains(code) ? code : "other"])
        }
        text.add(Families.events, events.samples)
        text.add(Families.errors, errors.samples)
        text.add(Families.calls, calls.samples)
        text.add(Families.backfilled, backfilled.samples)
        text.add(
            Families.accountInfo,
            snapshot.accountNames.accounts.values.map { account in
                MetricSample([account.id, account.name, account.organizationalUnit], 1)
            })
    }

    private func add(filterMatches: [Metric: Int64], to text: inout TextFormat) {
        var sums = Sums()
        for metric in snapshot.filterMetrics { sums.add(0, labels(of: metric)) }
        for (metric, count) in filterMatches { sums.add(count, labels(of: metric)) }
        text.add(Families.filterMatches, sums.samples)
    }

    private func labels(of metric: Metric) -> [String] {
        [metric.namespace, metric.name, metric.dimensions.map { "\($0.name)=\($0.value)" }.joined(separator: ",")]
    }

    // MARK: Alarms

    private func addAlarms(to text: inout TextFormat) throws {
        var states: [MetricSample] = []
        var values: [MetricSample] = []
        var thresholds: [MetricSample] = []
        var transitions: [MetricSample] = []
        var infos: [MetricSample] = []
        var contributorStates: [MetricSample] = []
        for (alarm, recipe, contributors) in snapshot.alarms {
            let definition = alarm.machine.definition
            let status = alarm.machine.status
            let name = definition.name
            for state in AlarmState.allCases {
                states.append(MetricSample([name, state.rawValue], status.state == state ? 1 : 0))
            }
            if let value = try latestValue(of: alarm.machine, recipe) { values.append(MetricSample([name], value)) }
            for contributor in contributors {
                let text = contributor.machine.definition.contributor?.text ?? ""
                contributorStates.append(
                    MetricSample([name, text], contributor.machine.status.state == .alarm ? 1 : 0))
            }
            thresholds.append(MetricSample([name, definition.comparison.bound], definition.threshold))
            transitions.append(MetricSample([name], Double(status.stateUpdated.milliseconds) / 1000))
            // Metric math has no one metric.
            let metrics = definition.input.metrics
            let metric = metrics.count == 1 ? metrics.first : nil
            infos.append(
                MetricSample(
                    [
                        name, definition.severity, metric?.namespace ?? "", metric?.name ?? "",
                        definition.location.file,
                    ], 1))
        }
        for alarm in snapshot.composites {
            let (name, status) = (alarm.definition.name, alarm.status)
            for state in AlarmState.allCases {
                states.append(MetricSample([name, state.rawValue], status.state == state ? 1 : 0))
            }
            transitions.append(MetricSample([name], Double(status.stateTransitioned.milliseconds) / 1000))
            infos.append(MetricSample([name, alarm.definition.severity, "", "", alarm.definition.location.file], 1))
        }
        text.add(Families.alarmState, states)
        text.add(Families.contributorState, contributorStates)
        text.add(Families.alarmValue, values)
        text.add(Families.alarmThreshold, thresholds)
        text.add(Families.alarmTransition, transitions)
        text.add(Families.alarmInfo, infos)
    }

    /// The value of the last period that is decided; `nil` when it has no data.
    private func latestValue(of machine: AlarmMachine, _ recipe: AlarmSeries) throws -> Double? {
        let end = machine.status.decidedThrough.floored(toSeconds: recipe.resolution.seconds)
        let range = end.adding(seconds: -machine.definition.windowSeconds)..<end
        let data = try recipe.data(range, slots: store.slots)
        return AlarmWindow(of: machine.definition, end: end, data: data, closedThrough: end).periods.last??.value
    }

    // MARK: Trailwatch itself

    private func addOwn(_ counters: [String: [String: Int64]], to text: inout TextFormat) throws {
        text.add(Families.storeWritable, snapshot.isStoreWritable ? 1 : 0)
        let size = store.size
        text.add(Families.storeBytes, Double(size.file))
        text.add(Families.storeLogBytes, Double(size.log))
        text.add(
            Families.records,
            ["counted", "duplicate", "malformed"].map { result in
                MetricSample([result], Double(counters["records"]?[result] ?? 0))
            })
        text.add(Families.future, Double(counters["records"]?["future"] ?? 0))
        addLanes(to: &text)
        text.add(
            Families.files,
            FileStatus.allCases.map { status in
                MetricSample([status.rawValue], Double(counters["files"]?[status.rawValue] ?? 0))
            })
        text.add(Families.recountWaiting, Double(snapshot.recount.waiting))
        text.add(Families.recountUnavailable, Double(snapshot.recount.unavailable))
        text.add(
            Families.amended,
            AmendmentKind.allCases.map { kind in
                MetricSample([kind.rawValue], Double(counters[Evaluator.amendedCounter]?[kind.rawValue] ?? 0))
            })
        text.add(
            Families.notifications,
            ["http", "https"].map { kind in
                MetricSample([kind], Double(counters[StoreOutbox.deliveredCounter]?[kind] ?? 0))
            })
        let failures = counters[StoreOutbox.failedCounter] ?? [:]
        text.add(
            Families.notificationsFailed,
            failures.map { label, count in
                MetricSample(label.split(separator: " ").map(String.init), Double(count))
            })
        text.add(Families.notificationsWaiting, Double(try store.waitingMessageCount()))
        text.add(Families.notificationsDead, Double(try store.deadMessageCount()))
        for (family, calls) in [
            (Families.alertmanagerPosts, outward.alertmanager), (Families.heartbeats, outward.heartbeat),
        ] {
            guard let calls else { continue }
            text.add(
                family,
                [MetricSample(["accepted"], Double(calls.accepted)), MetricSample(["failed"], Double(calls.failed))])
        }
        if let reload = snapshot.reload {
            text.add(Families.reloadSuccessful, reload.isSuccessful ? 1 : 0)
            text.add(Families.reloadTime, Double(reload.time.milliseconds) / 1000)
        }
        text.add(Families.buildInfo, CollectionOfOne(MetricSample([Version.text], 1)))
    }

    private func addLanes(to text: inout TextFormat) {
        var watermarks: [MetricSample] = []
        var lastFiles: [MetricSample] = []
        var counts: [Lane.Condition: Int] = [:]
        for (source, figures) in snapshot.lanes {
            for (condition, count) in figures.counts { counts[condition, default: 0] += count }
            for row in figures.rows {
                let labels = [row.account, row.region, source]
                lastFiles.append(MetricSample(labels, Double(row.lastFile.milliseconds) / 1000))
                if let watermark = row.watermark {
                    watermarks.append(MetricSample(labels, Double(watermark.milliseconds) / 1000))
                }
            }
        }
        text.add(Families.laneWatermark, watermarks)
        text.add(Families.laneLastFile, lastFiles)
        text.add(
            Families.lanes,
            Lane.Condition.allCases.map { MetricSample([$0.rawValue], Double(counts[$0] ?? 0)) })
    }

    private func add(_ process: ProcessStatus, to text: inout TextFormat) {
        text.add(Families.processStart, process.startSeconds)
        text.add(Families.processCPU, process.cpuSeconds)
        text.add(Families.processMemory, Double(process.residentBytes))
        if let open = process.openFiles { text.add(Families.processFiles, Double(open)) }
    }

    /// Sums by label values.
    private struct Sums {
        private var values: [[String]: Int64] = [:]

        mutating func add(_ more: Int64, _ labels: [String]) {
            values[labels, default: 0] += more
        }

        var samples: [MetricSample] { values.map { MetricSample($0.key, Double($0.value)) } }
    }
}

/// The version of this build.
package enum Version {
    package static let text = "0.1.0"
}

extension ComparisonOperator {
    /// The side on which a value is bad.
    fileprivate var bound: String {
        switch self {
        case .greaterThanThreshold, .greaterThanOrEqualToThreshold: "upper"
        case .lessThanThreshold, .lessThanOrEqualToThreshold: "lower"
        }
    }
}

/// The families of the metrics endpoint, in the order in which they stand.
private enum Families {
    static let events = MetricFamily(
        "cloudtrail_events_total", .counter, help: "Events counted within 24 hours of their time.",
        labels: ["account_id", "region", "event_source"])
    static let errors = MetricFamily(
        "cloudtrail_errors_total", .counter, help: "Events with an error counted within 24 hours of their time.",
        labels: ["account_id", "region", "event_source", "error_code"])
    static let calls = MetricFamily(
        "cloudtrail_api_calls_total", .counter, help: "Events by call and outcome.",
        labels: ["event_source", "event_name", "outcome"])
    static let backfilled = MetricFamily(
        "cloudtrail_backfilled_events_total", .counter, help: "Events older than 24 hours when they were counted.",
        labels: ["account_id"])
    static let accountInfo = MetricFamily(
        "cloudtrail_account_info", .gauge, help: "What the account is called.",
        labels: ["account_id", "account_name", "organizational_unit"])
    static let filterMatches = MetricFamily(
        "cloudwatch_metric_filter_matches_total", .counter, help: "Events that matched the metric filters of a metric.",
        labels: ["namespace", "metric_name", "dimensions"])
    static let alarmState = MetricFamily(
        "cloudwatch_alarm_state", .gauge, help: "1 for the state that the alarm is in.",
        labels: ["alarm_name", "state"])
    static let contributorState = MetricFamily(
        "cloudwatch_alarm_contributor_state", .gauge,
        help: "1 while the contributor of an alarm with several series is in ALARM.",
        labels: ["alarm_name", "contributor"])
    static let alarmValue = MetricFamily(
        "cloudwatch_alarm_value", .gauge, help: "Value of the last period that was decided.", labels: ["alarm_name"])
    static let alarmThreshold = MetricFamily(
        "cloudwatch_alarm_threshold", .gauge, help: "What the value is compared with.",
        labels: ["alarm_name", "bound"])
    static let alarmTransition = MetricFamily(
        "cloudwatch_alarm_last_transition_timestamp_seconds", .gauge, help: "When the alarm entered its state.",
        labels: ["alarm_name"])
    static let alarmInfo = MetricFamily(
        "cloudwatch_alarm_info", .gauge, help: "What the alarm looks at, and where it is declared.",
        labels: ["alarm_name", "severity", "namespace", "metric_name", "file"])
    static let storeWritable = MetricFamily(
        "trailwatch_store_writable", .gauge, help: "1 while the store takes writes; intake waits while it does not.")
    static let storeBytes = MetricFamily("trailwatch_store_bytes", .gauge, help: "Size of the store's file.")
    static let storeLogBytes = MetricFamily(
        "trailwatch_store_wal_bytes", .gauge,
        help: "Size of the store's write-ahead log; it grows while a reader, or a backup, holds on to one moment.")
    static let records = MetricFamily(
        "trailwatch_intake_records_total", .counter, help: "Records read, by what became of them.",
        labels: ["result"])
    static let future = MetricFamily(
        "trailwatch_intake_future_events_total", .counter,
        help: "Events read more than a day before their time: a clock is wrong. They count where they say.")
    static let laneWatermark = MetricFamily(
        "trailwatch_lane_watermark_timestamp_seconds", .gauge,
        help: "Up to when the events of a lane are complete; region is empty for a whole account.",
        labels: ["account_id", "region", "source"])
    static let laneLastFile = MetricFamily(
        "trailwatch_lane_last_file_timestamp_seconds", .gauge,
        help: "When the newest file of a lane was delivered; region is empty for a whole account.",
        labels: ["account_id", "region", "source"])
    static let lanes = MetricFamily(
        "trailwatch_lanes", .gauge, help: "Lanes by what they are at: account and region of a source.",
        labels: ["state"])
    static let files = MetricFamily(
        "trailwatch_intake_files_total", .counter, help: "Log files read, by what became of them.", labels: ["result"])
    static let recountWaiting = MetricFamily(
        "trailwatch_recount_files_waiting", .gauge,
        help: "Known log files that are still to be counted for metric filters that they were read without.")
    static let recountUnavailable = MetricFamily(
        "trailwatch_recount_files_unavailable", .gauge,
        help: "Known log files that cannot be, since they are not where they were read.")
    static let amended = MetricFamily(
        "trailwatch_amended_decisions_total", .counter, help: "Times that late events changed decisions.",
        labels: ["kind"])
    static let notifications = MetricFamily(
        "trailwatch_notifications_total", .counter, help: "Messages delivered.", labels: ["endpoint_type"])
    static let notificationsFailed = MetricFamily(
        "trailwatch_notifications_failed_total", .counter, help: "Attempts to deliver a message that failed.",
        labels: ["endpoint_type", "reason"])
    static let notificationsWaiting = MetricFamily(
        "trailwatch_notifications_waiting", .gauge, help: "Messages that are not delivered yet.")
    static let notificationsDead = MetricFamily(
        "trailwatch_notifications_dead", .gauge,
        help: "Messages that were given up; `trailwatch notifications --failed` lists them.")
    static let alertmanagerPosts = MetricFamily(
        "trailwatch_alertmanager_posts_total", .counter,
        help: "Requests that told an Alertmanager what is in ALARM, since the start.", labels: ["result"])
    static let heartbeats = MetricFamily(
        "trailwatch_heartbeats_total", .counter, help: "Visits of the heartbeat's address, since the start.",
        labels: ["result"])
    static let reloadSuccessful = MetricFamily(
        "trailwatch_config_last_reload_successful", .gauge, help: "1 when the alarm files had no error last time.")
    static let reloadTime = MetricFamily(
        "trailwatch_config_last_reload_timestamp_seconds", .gauge, help: "When the alarm files were read last.")
    static let buildInfo = MetricFamily(
        "trailwatch_build_info", .gauge, help: "The version that runs.", labels: ["version"])
    static let processStart = MetricFamily(
        "process_start_time_seconds", .gauge, help: "When the process started.")
    static let processCPU = MetricFamily(
        "process_cpu_seconds_total", .counter, help: "User and system time of the process.")
    static let processMemory = MetricFamily(
        "process_resident_memory_bytes", .gauge, help: "Resident memory of the process.")
    static let processFiles = MetricFamily("process_open_fds", .gauge, help: "Open file descriptors of the process.")
}
