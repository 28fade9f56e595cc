/// Whether an address is one that no message is ever sent to: IPv4 169.254.0.0/16 and IPv6 fe80::/10, also written as IPv6
/// forms of the IPv4 range (mapped, compatible, NAT64).
///
/// Cloud machines answer there with their credentials.
///
/// - Parameter address: An IP address as `inet_ntop` prints it, without brackets; a zone (`%eth0`) may follow.
/// - Returns: False for every other address, and for text that is none.
package func isLinkLocalAddress(_ address: String) -> Bool {
    let text = address.lowercased()
    if text.hasPrefix("169.254.") { return true }
    guard text.contains(":") else { return false }
    if text.hasPrefix("::ffff:169.254.") || text.hasPrefix("::169.254.") { return true }
    if text.hasPrefix("::ffff:a9fe:") || text.hasPrefix("64:ff9b::a9fe:") { return true }
    guard let first = text.split(separator: ":", omittingEmptySubsequences: false).first,
        let group = UInt16(first, radix: 16)
    else { return false }
    return group & 0xFFC0 == 0xFE80
}
