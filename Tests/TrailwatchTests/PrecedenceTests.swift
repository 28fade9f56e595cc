import ArgumentParser
import Foundation
import Logging
import Testing
import TrailModel
import TrailNotify
import TrailServer
import TrailSources
import TrailStore
import TrailTemplates

@testable import trailwatch

/// Flag before variable before file before default, for each setting of `serve`.
struct PrecedenceTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let key: String
        /// By rank: flag, variable, file.
        let values: [String]
        /// What the settings then hold, the default last.
        let wanted: [String]
        let read: @Sendable (ServerSettings) -> String

        var testDescription: String { key }
    }

    static let cases: [Case] = [
        Case(
            key: "data", values: ["/a", "/b", "/c"], wanted: ["/a", "/b", "/c", "/home/me/.local/share/trailwatch"]
        ) { $0.dataDirectory },
        Case(
            key: "alarms", values: ["/a", "/b,/b2", "[/c, /c2]"], wanted: ["/a", "/b /b2", "/c /c2", ""]
        ) { $0.alarmPaths.joined(separator: " ") },
        Case(
            key: "listen", values: ["127.0.0.1:1", "[::1]:2", "localhost:3"],
            wanted: ["127.0.0.1:1", "[::1]:2", "127.0.0.1:3", "127.0.0.1:19106"]
        ) { $0.listenAddress.description },
        Case(
            key: "external-url", values: ["https://a", "https://b/x/", "http://c:1"],
            wanted: ["https://a", "https://b/x", "http://c:1", "none"]
        ) { $0.externalURL ?? "none" },
        Case(
            key: "account-id", values: ["111111111111", "222222222222", "033333333333"],
            wanted: ["111111111111", "222222222222", "033333333333", "000000000000"]
        ) { $0.templates.accountID },
        Case(
            key: "region", values: ["eu-west-1", "eu-west-2", "eu-west-3"],
            wanted: ["eu-west-1", "eu-west-2", "eu-west-3", "us-east-1"]
        ) { $0.templates.region },
        Case(key: "log-group", values: ["a", "b", "c"], wanted: ["a", "b", "c", "none"]) {
            $0.templates.logGroup ?? "none"
        },
        Case(key: "lateness", values: ["5s", "10m", "1h"], wanted: ["5", "600", "3600", "none"]) {
            $0.latenessSeconds.map { "\($0)" } ?? "none"
        },
        Case(
            key: "retain-history", values: ["forever", "60d", "1w"], wanted: ["none", "5184000", "604800", "2592000"]
        ) { $0.retainHistorySeconds.map { "\($0)" } ?? "none" },
        Case(
            key: "notify-since", values: ["now", "2023-11-14", "2023-11-14T00:00:01Z"],
            wanted: ["1700000000", "1699920000", "1699920001", "none"]
        ) { $0.notifySince.map { "\($0.milliseconds / 1000)" } ?? "none" },
        Case(
            key: "notify-since", values: ["-1h", "-2h", "-3h"],
            wanted: ["1699996400", "1699992800", "1699989200", "none"]
        ) { $0.notifySince.map { "\($0.milliseconds / 1000)" } ?? "none" },
        Case(key: "notify-initial", values: ["all", "none", "all"], wanted: ["all", "none", "all", "alarm"]) {
            $0.notifyInitial.rawValue
        },
        Case(key: "retain-events", values: ["1d", "2d", "3d"], wanted: ["86400", "172800", "259200", "7776000"]) {
            "\($0.retainEventsSeconds)"
        },
        Case(
            key: "retention", values: ["cloudwatch", "60s=3d", "300s=400d,60s=2d"],
            wanted: ["15 63 455", "3 - -", "2 400 -", "15 - -"]
        ) { settings in
            Resolution.allCases.map { settings.retention.days($0).map { "\($0)" } ?? "-" }.joined(separator: " ")
        },
        Case(
            key: "workers", values: ["1", "2", "3"],
            wanted: ["1", "2", "3", "\(ProcessInfo.processInfo.activeProcessorCount)"]
        ) { "\($0.workers)" },
        Case(key: "accounts", values: ["a", "b", "c"], wanted: ["a", "b", "c", "none"]) {
            $0.accountsFile ?? "none"
        },
        Case(
            key: "since", values: ["now", "2023-11-14", "2023-11-14T00:00:01Z"],
            wanted: ["1700000000", "1699920000", "1699920001", "1699395200"]
        ) { "\($0.bucketSince.seconds)" },
        Case(
            key: "s3-endpoint", values: ["http://a:1", "http://b:2", "http://c:3"],
            wanted: ["a:1", "b:2", "c:3", "none"]
        ) { $0.s3Endpoint?.authority ?? "none" },
        Case(
            key: "alertmanager", values: ["http://a:9093/", "http://b,https://u:p@b2/x", "[http://c, http://c/]"],
            wanted: ["http://a:9093", "http://b https://b2/x", "http://c", ""]
        ) { $0.alertmanagers.map(\.description).joined(separator: " ") },
        Case(
            key: "heartbeat-url", values: ["http://a/1", "http://b/2", "http://c/3"],
            wanted: ["300", "300", "300", "none"]
        ) {
            $0.heartbeat.map { "\($0.everySeconds)" } ?? "none"
        },
        Case(key: "announce-late-within", values: ["1h", "2h", "3h"], wanted: ["3600", "7200", "10800", "86400"]) {
            "\($0.announceLateWithinSeconds)"
        },
        Case(key: "retry-age", values: ["1s", "2s", "3s"], wanted: ["1", "2", "3", "86400"]) {
            "\($0.retryAgeSeconds)"
        },
    ]

    @Test(arguments: cases)
    func `the source of highest rank counts`(given: Case) throws {
        let variable = "TRAILWATCH_" + given.key.uppercased().replacing("-", with: "_")
        for rank in 0...3 {
            var all = Given(variables: ["HOME": "/home/me"])
            if rank == 0 { all.flags = ["--\(given.key)", given.values[0]] }
            if rank <= 1 { all.variables[variable] = given.values[1] }
            if rank <= 2 { all.file = "\(given.key): \(given.values[2])" }
            #expect(given.read(try all.serverSettings()) == given.wanted[rank], "without the \(rank) highest")
        }
    }

    @Test func `the log level and the gzip library have ranks, too`() throws {
        let file = "log-level: debug\ninflate: zlib\n"
        let low = Given(file: file)
        #expect(try low.serve().level(low.settings()) == .debug)
        #expect(try low.serverSettings().inflateLibrary == .zlib)
        let middle = Given(
            variables: ["TRAILWATCH_LOG_LEVEL": "error", "TRAILWATCH_INFLATE": "libdeflate"], file: file)
        #expect(try middle.serve().level(middle.settings()) == .error)
        #expect(try middle.serverSettings().inflateLibrary == .libdeflate)
        let high = Given(flags: ["--log-level", "trace"], variables: middle.variables, file: file)
        #expect(try high.serve().level(high.settings()) == .trace)
        #expect(try Given().serve().level(Given().settings()) == .info)
    }

    @Test func `the file with the webhooks' secret has ranks, and a bad one is refused`() throws {
        try withFolder { folder in
            var files: [String] = []
            for (name, text) in [("flag", "the secret of the flag"), ("file", "the secret of the file"), ("bad", "x")] {
                let file = folder.appending(path: name)
                try text.write(to: file, atomically: true, encoding: .utf8)
                files.append(file.path)
            }
            func header(_ given: Given) throws -> String? {
                try given.serverSettings().webhookSecret?.header(for: "", at: Timestamp(seconds: 1)).value
            }
            let low = try header(Given(file: "webhook-secret-file: \(files[1])"))
            let high = try header(
                Given(flags: ["--webhook-secret-file", files[0]], file: "webhook-secret-file: \(files[1])"))
            #expect(low != nil && high != nil && low != high)
            let none = try header(Given())
            #expect(none == nil)
            for path in [files[2], folder.path + "/none"] {
                #expect(throws: SettingError.self) { try header(Given(flags: ["--webhook-secret-file", path])) }
            }
        }
    }

    @Test func `how often the heartbeat goes out has ranks, and says nothing without an address`() throws {
        let file = "heartbeat-url: http://c\nheartbeat-every: 1h"
        let variables = ["TRAILWATCH_HEARTBEAT_EVERY": "10m"]
        #expect(try Given(file: file).serverSettings().heartbeat?.everySeconds == 3600)
        #expect(try Given(variables: variables, file: file).serverSettings().heartbeat?.everySeconds == 600)
        let flags = ["--heartbeat-every", "30s"]
        #expect(
            try Given(flags: flags, variables: variables, file: file).serverSettings().heartbeat?.everySeconds == 30)
        #expect(try Given(flags: flags).serverSettings().heartbeat == nil)
    }

    @Test func `a list of higher rank replaces the whole list below it`() throws {
        let given = Given(
            flags: ["--alarms", "one"], variables: ["TRAILWATCH_ALARMS": "two,three"], file: "alarms: [four, five]")
        #expect(try given.serverSettings().alarmPaths == ["one"])
        let repeated = Given(flags: ["--alarms", "one,two", "--alarms", "three"])
        #expect(try repeated.serverSettings().alarmPaths == ["one,two", "three"])
    }

    @Test func `an empty variable is not set`() throws {
        let given = Given(
            variables: ["TRAILWATCH_DATA": "", "TRAILWATCH_ALARMS": "", "STATE_DIRECTORY": "", "HOME": "/h"],
            file: "alarms: a")
        #expect(try given.serverSettings().dataDirectory == "/h/.local/share/trailwatch")
        #expect(try given.serverSettings().alarmPaths == ["a"])
    }

    @Test(
        arguments: [
            (["STATE_DIRECTORY": "/s", "XDG_DATA_HOME": "/x", "HOME": "/h"], "/s"),
            (["STATE_DIRECTORY": "/s:/t"], "/s"),
            (["XDG_DATA_HOME": "/x", "HOME": "/h"], "/x/trailwatch"),
            (["XDG_DATA_HOME": "relative", "HOME": "/h"], "/h/.local/share/trailwatch"),
            (["TRAILWATCH_DATA": "/d", "STATE_DIRECTORY": "/s"], "/d"),
        ])
    func `the data directory's default follows systemd and XDG`(variables: [String: String], want: String) throws {
        #expect(try Given(variables: variables).serverSettings().dataDirectory == want)
    }

    @Test func `the region's default is that of AWS's tools`() throws {
        let variables = ["AWS_REGION": "eu-central-1"]
        #expect(try Given(variables: variables).serverSettings().templates.region == "eu-central-1")
        #expect(
            try Given(variables: variables, file: "region: us-west-2").serverSettings().templates.region == "us-west-2")
    }

    @Test func `the settings file may be named by a variable, and the flag wins`() throws {
        try withFolder { folder in
            let one = folder.appending(path: "one.yaml")
            let two = folder.appending(path: "two.yaml")
            try "data: /one".write(to: one, atomically: true, encoding: .utf8)
            try "data: /two".write(to: two, atomically: true, encoding: .utf8)
            let environment = ["TRAILWATCH_CONFIG": one.path]
            let byVariable = try SettingsOptions.parse([]).settings(environment: environment)
            let byFlag = try SettingsOptions.parse(["--config", two.path]).settings(environment: environment)
            #expect(try DataDirectory.parse([]).path(byVariable) == "/one")
            #expect(try DataDirectory.parse([]).path(byFlag) == "/two")
        }
    }

    @Test func `variables of tests and of others are no settings`() throws {
        let strange = [
            "TRAILWATCH_STRICT": "1", "TRAILWATCH_REAL_LOGS": "/r", "TRAILWATCH_SHARED": "/s",
            "TRAILWATCH_PORT": "tcp://10.0.0.1:19106", "HOME": "/h",
        ]
        let settings = try Given(variables: strange).serverSettings()
        #expect(settings.templates.parameters.isEmpty)
        #expect(settings.templates.optionalParameters.isEmpty)
        #expect(settings.listenAddress == .standard)
    }
}
