package import TrailAlarms
package import TrailModel
package import TrailTemplates

/// A file of unit tests for alarm files: what happens on a time line, and which states are expected when.
package struct AlarmTestFile: Sendable {
    /// One test; each has a time line of its own.
    package struct Case: Sendable {
        package let name: String
        package let location: SourceLocation
        /// Values by parameter name.
        package let parameters: [String: String]
        package let start: Timestamp
        let series: [Series]
        let events: [Event]
        package let checks: [Check]
    }

    /// Datapoints of one metric, the first at the start of the test.
    struct Series: Sendable {
        let metric: Metric
        let location: SourceLocation
        /// Starts of slots and their values.
        let points: [(start: Timestamp, value: Double)]
    }

    /// A record of the trail.
    struct Event: Sendable {
        let location: SourceLocation
        let json: String
    }

    /// The state that is expected of one alarm at one time.
    package struct Check: Sendable {
        package let location: SourceLocation
        package let alarm: String
        package let time: Timestamp
        package let state: AlarmState
        /// A part of the state's reason.
        package let reason: String?
    }

    package let path: String
    /// Paths of the alarm files, relative to the directory of the file.
    package let alarmFiles: [String]
    package let cases: [Case]

    package var checkCount: Int { cases.reduce(0) { $0 + $1.checks.count } }
}

/// Why a test file cannot be run.
package struct AlarmTestFault: Error, Sendable, CustomStringConvertible {
    package let diagnostic: Diagnostic

    init(_ message: String, at location: SourceLocation) {
        diagnostic = Diagnostic(.error, message, at: location)
    }

    init(_ diagnostic: Diagnostic) {
        self.diagnostic = diagnostic
    }

    package var description: String { diagnostic.description }
}
