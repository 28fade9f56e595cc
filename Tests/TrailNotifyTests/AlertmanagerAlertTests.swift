import Foundation
import Testing
import TrailAlarms
import TrailModel
import TrailNotify

/// The alerts against Alertmanager's API v2 (`postableAlert`) and Prometheus's data model.
@Suite struct AlertmanagerAlertTests {
    private static let url = "https://trail.example.test/#n"

    private func alert(_ alarm: AnnouncedAlarm, accountText: (String) -> String = { $0 }) -> AlertmanagerAlert {
        AlertmanagerAlert(
            alarm, reason: "Threshold \"Crossed\"", since: time("2026-09-14T11:18:44.401Z"), accountID: "111122223333",
            region: "us-east-1", url: Self.url, accountText: accountText)
    }

    private func grouped(by names: [String], _ values: [String?]) throws -> MetricAlarm {
        let list = names.map { "\"\($0)\"" }.joined(separator: ", ")
        let text = "SELECT SUM(Denied) FROM SCHEMA(\"My App\", \(list)) GROUP BY \(list)"
        let insights = try AlarmInsights(MetricDataQuery(id: "q", expression: text, period: 300))
        let alarm = MetricAlarm(
            name: "by", input: .insights(insights), periodSeconds: 300, evaluationPeriods: 1, threshold: 1,
            comparison: .greaterThanThreshold, location: SourceLocation(file: "b.yaml"))
        return alarm.contributed(by: Contributor(of: insights.query, values: values))
    }

    @Test func `a metric alarm is the document that the API wants`() {
        var alarm = sampleAlarm(name: "failed sign-ins", description: "Somebody guesses passwords.")
        alarm.tags = ["severity": "high", "team": "blue"]
        let document = alert(.metric(alarm)).document(endsAt: time("2026-09-14T11:22:44.401Z"))
        #expect(
            document.text == """
                {"startsAt":"2026-09-14T11:18:44.401Z","endsAt":"2026-09-14T11:22:44.401Z",\
                "annotations":{"description":"Threshold \\"Crossed\\"","summary":"Somebody guesses passwords.",\
                "url":"https://trail.example.test/#n"},\
                "labels":{"account_id":"111122223333","alertname":"failed sign-ins","file":"a.yaml","metric_name":"m",\
                "namespace":"ns","region":"us-east-1","severity":"high"},\
                "generatorURL":"https://trail.example.test/#n"}
                """)
    }

    @Test func `a contributor has its attributes as labels, and accounts have names for people`() throws {
        let alarm = try grouped(by: ["RecipientAccountId", "EventSource"], ["444455556666", nil])
        let alert = alert(.metric(alarm)) { $0 == "444455556666" ? "prod (\($0))" : $0 }
        #expect(
            alert.document(endsAt: time("2026-09-14T11:22:44Z")).text == """
                {"startsAt":"2026-09-14T11:18:44.401Z","endsAt":"2026-09-14T11:22:44.000Z",\
                "annotations":{"description":"Threshold \\"Crossed\\"",\
                "summary":"by is in ALARM (RecipientAccountId prod (444455556666), EventSource Other)",\
                "url":"https://trail.example.test/#n"},\
                "labels":{"account_id":"111122223333","alertname":"by",\
                "contributor":"RecipientAccountId=444455556666,EventSource=Other","event_source":"Other",\
                "file":"b.yaml","metric_name":"Denied","namespace":"My App","recipient_account_id":"444455556666",\
                "region":"us-east-1"},"generatorURL":"https://trail.example.test/#n"}
                """)
    }

    @Test func `a composite alarm has no metric`() throws {
        let alarm = try CompositeAlarm(
            name: "both", ruleText: "ALARM(a)", tags: ["severity": "low"], location: SourceLocation(file: "c.yaml"))
        let labels = alert(.composite(alarm, triggering: [])).labels.map { "\($0.name)=\($0.value)" }
        #expect(
            labels == [
                "account_id=111122223333", "alertname=both", "file=c.yaml", "region=us-east-1", "severity=low",
            ])
    }

    @Test func `an attribute takes no label that means something else, and no two make one`() throws {
        let names = ["AccountId", "Region", "contributor_region", "a-b", "A.B", "contributor_a_b", "ß", "User"]
        let alarm = try grouped(by: names, ["1", "2", "3", "4", "5", "6", "7", ""])
        let alert = alert(.metric(alarm))
        let labels = Dictionary(alert.labels.map { ($0.name, $0.value) }) { _, _ in "twice" }
        #expect(labels["account_id"] == "111122223333" && labels["region"] == "us-east-1")
        #expect(labels["contributor_account_id"] == "1" && labels["contributor_region"] == "2")
        // What found no name of its own, or has none, is told by the contributor.
        #expect(labels["contributor_contributor_region"] == "3" && labels["a_b"] == "4")
        #expect(labels["contributor_a_b"] == "5" && labels["contributor_contributor_a_b"] == "6")
        #expect(labels["contributor"] == alarm.contributor?.text)
        // An empty value is no label at all, as in Prometheus.
        #expect(labels["user"] == nil && !labels.values.contains("7"))
    }

    @Test func `an alert never ends before it starts`() {
        let text = alert(.metric(sampleAlarm())).document(endsAt: time("2026-09-14T11:18:40Z")).text
        #expect(text.contains(#""endsAt":"2026-09-14T11:18:44.401Z""#))
    }

    @Test(
        arguments: [
            ("AccountId", "account_id"), ("RecipientAccountId", "recipient_account_id"),
            ("EventSource", "event_source"),
            ("AWSRegion", "aws_region"), ("S3Bucket", "s3_bucket"), ("bucketName", "bucket_name"), ("VPC", "vpc"),
            ("@aws.account", "aws_account"), ("user identity", "user_identity"), ("a__b", "a_b"), ("__name__", "name"),
            ("9to5", "_9to5"), ("café", "caf"), ("日本", nil), ("", nil), ("-", nil),
        ] as [(String, String?)])
    func `a name becomes one that Prometheus takes`(text: String, want: String?) {
        #expect(prometheusLabelName(text) == want)
    }

    @Test(arguments: [1, 2, 3] as [UInt64])
    func `whatever an attribute is called, the alert holds to the API and to the data model`(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let pool = Array("aZ9_.-@ é日\"\\\n".unicodeScalars)
        for _ in 0..<300 {
            let attributes = (0..<Int.random(in: 1...4, using: &generator)).map { _ in
                func text() -> String {
                    (0..<Int.random(in: 0...6, using: &generator)).reduce(into: "") { text, _ in
                        text.unicodeScalars.append(pool[Int.random(in: 0..<pool.count, using: &generator)])
                    }
                }
                return Dimension(name: text(), value: text())
            }
            var alarm = sampleAlarm()
            alarm.contributor = Contributor(attributes: attributes)
            let text = alert(.metric(alarm)).document(endsAt: time("2026-09-14T11:22:44Z")).text
            let document = try #require(
                JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any], "seed \(seed): \(text)")
            #expect(Set(document.keys) == ["startsAt", "endsAt", "annotations", "labels", "generatorURL"])
            let labels = try #require(document["labels"] as? [String: String])
            #expect(document["annotations"] is [String: String])
            #expect(text.components(separatedBy: "\"alertname\":").count == 2, "seed \(seed): \(text)")
            for (name, value) in labels {
                #expect(name.wholeMatch(of: /[a-zA-Z_][a-zA-Z0-9_]*/) != nil, "seed \(seed): \(name)")
                #expect(!name.hasPrefix("__") && !value.isEmpty, "seed \(seed): \(name)")
            }
        }
    }
}
