import Foundation

/// Where the demo lives: its data directory, with the trail and the alarm file in it.
struct DemoDirectory: Sendable {
    private static let removalAttemptsMax = 5

    let path: String
    /// True when the user named it.
    let isKept: Bool

    var trail: String { "\(path)/trail" }
    var alarms: String { "\(path)/Alarms" }
    var alarmFile: String { "\(alarms)/demo.yaml" }

    /// Makes the directory.
    ///
    /// - Parameter given: A path that must be new or empty, because the events of an earlier demo would be counted with
    ///   those of this one; `nil` for a temporary directory.
    /// - Throws: ``DemoError`` when the directory cannot be used.
    init(given: String?) throws(DemoError) {
        let files = FileManager.default
        isKept = given != nil
        path =
            if let given {
                URL(fileURLWithPath: given).standardizedFileURL.path
            } else {
                files.temporaryDirectory.appendingPathComponent("trailwatch-demo-\(UUID().uuidString.prefix(8))").path
            }
        do {
            if files.fileExists(atPath: path), try !files.contentsOfDirectory(atPath: path).isEmpty {
                throw DemoError("cannot use \(path): it is not empty; want a new directory")
            }
            for directory in [path, trail, alarms] {
                try files.createDirectory(atPath: directory, withIntermediateDirectories: true)
            }
            try Data(DemoTemplate.text.utf8).write(to: URL(fileURLWithPath: alarmFile))
        } catch let error as DemoError {
            throw error
        } catch {
            throw DemoError("cannot write to \(path): \(error.localizedDescription)")
        }
    }

    /// Removes a temporary directory.
    func leave() throws(DemoError) {
        guard !isKept else { return }
        var attempts = 0
        while FileManager.default.fileExists(atPath: path) {
            attempts += 1
            do {
                try FileManager.default.removeItem(atPath: path)
            } catch  where attempts < Self.removalAttemptsMax {
                // SQLite takes its own files away while it closes; one that went first is no failure.
                continue
            } catch {
                throw DemoError("cannot remove \(path): \(error.localizedDescription)")
            }
        }
    }
}

/// Why the demo cannot go on.
struct DemoError: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }
}
