package import TrailModel

/// CloudWatch's texts for what a composite alarm did (captured, facts 3.15).
package enum CompositeReason {
    /// Why a composite alarm is evaluated.
    package enum Cause: Equatable, Sendable {
        case created
        /// Its rule was changed.
        case updated
        /// A child, by ARN, entered a state.
        case child(String, AlarmState, at: Timestamp)
    }

    /// The `StateReason` of a composite alarm.
    ///
    /// - Parameters:
    ///   - cause: What made it evaluate.
    ///   - arn: Its own ARN.
    ///   - state: What its rule evaluates to.
    /// - Returns: One line.
    package static func text(_ cause: Cause, arn: String, state: AlarmState) -> String {
        switch cause {
        case .created: "\(arn) was created and its alarm rule evaluates to \(state.rawValue)"
        case .updated: "\(arn) was updated and its new alarm rule evaluates to \(state.rawValue)"
        case .child(let child, let entered, let time):
            "\(child) transitioned to \(entered.rawValue) at \(time.compositeReasonText)"
        }
    }

    /// The `StateReasonData` of a composite alarm: the children that made it, with the states they entered and when.
    package static func data(_ children: [(arn: String, state: AlarmState, since: Timestamp)]) -> String {
        let alarms = children.map { child in
            JSONValue.members([
                ("arn", .string(child.arn)),
                (
                    "state",
                    .members([
                        ("value", .string(child.state.rawValue)), ("timestamp", .string(child.since.cloudWatchText)),
                    ])
                ),
            ])
        }
        return JSONValue.members([("triggeringAlarms", .array(alarms))]).text
    }
}

extension Timestamp {
    /// The form inside the reasons of composite alarms: `Monday 14 September, 2026 06:28:17 UTC`.
    var compositeReasonText: String {
        let civil = CivilTime(self)
        let days = ["Thursday", "Friday", "Saturday", "Sunday", "Monday", "Tuesday", "Wednesday"]
        let months = [
            "January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
            "November", "December",
        ]
        let day = floorDivide(seconds, 86_400)
        let weekday = days[Int(day - floorDivide(day, 7) * 7)]
        let time = "\(padded(civil.hour, 2)):\(padded(civil.minute, 2)):\(padded(civil.second, 2))"
        return "\(weekday) \(padded(civil.day, 2)) \(months[civil.month - 1]), \(civil.year) \(time) UTC"
    }
}
