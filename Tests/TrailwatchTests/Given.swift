import ArgumentParser
import Foundation
import TrailModel
import TrailServer

@testable import trailwatch

/// A command line with its variables and the text of its settings file.
struct Given {
    static let now = Timestamp(seconds: 1_700_000_000)
    static let path = "settings.yaml"

    var flags: [String] = []
    var variables: [String: String] = [:]
    var file: String?

    func settings() throws -> Settings {
        try Settings(file: file.map { try SettingsFile(text: $0, path: Self.path) }, environment: variables)
    }

    func serve() throws -> ServeCommand {
        try ServeCommand.parse(flags)
    }

    func serverSettings() throws -> ServerSettings {
        try serve().serverSettings(try settings(), now: Self.now)
    }

    /// What is wrong with it.
    func fault() -> SettingError? {
        do {
            _ = try serverSettings()
            return nil
        } catch {
            return error as? SettingError
        }
    }
}

/// A folder that is removed at the end.
func withFolder<Result>(_ body: (URL) throws -> Result) throws -> Result {
    let folder = FileManager.default.temporaryDirectory.appending(path: "TrailwatchTests-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    return try body(folder)
}
