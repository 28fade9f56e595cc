import TrailAlarms
import TrailModel

/// `AWS::CloudWatch::AlarmMuteRule`, checked as `PutAlarmMuteRule` checks it.
extension PropertyReader {
    mutating func readMuteRule(named name: ResolvedValue) -> Declarations.Mute? {
        let ruleName = self.name(name, "Name", length: 1...MuteRule.nameCharactersMax)
        let description = text("Description", .droppable, length: 0...1024)
        _ = readTags()
        let schedule = readSchedule()
        let (names, namesPlace) = readTargets()
        guard isUsable, let ruleName, let schedule else { return nil }
        let start = readDate("StartDate", in: schedule.zone)
        let expiry = readDate("ExpireDate", in: schedule.zone)
        guard isUsable else { return nil }
        do throws(MuteRuleError) {
            let rule = try MuteRule(
                name: ruleName, muteDescription: description, alarmNames: names.map(\.name), schedule: schedule,
                start: start, expiry: expiry)
            return Declarations.Mute(rule: rule, targets: names, location: location)
        } catch {
            fail("cannot use \(owner): \(error.message)", at: error.isOfTargets ? namesPlace : location)
            return nil
        }
    }

    private mutating func readSchedule() -> MuteSchedule? {
        guard let rule = inner("Rule", .required) else { return nil }
        var reader = rule
        reader.checkNames(among: ["Schedule"])
        let inside = reader.inner("Schedule", .required)
        merge(reader)
        guard var schedule = inside else { return nil }
        schedule.checkNames(among: ["Duration", "Expression", "Timezone"])
        let expression = schedule.text("Expression", .required)
        let duration = schedule.text("Duration", .required)
        let zoneName = schedule.text("Timezone") ?? "UTC"
        defer { merge(schedule) }
        guard schedule.isUsable, let expression, let duration else { return nil }
        guard let zone = evaluation.settings.zones.offsets(of: zoneName) else {
            schedule.reject(
                "Timezone", got: "'\(zoneName.prefix(100))'", want: "a time zone such as Europe/Berlin or UTC")
            return nil
        }
        do throws(MuteRuleError) {
            return try MuteSchedule(expression, duration: duration, zone: zone)
        } catch {
            let key = if case .duration = error { "Duration" } else { "Expression" }
            schedule.fail("cannot read \(key) of \(owner): \(error.message)", at: schedule.place(of: key))
            return nil
        }
    }

    private mutating func readTargets() -> ([Declarations.Target], SourceLocation) {
        guard var targets = inner("MuteTargets", .optional) else { return ([], location) }
        targets.checkNames(among: ["AlarmNames"])
        var names: [Declarations.Target] = []
        for value in targets.elements("AlarmNames") {
            guard case .text(let text) = value.content, !text.isEmpty else {
                targets.reject("AlarmNames", got: value.shown, want: "the name of an alarm", at: value.location)
                continue
            }
            guard !value.isSecret else {
                targets.refuseSecret("AlarmNames", at: value.location)
                continue
            }
            names.append(Declarations.Target(name: text, location: value.location))
        }
        merge(targets)
        return (names, targets.place(of: "AlarmNames"))
    }

    private mutating func readDate(_ key: String, in zone: ZoneOffsets) -> Timestamp? {
        guard let date = text(key) else { return nil }
        do throws(MuteRuleError) {
            return try MuteSchedule.time(date, in: zone)
        } catch {
            fail("cannot read \(key) of \(owner): \(error.message)", at: place(of: key))
            return nil
        }
    }

    /// The members of a mapping, as a reader of its own.
    private mutating func inner(_ key: String, _ use: Use) -> PropertyReader? {
        guard let value = known(key, use) else { return nil }
        guard case .mapping(let members) = value.content else {
            reject(key, got: value.shown, want: "a mapping")
            return nil
        }
        return PropertyReader(members, of: owner, at: value.location, in: evaluation)
    }
}

extension MuteRuleError {
    fileprivate var isOfTargets: Bool {
        if case .tooManyAlarms = self { true } else { false }
    }
}
