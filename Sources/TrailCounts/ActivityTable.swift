/// Numbers for activities, given in order of first sight; the store keeps them.
package struct ActivityTable: Sendable {
    package private(set) var activities: [Activity] = []
    /// The numbers of the activities that share a hash, chained: nearly always one.
    private var hashes = KeyTable()
    private var first: [UInt32] = []
    private var next: [UInt32] = []

    package init() {}

    package mutating func id(of activity: Activity) -> UInt32 {
        id(of: activity, hash: activity.contentHash)
    }

    /// The number of `activity`, whose ``Activity/contentHash`` is at hand.
    mutating func id(of activity: Activity, hash: UInt64) -> UInt32 {
        let fresh = UInt32(activities.count)
        let chain = hashes.insert(hash)
        if chain == first.count {
            first.append(fresh)
        } else {
            var id = first[chain]
            while true {
                if activities[Int(id)] == activity { return id }
                guard next[Int(id)] != id else { break }
                id = next[Int(id)]
            }
            next[Int(id)] = fresh
        }
        activities.append(activity)
        // The last of a chain points to itself.
        next.append(fresh)
        return fresh
    }

    /// Forgets all but the first `count`; for a transaction that failed.
    package mutating func keep(first count: Int) {
        guard count < activities.count else { return }
        let kept = activities.prefix(count)
        self = ActivityTable()
        for activity in kept { _ = id(of: activity) }
    }
}
