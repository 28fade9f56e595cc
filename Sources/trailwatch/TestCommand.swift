import ArgumentParser
import Foundation
import TrailAlarms
import TrailModel
import TrailServer
import TrailTemplates
import TrailYAML

/// `trailwatch test`: unit tests of alarm files.
struct TestCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "test", abstract: "Run unit tests of alarm files. Exit 0 when all pass, else 1.",
        discussion: """
            A test file names alarm files, gives events or datapoints on a time line, and says which state each alarm is \
            expected to be in when. The README shows one; the tests of the shipped alarms are in Alarms/_tests.
            """)

    enum Format: String, ExpressibleByArgument { case text, json }

    @Argument(help: "Test files, or folders of them (*.test.yaml, *.test.yml).", completion: .file())
    var files: [String]

    @Option(help: "text: what failed and a summary; json: one object.")
    var format = Format.text

    func run() throws {
        do {
            try test()
        } catch {
            throw exitError(after: error)
        }
    }

    private func test() throws {
        var report = TestReport()
        for path in try TestFiles.paths(files) {
            do {
                let text = try TestFiles.text(of: path)
                let file = try AlarmTestFile(TemplateDocument(yaml: text, file: path))
                report.add(path, try AlarmTestRunner().run(file))
            } catch let fault as AlarmTestFault {
                report.add(path, fault)
            }
        }
        print(format == .json ? report.json.text : report.text)
        if !report.isPassed { throw ExitCode(1) }
    }
}

/// What became of all test files.
struct TestReport {
    private struct File {
        let path: String
        var outcomes: [AlarmTestRunner.Outcome] = []
        var fault: AlarmTestFault?

        var failures: [AlarmTestRunner.Failure] { outcomes.flatMap(\.failures) }
        var checks: Int { outcomes.reduce(0) { $0 + $1.test.checks.count } }
    }

    private var files: [File] = []

    mutating func add(_ path: String, _ outcomes: [AlarmTestRunner.Outcome]) {
        files.append(File(path: path, outcomes: outcomes))
    }

    mutating func add(_ path: String, _ fault: AlarmTestFault) {
        files.append(File(path: path, fault: fault))
    }

    var isPassed: Bool { files.allSatisfy { $0.fault == nil && $0.failures.isEmpty } }

    var text: String {
        var lines: [String] = []
        for file in files {
            if let fault = file.fault { lines.append("\(fault)") }
            for failure in file.failures {
                let place = failure.check.location
                lines.append("\(place.file):\(place.line):\(place.column): error: \(failure.message)")
                lines += failure.window.map { "    \($0)" }
            }
            let isPassed = file.fault == nil && file.failures.isEmpty
            lines.append(
                "\(isPassed ? "ok  " : "FAIL") \(file.path): \(counted(file.outcomes.count, "test")), "
                    + "\(counted(file.checks, "check")), \(file.failures.count) failed")
        }
        return lines.joined(separator: "\n")
    }

    var json: JSONValue {
        .members([
            ("passed", .bool(isPassed)),
            (
                "files",
                .array(
                    files.map { file in
                        .members([
                            ("file", .string(file.path)), ("fault", file.fault.map { .string("\($0)") }),
                            ("tests", .array(file.outcomes.map(Self.json))),
                        ])
                    })
            ),
        ])
    }

    private static func json(_ outcome: AlarmTestRunner.Outcome) -> JSONValue {
        .members([
            ("name", .string(outcome.test.name)), ("line", .integer(Int64(outcome.test.location.line))),
            ("passed", .bool(outcome.failures.isEmpty)), ("checks", .integer(Int64(outcome.test.checks.count))),
            (
                "failures",
                .array(
                    outcome.failures.map { failure in
                        .members([
                            ("line", .integer(Int64(failure.check.location.line))),
                            ("alarm", .string(failure.check.alarm)), ("time", .string(failure.check.time.rfc3339)),
                            ("want", .string(failure.check.state.rawValue)), ("got", .string(failure.got.rawValue)),
                            ("wantReason", failure.check.reason.map { .string($0) }),
                            ("gotReason", .string(failure.gotReason)),
                            ("window", .array(failure.window.map { .string($0) })),
                        ])
                    })
            ),
        ])
    }
}

/// Finds test files.
enum TestFiles {
    private static let endings = [".test.yaml", ".test.yml"]

    /// The files at `paths`; of a folder those whose names end as test files do, in byte order.
    static func paths(_ paths: [String]) throws -> [String] {
        var found: [String] = []
        for path in paths {
            var isFolder: ObjCBool = false
            guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
                throw ValidationError("cannot read \(path): there is no such file or folder")
            }
            guard isFolder.boolValue else {
                found.append(path)
                continue
            }
            let names = try FileManager.default.subpathsOfDirectory(atPath: path)
            let tests = names.filter { name in endings.contains { name.hasSuffix($0) } }
            guard !tests.isEmpty else {
                throw ValidationError("cannot test \(path): got no files there; want names that end in .test.yaml")
            }
            found += tests.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }.map { "\(path)/\($0)" }
        }
        return found
    }

    static func text(of path: String) throws -> String {
        do {
            return try String(contentsOfFile: path, encoding: .utf8)
        } catch {
            throw ValidationError("cannot read \(path): want a text file in UTF-8")
        }
    }
}
