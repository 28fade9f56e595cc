import TrailAlarms
import TrailModel

extension AlarmMessage {
    /// The most characters that SNS takes as a subject.
    package static let subjectMax = 100

    /// SNS's subject: `ALARM: "NAME" in US East (N. Virginia)`, ASCII, at most ``subjectMax`` characters.
    ///
    /// Runs of characters that SNS refuses become one `_`, and a name that is too long ends in `...`, as CloudWatch
    /// has it. A late message starts `LATE ALARM (2 h 10 min)`.
    package var subject: String {
        let head = "\(statePrefix): \""
        let tail = "\" in \(printableASCII(regionLongName(transition.region)))"
        let name = printableASCII(transition.alarm.name)
        let room = max(0, Self.subjectMax - head.count - tail.count)
        let shortName = name.count <= room ? name : name.prefix(max(0, room - 3)) + "..."
        return String((head + shortName + tail).prefix(Self.subjectMax))
    }

    /// The subject in full length and with all its characters.
    package var title: String {
        "\(statePrefix): \"\(transition.alarm.name)\" in \(regionLongName(transition.region))"
    }

    private var statePrefix: String {
        guard let lateSeconds = transition.lateSeconds else { return transition.to.rawValue }
        return "LATE \(transition.to.rawValue) (\(durationText(seconds: lateSeconds)))"
    }
}

/// `text` with each run of characters outside printable ASCII as one `_`.
func printableASCII(_ text: String) -> String {
    var result = ""
    var isInRun = false
    for scalar in text.unicodeScalars {
        let isPrintable = (" "..."~").contains(scalar)
        if isPrintable {
            result.unicodeScalars.append(scalar)
        } else if !isInRun {
            result += "_"
        }
        isInRun = !isPrintable
    }
    return result
}
