package import TrailModel

/// One finding about alarm files, printed as `path:line:column: severity: message`.
package struct Diagnostic: Hashable, Sendable, CustomStringConvertible {
    package enum Severity: String, CaseIterable, Sendable, Codable {
        /// Nothing of the set may be used.
        case error
        /// The set is used, but hardly as its author meant it.
        case warning
        /// The set is used; something of it is passed over.
        case note
    }

    package let severity: Severity
    package let message: String
    /// Absent for findings about the command line.
    package let location: SourceLocation?

    package init(_ severity: Severity, _ message: String, at location: SourceLocation?) {
        self.severity = severity
        self.message = message
        self.location = location
    }

    package var description: String {
        guard let location else { return "\(severity.rawValue): \(message)" }
        return "\(location.file):\(location.line):\(location.column): \(severity.rawValue): \(message)"
    }
}
