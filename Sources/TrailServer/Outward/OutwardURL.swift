import Foundation
import TrailModel
import TrailNotify

/// An Alertmanager's address, to which paths are appended; printing it shows no password.
package struct AlertmanagerURL: Hashable, Sendable, CustomStringConvertible {
    package static let want =
        "an http or https URL such as http://127.0.0.1:9093, without a query, and no link-local address"

    /// Without the slashes at its end.
    private let base: SecretText
    /// Without user and password.
    package let description: String

    /// - Returns: `nil` for a text that is no such address.
    package init?(_ text: String) {
        guard var parts = webAddress(text), parts.query == nil else { return nil }
        while parts.percentEncodedPath.hasSuffix("/") { parts.percentEncodedPath.removeLast() }
        guard let base = parts.string else { return nil }
        self.base = SecretText(base)
        parts.user = nil
        parts.password = nil
        description = parts.string ?? ""
    }

    /// Where alerts are posted, user and password included.
    var alerts: String { base.revealed + "/api/v2/alerts" }
}

/// An address that is visited while all is well, and how often; the address is a secret as a whole.
package struct Heartbeat: Sendable {
    package static let want = "an http or https URL that is no link-local address"
    package static let secondsStandard: Int64 = 300
    package static let secondsMax: Int64 = 86_400

    let url: SecretText
    package var everySeconds = secondsStandard

    /// - Returns: `nil` for a text that is no such address.
    package init?(url: String) {
        guard let url = webAddress(url)?.string else { return nil }
        self.url = SecretText(url)
    }
}

/// The parts of an address that may be called: link-local ones are refused here when they are written so, and when
/// connecting in whatever form.
private func webAddress(_ text: String) -> URLComponents? {
    guard var parts = URLComponents(string: text), let scheme = parts.scheme?.lowercased(),
        scheme == "http" || scheme == "https", let host = parts.host, !host.isEmpty, parts.fragment == nil
    else { return nil }
    parts.scheme = scheme
    let brackets: Set<Character> = ["[", "]"]
    return isLinkLocalAddress(String(host.filter { !brackets.contains($0) })) ? nil : parts
}
