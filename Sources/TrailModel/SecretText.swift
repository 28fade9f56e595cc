/// A text that may be a secret: printing it, or what holds it, shows nothing of it.
package struct SecretText: Hashable, Sendable {
    /// The text itself, for the one place that sends it.
    package let revealed: String

    package init(_ text: String) { revealed = text }
}

extension SecretText: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    package var description: String { "…" }
    package var debugDescription: String { description }
    package var customMirror: Mirror { Mirror(self, children: []) }
}
