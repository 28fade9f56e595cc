import Synchronization

/// How often Alertmanagers and the heartbeat's address were called since the start, for `/metrics`.
final class OutwardCounts: Sendable {
    struct Calls: Equatable, Sendable {
        var accepted: Int64 = 0
        var failed: Int64 = 0

        mutating func add(_ isAccepted: Bool) {
            if isAccepted { accepted += 1 } else { failed += 1 }
        }
    }

    struct Figures: Equatable, Sendable {
        /// `nil` where none is set.
        var alertmanager: Calls?
        var heartbeat: Calls?
    }

    private let figures = Mutex(Figures())

    /// Counts from zero what is called.
    init(hasAlertmanager: Bool = false, hasHeartbeat: Bool = false) {
        figures.withLock { figures in
            if hasAlertmanager { figures.alertmanager = Calls() }
            if hasHeartbeat { figures.heartbeat = Calls() }
        }
    }

    var now: Figures { figures.withLock { $0 } }

    func addPost(_ isAccepted: Bool) { figures.withLock { $0.alertmanager?.add(isAccepted) } }
    func addVisit(_ isAccepted: Bool) { figures.withLock { $0.heartbeat?.add(isAccepted) } }
}
