import Foundation
import Logging
import ServiceLifecycle
import Testing
import TrailAlarms
import TrailModel
import TrailStore

@testable import TrailServer

/// The socket of commands: a round trip, who may open it, and what a killed server leaves.
@Suite struct ControlSocketTests {
    private struct RealTime: TimeSource {
        func now() -> Timestamp { Timestamp(milliseconds: Int64(Date().timeIntervalSince1970 * 1000)) }
        func sleep(for duration: Duration) async throws { try await Task.sleep(for: duration) }
    }

    private func mode(_ path: String) throws -> Int {
        let attributes = try FileManager.default.attributesOfItem(atPath: path)
        return attributes[.posixPermissions] as? Int ?? 0
    }

    /// Runs `body` while the socket of the engine listens.
    private func listening(
        _ scene: AlarmScene, _ engine: Engine, _ body: (ControlClient) async throws -> Void
    ) async throws {
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let socket = ControlSocket(engine: engine, directory: scene.dataDirectory, logger: logger)
        let group = ServiceGroup(services: [socket], logger: logger)
        let path = scene.dataDirectory + "/control"
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await group.run() }
            for _ in 0..<500 where !FileManager.default.fileExists(atPath: path) {
                try await Task.sleep(for: .milliseconds(10))
            }
            #expect(try mode(path) == 0o600)
            try await body(ControlClient(dataDirectory: scene.dataDirectory, time: RealTime()))
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
        }
        #expect(!FileManager.default.fileExists(atPath: path))
    }

    @Test func `a command reaches the server and is answered`() async throws {
        let scene = try AlarmScene("")
        let (engine, store) = try await scene.open()
        // What a killed server left is in nobody's way.
        try FileManager.default.createDirectory(
            atPath: scene.dataDirectory + "/control.new", withIntermediateDirectories: true)
        try Data().write(to: URL(fileURLWithPath: scene.dataDirectory + "/control.new/s"))
        try await listening(scene, engine) { client in
            #expect(try await client.mutes() == [])
            let order = MuteOrder(alarmNames: ["a", "b"], seconds: 7200, reason: "\"why\" ü\n", who: "alice")
            let lines = try #require(try await client.mute(order))
            #expect(lines.map(\.alarmNames) == [["a"], ["b"]])
            #expect(lines.map(\.until) == Array(repeating: scene.clock.now().adding(seconds: 7200), count: 2))
            #expect(try store.mutes().map(\.reason) == ["\"why\" ü\n", "\"why\" ü\n"])
            #expect(try await client.mutes() == lines)
            let error = await #expect(throws: InputError.self) {
                _ = try await client.mute(MuteOrder(alarmNames: ["aa"], seconds: 60, reason: "r", who: "w"))
            }
            #expect(error?.description == "there is no alarm 'aa'; did you mean 'a'?")
            #expect(try await client.unmute(UnmuteOrder(alarmNames: ["a"], who: "w"))?.map(\.alarmNames) == [["b"]])
            // A long list is refused, not half read.
            let long = MuteOrder(
                alarmNames: Array(repeating: String(repeating: "x", count: 250), count: 2000), seconds: 60, reason: "r",
                who: "w")
            await #expect(throws: InputError.self) { _ = try await client.mute(long) }
        }
    }

    @Test func `without a server there is no answer, and the store is written`() async throws {
        let scene = try AlarmScene("")
        let client = ControlClient(dataDirectory: scene.dataDirectory, time: RealTime())
        do { _ = try await scene.open() }
        #expect(try await client.mutes() == nil)
        // A stale socket is as good as none.
        try Data().write(to: URL(fileURLWithPath: scene.dataDirectory + "/control"))
        #expect(try await client.mutes() == nil)
        let now = scene.clock.now()
        let order = MuteOrder(alarmNames: ["a"], seconds: 60, reason: "r", who: "w")
        _ = try StoredMutes(directory: scene.dataDirectory).mute(order, now: now)
        #expect(try StoredMutes.lines(directory: scene.dataDirectory, now: now).map(\.alarmNames) == [["a"]])
        #expect(try StoredMutes.lines(directory: scene.dataDirectory, now: now.adding(seconds: 60)) == [])
        try StoredMutes(directory: scene.dataDirectory).unmute(UnmuteOrder(alarmNames: ["a"], who: "w"), now: now)
        #expect(try StoredMutes.lines(directory: scene.dataDirectory, now: now) == [])
        #expect(throws: StoreError.self) { _ = try StoredMutes(directory: scene.path + "/nowhere") }
    }

    @Test func `a path that no socket can have is refused`() {
        let directory = "/tmp/" + String(repeating: "x", count: 100)
        let error = #expect(throws: InputError.self) { _ = try ControlPath(directory: directory).prepare() }
        #expect(error?.description.contains("want a data directory of less than 94 bytes") == true)
    }
}
