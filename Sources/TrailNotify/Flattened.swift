/// The first `limit` Unicode scalars of a text whose line breaks are spaces.
///
/// No more is read than that needs: descriptions and names may be of any size, a line is not. A line break is a
/// character of its own whatever comes after it, CR LF is one, so that scalars tell what characters would.
func flattened(_ scalars: some Sequence<Unicode.Scalar>, limit: Int) -> String {
    var flat = String.UnicodeScalarView()
    var isAfterReturn = false
    var iterator = scalars.makeIterator()
    var count = 0
    while count < limit, let scalar = iterator.next() {
        let isRestOfBreak = isAfterReturn && scalar == "\n"
        isAfterReturn = scalar == "\r"
        if isRestOfBreak { continue }
        flat.append(Character(scalar).isNewline ? " " : scalar)
        count += 1
    }
    return String(flat)
}
