extension AlarmRule {
    /// Looks up the alarms that the rule names, in the order in which CloudWatch refuses.
    ///
    /// - Parameters:
    ///   - name: The composite alarm's own name.
    ///   - home: Its region and account; ARNs of others are refused.
    ///   - known: Whether an alarm of this name exists; alarms of the same load may name each other.
    /// - Throws: ``AlarmRuleError`` without a place, the first of: another region, another account, its own name, alarms
    ///   that do not exist.
    package func check(name: String, home: AlarmHome, known: (String) -> Bool) throws(AlarmRuleError) {
        let children = children
        for child in children {
            if let region = child.region, region != home.region {
                throw AlarmRuleError(reason: .foreignRegion(got: region, want: home.region))
            }
        }
        guard children.allSatisfy({ $0.account == nil || $0.account == home.account }) else {
            throw AlarmRuleError(reason: .foreignAccount)
        }
        guard !children.contains(where: { $0.name == name }) else { throw AlarmRuleError(reason: .namesItself) }
        let unknown = children.filter { !known($0.name) }
        guard unknown.isEmpty else {
            throw AlarmRuleError(reason: .unknownAlarms(unknown.map { home.arn(of: $0.name) }))
        }
    }
}
