import CShipped

/// A file of `Alarms/`, as it stood when the binary was built.
struct ShippedFile: Equatable, Sendable {
    let name: String
    let text: String

    /// All of them, in byte order of their names.
    static let all: [ShippedFile] = (0..<shipped_file_count()).map { index in
        ShippedFile(
            name: String(cString: shipped_file_name(index)), text: String(cString: shipped_file_text(index)))
    }
}
