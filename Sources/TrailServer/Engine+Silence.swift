import Logging
import Synchronization
import TrailAlarms
import TrailModel
import TrailNotify
import TrailStore
import TrailTemplates

/// Trails that should send files and do not.
extension Engine {
    private static let silenceLinesMax = 20
    private static let reportNote = "silence report"

    /// Says what has fallen silent since the last look: in the log, on the page, and to operators.
    func noteSilence(_ now: Timestamp) throws {
        let names = snapshot.accountNames
        var all = Silence()
        var silent: [String: Set<String>] = [:]
        for source in sources where source !== posted {
            let silence = source.lanes.silence(now: now, isBehind: source.isBehind)
            let news = silence.news(since: silences[source.stored.name] ?? Silence())
            silences[source.stored.name] = silence
            // A source that is behind was not read: it says nothing of who sends.
            if !source.isBehind {
                let told = silence.after(source.stored.mark)
                all = all + told
                silent[source.stored.name] = told.names
            }
            guard !news.title.isEmpty else { continue }
            let lines = news.lines(now: now, linesMax: Self.silenceLinesMax, accountText: names.text)
            logger.warning(
                "A part of the trail is silent",
                metadata: ["source": "\(source.stored.name)", "what": "\(news.title)", "silent": "\(lines)"])
        }
        let lines = silences.sorted { $0.key < $1.key }.flatMap { name, silence in
            silence.lines(now: now, linesMax: Self.silenceLinesMax, accountText: names.text).map { "\(name): \($0)" }
        }
        shared.withLock { $0.silent = lines }
        try tellSilence(all, silent, names, now)
    }

    /// Sends the operator message when it is due; what was told is written with it.
    private func tellSilence(
        _ silence: Silence, _ silent: [String: Set<String>], _ names: AccountNames, _ now: Timestamp
    ) throws {
        let before: SilenceReport = try noted(Self.reportNote) ?? SilenceReport()
        var report = before
        let news = report.take(silent, of: Set(sources.map(\.stored.name)), now: now)
        guard report != before else { return }
        var record = EvaluationRecord()
        if let news, let start = report.since {
            if news == .ends { report.close() }
            let message = SilenceMessage(
                number: report.number, begins: news == .begins, title: silence.title,
                lines: silence.lines(now: now, linesMax: SilenceMessage.linesMax, accountText: names.text),
                since: start,
                now: now)
            record.messages = try announcer.messages(
                of: message, to: operatorTopics, subscriptions: evaluator.set.subscriptions
            ).map(StoredMessage.init)
        }
        record.notes.append((Self.reportNote, try encoded(report)))
        try store.save(record)
        if !record.messages.isEmpty { onMessages() }
    }

    /// The topic of the shipped alarm files, or where it is not loaded, every topic.
    private var operatorTopics: [String] {
        let templates = settings.templates
        let name =
            templates.parameters[SilenceMessage.topicParameter]
            ?? templates.optionalParameters[SilenceMessage.topicParameter] ?? SilenceMessage.topicDefault
        let all = evaluator.set.topics.map(\.arn)
        let own = all.filter { $0.split(separator: ":").last.map(String.init) == name }
        return own.isEmpty ? all : own
    }
}

/// The operator message about silence: a message of the alarm `TrailSilent`, which no file declares.
struct SilenceMessage: Sendable {
    static let alarmName = "TrailSilent"
    static let topicParameter = "AlarmTopicName"
    static let topicDefault = "trailwatch-alarms"
    /// The title comes before them.
    static let linesMax = AlarmMessage.detailsMax - 1

    /// Counts the messages about silence, from 1.
    let number: Int64
    let begins: Bool
    /// What is silent, in one line.
    let title: String
    let lines: [String]
    /// When this silence was told first.
    let since: Timestamp
    let now: Timestamp

    func transition(accountID: String, region: String) -> AlarmTransition {
        let alarm = MetricAlarm(
            name: Self.alarmName, alarmDescription: "Parts of the trail that used to send files do not.",
            metric: Metric(namespace: "Trailwatch", name: "SilentLanes"), statistic: .maximum, periodSeconds: 300,
            evaluationPeriods: 1, threshold: 0, comparison: .greaterThanThreshold, tags: ["severity": "high"],
            location: SourceLocation(file: "trailwatch", line: 1, column: 1))
        let isFirst = begins && since == now
        return AlarmTransition(
            alarm: .metric(alarm), accountID: accountID, region: region, from: isFirst ? .ok : .alarm,
            to: begins ? .alarm : .ok, reason: begins ? title : Self.endText, stateChangeTime: now,
            configurationUpdated: since, decisionNumber: number, incidentStart: since, windowEnd: now)
    }

    static let endText = "files come again from all that was silent"

    /// The lines for people.
    var details: [String] { begins ? [title] + lines : [Self.endText] }
}
