/// An alarm as another one names it, by name or by ARN.
package struct AlarmReference: Hashable, Sendable {
    /// As written, without the quotes.
    package let text: String
    /// The alarm's name; the last part of an ARN.
    package let name: String
    /// The region and account of an ARN; absent from a plain name.
    package let region: String?
    package let account: String?

    /// Reads `arn:PARTITION:cloudwatch:REGION:ACCOUNT:alarm:NAME`; everything else is a name, which may hold colons.
    package init(_ text: String) {
        self.text = text
        let parts = text.split(separator: ":", maxSplits: 6, omittingEmptySubsequences: false)
        guard parts.count == 7, parts[0] == "arn", parts[2] == "cloudwatch", parts[5] == "alarm" else {
            name = text
            region = nil
            account = nil
            return
        }
        name = String(parts[6])
        region = String(parts[3])
        account = String(parts[4])
    }

    /// The form inside a rule, always in quotes; `\"` and `\\` stand for a quote and a backslash.
    var quoted: String {
        var quoted = "\""
        for scalar in text.unicodeScalars {
            if scalar == "\"" || scalar == "\\" { quoted.unicodeScalars.append("\\") }
            quoted.unicodeScalars.append(scalar)
        }
        return quoted + "\""
    }
}

/// Where alarms live; alarms of other regions and accounts cannot be named in a rule.
package struct AlarmHome: Equatable, Sendable {
    package let region: String
    package let account: String

    package init(region: String, account: String) {
        self.region = region
        self.account = account
    }

    /// The ARN of the alarm of this name.
    package func arn(of name: String) -> String {
        "arn:\(partition):cloudwatch:\(region):\(account):alarm:\(name)"
    }

    private var partition: String {
        if region.hasPrefix("cn-") { return "aws-cn" }
        return region.hasPrefix("us-gov-") ? "aws-us-gov" : "aws"
    }
}
