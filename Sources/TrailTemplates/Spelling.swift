/// The number of letters to insert, delete, replace or swap with their neighbour to turn one text into the other.
func editDistance(_ left: String, _ right: String) -> Int {
    let a = Array(left.lowercased().unicodeScalars)
    let b = Array(right.lowercased().unicodeScalars)
    guard !a.isEmpty, !b.isEmpty else { return max(a.count, b.count) }
    var older: [Int] = []
    var previous = Array(0...b.count)
    for i in 1...a.count {
        var current = [i]
        for j in 1...b.count {
            var best = min(previous[j] + 1, current[j - 1] + 1, previous[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1))
            if i > 1, j > 1, a[i - 1] == b[j - 2], a[i - 2] == b[j - 1] { best = min(best, older[j - 2] + 1) }
            current.append(best)
        }
        older = previous
        previous = current
    }
    return previous[b.count]
}

/// The candidate that `name` is most probably a misspelling of; `nil` when none is near enough to be named.
func nearest(to name: String, among candidates: some Sequence<String>) -> String? {
    // Names of this length are no misspelling of anything, and comparing them would cost time.
    guard name.utf8.count <= 100 else { return nil }
    let allowed = max(1, min(3, name.count / 3))
    var best: (distance: Int, name: String)?
    for candidate in candidates.sorted() {
        let distance = editDistance(name, candidate)
        if distance <= allowed, distance < best?.distance ?? .max { best = (distance, candidate) }
    }
    return best?.name
}

/// `; did you mean 'X'?` when a candidate is near, else nothing.
package func suggestion(for name: String, among candidates: some Sequence<String>) -> String {
    nearest(to: name, among: candidates).map { "; did you mean '\($0)'?" } ?? ""
}
