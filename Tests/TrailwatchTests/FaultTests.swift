import ArgumentParser
import Foundation
import Testing
import TrailServer

@testable import trailwatch

/// What cannot be used is named with its origin and the way out.
struct FaultTests {
    static let faulty: [(key: String, value: String, want: String)] = [
        ("data", "", "want a directory"),
        ("listen", "19106", "want HOST:PORT such as 127.0.0.1:19106"),
        ("listen", "127.0.0.1:70000", "want HOST:PORT"),
        ("listen", "::1:80", "want HOST:PORT"),
        ("listen", "0.0.0.0:80", "want an address of this machine only, such as 127.0.0.1:80, because there is no"),
        ("listen", "alarms.example.com:80", "want an address of this machine only"),
        ("external-url", "alarms.example.com", "want a URL such as https://alarms.example.com"),
        ("external-url", "ftp://alarms.example.com", "want a URL"),
        ("external-url", "https://", "want a URL"),
        ("external-url", "https://a/?b", "want a URL"),
        ("account-id", "12345678901", "want the 12 digits of an account"),
        ("account-id", "1234567890ab", "want the 12 digits"),
        ("region", "US East", "want a region such as us-east-1"),
        ("lateness", "5x", "want a duration such as 5s, 10m or 2h, at most 1 d"),
        ("lateness", "0", "want a duration"),
        ("lateness", "86401", "want a duration"),
        ("announce-late-within", "0s", "want a duration such as 5s, 10m or 2h, at most 366 d"),
        ("retry-age", "31d", "want a duration such as 5s, 10m or 2h, at most 30 d"),
        ("retry-age", "1 h", "want a duration"),
        ("notify-since", "yesterday", "want RFC 3339 or a relative time such as -3h"),
        ("notify-initial", "ok", "want one of alarm, all, none"),
        ("log-group", "", "want the name of a log group"),
        ("alertmanager", "127.0.0.1:9093", "want an http or https URL such as http://127.0.0.1:9093, without a query"),
        ("alertmanager", "http://169.254.169.254", "want an http or https URL"),
        ("heartbeat-every", "2d", "want a duration such as 5s, 10m or 2h, at most 1 d"),
        ("heartbeat-every", "0s", "want a duration"),
        ("trail", "s3://", "want s3://BUCKET or s3://BUCKET/PREFIX"),
        ("since", "lately", "want RFC 3339 or a relative time such as -7d"),
        ("s3-endpoint", "minio", "want the address of an S3 server"),
    ]

    @Test(arguments: faulty)
    func `a faulty flag is named`(key: String, value: String, want: String) throws {
        let fault = try #require(Given(flags: ["--\(key)", value]).fault())
        #expect(fault.description.hasPrefix("cannot use --\(key): got '\(value)'; \(want)"), "\(fault)")
        #expect(fault.isUsage)
    }

    @Test(arguments: faulty.filter { !$0.value.isEmpty })
    func `a faulty variable is named`(key: String, value: String, want: String) throws {
        let variable = "TRAILWATCH_" + key.uppercased().replacing("-", with: "_")
        let fault = try #require(Given(variables: [variable: value]).fault())
        #expect(fault.description.hasPrefix("cannot use \(variable): got '\(value)'; \(want)"), "\(fault)")
        #expect(!fault.isUsage)
    }

