import Testing
import TrailAlarms
import TrailModel
import TrailTemplates

/// Composite alarms and mute rules in templates, and what they name.
struct CompositeTests {
    /// A metric alarm `busy` and a composite alarm, whose properties start in line 16, column 7.
    private func composite(_ properties: String...) -> String {
        alarmTemplate(["AlarmName": "busy"]) + "  Both:\n    Type: AWS::CloudWatch::CompositeAlarm\n    Properties:\n"
            + properties.map { "      \($0)\n" }.joined()
    }

    @Test func `a composite alarm reaches the set`() throws {
        let loaded = load(
            composite(
                "AlarmName: both", "AlarmRule: !Sub 'ALARM(${Busy.Arn}) AND NOT OK(\"busy\")'",
                "AlarmDescription: d", "ActionsEnabled: false", "ActionsSuppressor: !Ref Busy",
                "ActionsSuppressorWaitPeriod: 60", "ActionsSuppressorExtensionPeriod: 90",
                "AlarmActions: [arn:aws:sns:us-east-1:000000000000:t]", "Tags: [{Key: severity, Value: high}]"))
        let alarm = try #require(loaded.set.composites.first)
        #expect(
            loaded.findings == [
                "alarms.yaml:23:22: note: the topic arn:aws:sns:us-east-1:000000000000:t is not loaded; nobody hears of it"
            ])
        #expect(alarm.name == "both")
        #expect(alarm.rule.children.map(\.name) == ["busy"])
        #expect(alarm.suppressor?.alarm.name == "busy")
        #expect(alarm.suppressor?.waitPeriodSeconds == 60 && alarm.suppressor?.extensionPeriodSeconds == 90)
        #expect(!alarm.actionsEnabled && alarm.severity == "high")
    }

    @Test(arguments: ["FALSE", "TRUE", "'FALSE'", "ALARM(busy)", "AT_LEAST(1, NOT OK, (busy))"])
    func `a rule may be written plainly`(rule: String) {
        #expect(load(composite("AlarmRule: \(rule)")).findings == [])
    }

    @Test(arguments: [
        (
            "ALARM(busy) and OK(busy)",
            "16:30: error: cannot use AlarmRule of Both: ValidationError: Error in AlarmRule [Unsupported token 'and' at "
                + "char 12, must be: <EOF>, 'AND', 'OR']"
        ),
        (
            "'ALARM(busy) and OK(busy)'",
            "16:18: error: cannot use AlarmRule of Both: ValidationError: Error in AlarmRule [Unsupported token 'and' at "
                + "char 12, must be: <EOF>, 'AND', 'OR'] (line 1, column 13 of the rule)"
        ),
        (
            "true",
            "16:18: error: cannot use AlarmRule of Both: ValidationError: Error in AlarmRule [Unsupported token 'true' at "
                + "char 0, must be: '(', 'NOT', AT_LEAST, TRUE or FALSE, ALARM, OK, or INSUFFICIENT_DATA]"
        ),
        (
            "ALARM(buzy)",
            "16:18: error: cannot use AlarmRule of Both: ValidationError: Could not save the composite alarm as alarms "
                + "[arn:aws:cloudwatch:us-east-1:000000000000:alarm:buzy] in the alarm rule do not exist; did you mean "
                + "'busy'?"
        ),
        (
            "ALARM(alarms-Both)",
            "16:18: error: cannot use AlarmRule of Both: ValidationError: A composite alarm cannot have a child relation "
                + "with itself via its AlarmRule, as it would introduce a circular dependency"
        ),
        (
            "ALARM(arn:aws:cloudwatch:us-west-2:000000000000:alarm:busy)",
            "16:18: error: cannot use AlarmRule of Both: ValidationError: Error in AlarmRule [Wrong ARN region, it was "
                + "us-west-2 but us-east-1 was expected instead]"
        ),
        (
            "ALARM(arn:aws:cloudwatch:us-east-1:111122223333:alarm:busy)",
            "16:18: error: cannot use AlarmRule of Both: ValidationError: A composite alarm cannot have a child relation "
                + "with alarms from another AWS account"
        ),
        (
            "AT_LEAST(3, ALARM, (busy, busy))",
            "16:27: error: cannot use AlarmRule of Both: ValidationError: Error in AlarmRule [AT_LEAST absolute threshold "
                + "must be between 1 and number of alarms (2)]"
        ),
    ])
    func `a faulty rule is an error with CloudWatch's text, at its place`(rule: String, want: String) {
        let loaded = load(composite("AlarmRule: \(rule)"))
        #expect(loaded.findings == ["alarms.yaml:" + want])
        #expect(loaded.set.composites == [])
    }

    @Test(arguments: [
        (
            ["ActionsSuppressor: nobody", "ActionsSuppressorWaitPeriod: 1", "ActionsSuppressorExtensionPeriod: 1"],
            "17:26: error: cannot use ActionsSuppressor of Both: no loaded file has an alarm 'nobody'"
        ),
        (
            [
                "ActionsSuppressor: alarms-Both", "ActionsSuppressorWaitPeriod: 1",
                "ActionsSuppressorExtensionPeriod: 1",
            ],
            "17:26: error: cannot use ActionsSuppressor of Both: an alarm cannot suppress itself; want another one"
        ),
        (
            ["ActionsSuppressor: busy", "ActionsSuppressorWaitPeriod: 1"],
            "17:26: error: cannot read ActionsSuppressor of Both: want ActionsSuppressorWaitPeriod and "
                + "ActionsSuppressorExtensionPeriod beside it, such as 60 seconds each"
        ),
        (
            ["ActionsSuppressorWaitPeriod: 1"],
            "17:36: error: cannot read ActionsSuppressorWaitPeriod of Both: got it without ActionsSuppressor; want both"
        ),
        (
            ["ActionsSuppresor: busy"],
            "17:7: warning: unknown property 'ActionsSuppresor' of Both; did you mean 'ActionsSuppressor'?"
        ),
    ])
    func `what is wrong with a suppressor is said at it`(lines: [String], want: String) {
        var text = composite("AlarmRule: ALARM(busy)")
        for line in lines { text += "      \(line)\n" }
        #expect(load(text).findings == ["alarms.yaml:" + want])
    }

    @Test func `names are unique over metric and composite alarms`() {
        let findings = load(composite("AlarmName: busy", "AlarmRule: FALSE")).findings
        #expect(
            findings == [
                "alarms.yaml:13:3: error: cannot use the alarm name 'busy' twice: it stands at alarms.yaml:2 too"
            ])
    }

    @Test func `a circle is a warning, and its alarms load`() {
        let other = """
              Other:
                Type: AWS::CloudWatch::CompositeAlarm
                Properties: {AlarmName: other, AlarmRule: ALARM(both)}

            """
        let loaded = load(composite("AlarmName: both", "AlarmRule: ALARM(other)") + other)
        #expect(
            loaded.findings == [
                "alarms.yaml:17:18: warning: composite alarms both → other → both need each other; they are not evaluated "
                    + "until one of their rules is changed, for example to FALSE"
            ])
        #expect(loaded.set.composites.map(\.name) == ["both", "other"])
    }

    @Test func `a rule that names an alarm which cannot be known here is left out with a warning`() {
        let head = "Parameters: {Limit: {Type: Number}}\n"
        let text = head + composite("AlarmRule: ALARM(busy)").replacing("Threshold: 10", with: "Threshold: !Ref Limit")
        let loaded = load(text)
        #expect(loaded.findings.count == 2)
        #expect(!loaded.findings.contains { $0.contains(" error: ") })
        #expect(loaded.set.composites == [])
    }

    // MARK: Mute rules

    private func mute(_ lines: String...) -> String {
        alarmTemplate(["AlarmName": "busy"]) + "  Night:\n    Type: AWS::CloudWatch::AlarmMuteRule\n    Properties:\n"
            + lines.map { "      \($0)\n" }.joined()
    }

    private static let zones = ZoneSource(name: "test") { name in
        name == "Here" ? ZoneOffsets(identifier: name, initialOffset: 3600) : name == "UTC" ? .utc : nil
    }

    private func loadMute(_ text: String) -> (set: AlarmSet, findings: [String]) {
        var settings = TemplateSettings()
        settings.zones = Self.zones
        return load(text, settings: settings)
    }

    @Test func `a mute rule reaches the set`() throws {
        let loaded = loadMute(
            mute(
                "Name: night", "Description: backups",
                "Rule: {Schedule: {Expression: cron(0 2 * * *), Duration: PT1H, Timezone: Here}}",
                "MuteTargets: {AlarmNames: [!Ref Busy]}", "StartDate: 2026-01-01T00:00", "ExpireDate: 2026-02-01T00:00")
        )
        #expect(loaded.findings == [])
        let rule = try #require(loaded.set.muteRules.first)
        #expect(rule.name == "night" && rule.muteDescription == "backups" && rule.alarmNames == ["busy"])
        #expect(rule.start == Timestamp(rfc3339: "2025-12-31T23:00:00Z"))
        #expect(rule.isMuted(at: try #require(Timestamp(rfc3339: "2026-01-10T01:30:00Z"))))
        #expect(!rule.isMuted(at: try #require(Timestamp(rfc3339: "2026-01-10T02:30:00Z"))))
    }

    @Test(arguments: [
        (
            "Rule: {Schedule: {Expression: cron(0 2 * *), Duration: PT1H}}",
            "16:37: error: cannot read Expression of Night: got 4 fields inside cron(…); want five: Minutes Hours "
                + "Day-of-month Month Day-of-week"
        ),
        (
            "Rule: {Schedule: {Expression: cron(0 2 * * *), Duration: PT1S}}",
            "16:64: error: cannot read Duration of Night: got Duration 'PT1S'; want ISO 8601 from PT1M to P15D, such as "
                + "PT4H or P2DT12H"
        ),
        (
            "Rule: {Schedule: {Expression: cron(0 2 * * *), Duration: PT1H, Timezone: There}}",
            "16:80: error: cannot read Timezone of Night: got 'There'; want a time zone such as Europe/Berlin or UTC"
        ),
        ("Rule: {}", "16:13: error: cannot read Night: got no Schedule; want one"),
        ("Rule: now", "16:13: error: cannot read Rule of Night: got 'now'; want a mapping"),
        ("Description: x", "13:3: error: cannot read Night: got no Rule; want one"),
    ])
    func `a faulty mute rule is an error at its place`(line: String, want: String) {
        let loaded = loadMute(mute(line))
        #expect(loaded.findings == ["alarms.yaml:" + want])
        #expect(loaded.set.muteRules == [])
    }

    @Test func `a target that is not loaded is a warning`() {
        let loaded = loadMute(
            mute(
                "Rule: {Schedule: {Expression: at(2026-01-01T00:00), Duration: PT1H}}",
                "MuteTargets: {AlarmNames: [buzy, busy]}"))
        #expect(
            loaded.findings == [
                "alarms.yaml:17:34: warning: the mute rule 'alarms-Night' mutes nothing by 'buzy': no loaded file has such "
                    + "an alarm; did you mean 'busy'?"
            ])
        #expect(loaded.set.muteRules.count == 1)
    }
}