    @Test(arguments: faulty.filter { !$0.value.isEmpty })
    func `a faulty value of the file is named with its line`(key: String, value: String, want: String) throws {
        let fault = try #require(Given(file: "# Settings\n\n\(key): '\(value)'\n").fault())
        #expect(
            fault.description.hasPrefix("cannot use \(key) in settings.yaml:3: got '\(value)'; \(want)"), "\(fault)")
        #expect(!fault.isUsage)
    }

    @Test func `a faulty command line exits with 64, any other fault with 1`() throws {
        let flag = try #require(Given(flags: ["--listen", "x"]).fault())
        let variable = try #require(Given(variables: ["TRAILWATCH_LISTEN": "x"]).fault())
        #expect(ServeCommand.exitCode(for: exitError(after: flag)).rawValue == 64)
        #expect(ServeCommand.exitCode(for: exitError(after: variable)).rawValue == 1)
        #expect(ServeCommand.exitCode(for: exitError(after: ExitCode(3))).rawValue == 3)
    }

    @Test(
        arguments: [
            ("trails: [a]", "settings.yaml:1: unknown key 'trails'; did you mean 'trail'?"),
            ("data: /d\nexternalUrl: x", "settings.yaml:2: unknown key 'externalUrl'; did you mean 'external-url'?"),
            ("config: other.yaml", "settings.yaml:1: unknown key 'config'"),
            ("external:\n  url: https://a", "settings.yaml:1: unknown key 'external'"),
            ("data: /d\n\nlisten: [a, b]", "settings.yaml:3: got a list for 'listen'; want one text"),
            ("listen:\n  host: a", "settings.yaml:2: got a mapping for 'listen'; want one text"),
            ("trail:\n  a: b", "settings.yaml:2: got a mapping for 'trail'; want a text or a list of texts"),
            ("trail: [a, [b]]", "settings.yaml:1: got a list for 'trail'; want a list of texts"),
            ("alarms: [a, '']", "settings.yaml:1: got no value for 'alarms'; want one, or no such line"),
            ("data:\nregion: us-east-1", "settings.yaml:1: got no value for 'data'; want one, or no such line"),
            ("region: null", "settings.yaml:1: got no value for 'region'"),
            ("parameter: [A=b]", "settings.yaml:1: got a list for 'parameter'; want a mapping such as 'Name: Value'"),
            ("parameter: {A: [b]}", "settings.yaml:1: got a list for 'parameter.A'; want one text"),
            ("data: a\ndata: b", "settings.yaml:"),
            ("- data", "settings.yaml:1: got no mapping; want lines such as 'listen: 127.0.0.1:19106'"),
            ("data: 'a", "settings.yaml:"),
            ("data: a\n---\ndata: b", "settings.yaml:1: only the first document"),
            ("<<: {region: eu-west-1}", "settings.yaml:1: cannot merge 'region' into the settings"),
        ])
    func `a faulty settings file is refused with its line`(text: String, want: String) throws {
        let fault = try #require(Given(file: text).fault())
        #expect(fault.description.hasPrefix("cannot use \(want)"), "\(fault)")
    }

    @Test(arguments: ["", "\n", "# nothing\n---\n  # more\n"])
    func `a settings file without values is read`(text: String) throws {
        #expect(try Given(file: text).serverSettings().listenAddress == .standard)
    }

    @Test func `a settings file that is not there is named`() {
        #expect(throws: SettingError.unreadableFile("/nowhere/x.yaml", reason: "there is no such file")) {
            try SettingsOptions.parse(["--config", "/nowhere/x.yaml"]).settings(environment: [:])
        }
    }

    @Test func `a trail is a folder that is there, and each is taken once`() throws {
        try withFolder { folder in
            let trail = folder.appending(path: "trail").path
            let file = folder.appending(path: "file").path
            try FileManager.default.createDirectory(atPath: trail, withIntermediateDirectories: false)
            try Data().write(to: URL(fileURLWithPath: file))
            #expect(try Given(flags: ["--trail", trail, "--trail", trail + "/"]).serverSettings().trails == [trail])
            let missing = try #require(Given(flags: ["--trail", trail, "--trail", "\(trail)/no"]).fault())
            #expect(missing.description == "cannot read \(trail)/no, given by --trail: there is no such folder")
            #expect(!missing.isUsage)
            let wrong = try #require(Given(variables: ["TRAILWATCH_TRAIL": "\(trail),\(file)"]).fault())
            #expect(wrong.description.hasPrefix("cannot read \(file), given by TRAILWATCH_TRAIL: it is no folder"))
            #expect(try Given(file: "trail: \(trail)").serverSettings().trails == [trail])
        }
    }

    @Test(arguments: [
        ("alertmanager", "ftp://user:hidden@am"), ("heartbeat-url", "ftp://hc.example/hidden"),
        ("heartbeat-url", "http://169.254.1.1/hidden"), ("heartbeat-url", "hidden"),
    ])
    func `what may be a secret is not shown with its fault`(key: String, value: String) throws {
        let fault = try #require(Given(flags: ["--\(key)", value]).fault())
        #expect(fault.description.hasPrefix("cannot use --\(key): got '…'; want an http or https URL"), "\(fault)")
        #expect(!fault.description.contains("hidden"))
    }

    @Test func `an empty place in a list is refused`() {
        let variables = ["TRAILWATCH_TRAIL": "/,"]
        #expect(
            Given(variables: variables).fault()
                == .unusable(.variable("TRAILWATCH_TRAIL"), got: "", want: "a text for each value"))
    }

    @Test func `a faulty log level is refused`() throws {
        let given = Given(flags: ["--log-level", "loud"])
        let error = #expect(throws: SettingError.self) { try given.serve().level(given.settings()) }
        #expect(
            error?.description
                == "cannot use --log-level: got 'loud'; want one of trace, debug, info, notice, warning, error, critical"
        )
    }
}
