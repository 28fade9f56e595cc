import ArgumentParser
import Foundation
import Testing
import TrailAlarms
import TrailServer
import TrailTemplates
import TrailYAML

@testable import trailwatch

/// Where template parameters get their values.
struct ParameterTests {
    static let template = """
        Parameters:
          Topic: {Type: String, Default: standard}
        Resources:
          Alarms: {Type: 'AWS::SNS::Topic', Properties: {TopicName: !Ref Topic}}
        """

    private func load(_ given: Given) throws -> (topics: [String], errors: [String]) {
        let settings = try given.serverSettings().templates
        let (set, diagnostics) = TemplateLoader(settings: settings)
            .load([TemplateDocument(yaml: Self.template, file: "a.yaml")])
        return (
            set.topics.map { String($0.arn.split(separator: ":").last ?? "") },
            diagnostics.filter { $0.severity == .error }.map(\.message)
        )
    }

    @Test(
        arguments: [
            (
                ["--parameter", "Topic=flag"], ["TRAILWATCH_PARAMETER_Topic": "variable"], "parameter: {Topic: file}",
                "flag"
            ),
            ([], ["TRAILWATCH_PARAMETER_Topic": "variable"], "parameter: {Topic: file}", "variable"),
            ([], ["TRAILWATCH_PARAMETER_Topic": "variable"], nil, "variable"),
            ([], ["TRAILWATCH_PARAMETER_TOPIC": "other"], "parameter:\n  Topic: file", "file"),
            ([], [:], nil, "standard"),
        ] as [([String], [String: String], String?, String)])
    func `the source of highest rank counts for each parameter`(
        flags: [String], variables: [String: String], file: String?, want: String
    ) throws {
        let loaded = try load(Given(flags: flags, variables: variables, file: file))
        #expect(loaded.topics == [want])
        #expect(loaded.errors == [])
    }

    @Test func `a name that no template declares is an error, unless it comes from a variable`() throws {
        #expect(try load(Given(variables: ["TRAILWATCH_PARAMETER_Topik": "x"])).errors == [])
        let want = ["cannot use --parameter Topik: no loaded file declares it; did you mean 'Topic'?"]
        #expect(try load(Given(flags: ["--parameter", "Topik=x"])).errors == want)
        #expect(try load(Given(file: "parameter: {Topik: x}")).errors == want)
    }

    @Test func `the settings file of the server serves commands that read fewer alarm files`() throws {
        let given = Given(variables: ["TRAILWATCH_PARAMETER_B": "v"], file: "parameter: {A: f, B: f}")
        let settings = try TemplateOptions.parse(["--parameter", "C=x"]).settings(given.settings())
        #expect(settings.parameters == ["C": "x"])
        #expect(settings.optionalParameters == ["A": "f", "B": "v"])
        #expect(try given.serverSettings().templates.parameters == ["A": "f", "B": "v"])
    }

    @Test func `a value may hold equals signs and be empty`() throws {
        let given = Given(flags: ["--parameter", "A=b=c", "--parameter", "D="])
        #expect(try given.serverSettings().templates.parameters == ["A": "b=c", "D": ""])
    }

    @Test(arguments: ["Name", "=value", ""])
    func `a parameter without name or equals sign is refused`(text: String) {
        #expect(
            Given(flags: ["--parameter", text]).fault()
                == .unusable(.flag("--parameter"), got: text, want: "Name=Value"))
    }

    @Test func `the AWS CLI's parameter file is read, and a flag wins over it`() throws {
        try withFolder { folder in
            let file = folder.appending(path: "parameters.json")
            let text = """
                [{"ParameterKey": "A", "ParameterValue": "file"},
                 {"ParameterKey": "B", "ParameterValue": "file", "UsePreviousValue": false}]
                """
            try text.write(to: file, atomically: true, encoding: .utf8)
            let given = Given(
                flags: ["--parameters-file", file.path, "--parameter", "B=flag"], file: "parameter: {A: settings, C: 5}"
            )
            #expect(try given.serverSettings().templates.parameters == ["A": "file", "B": "flag", "C": "5"])
        }
    }

    @Test(arguments: [#"{"Parameters": {}}"#, #"[{"ParameterKey": "A"}]"#, "A=b"])
    func `a parameter file of another form is refused`(text: String) throws {
        try withFolder { folder in
            let file = folder.appending(path: "parameters.json")
            try text.write(to: file, atomically: true, encoding: .utf8)
            let fault = Given(flags: ["--parameters-file", file.path]).fault()
            let message = try #require(fault).description
            #expect(message.hasPrefix("cannot read \(file.path): want a JSON list of"))
        }
    }

    @Test func `serve wants a value for every parameter, check does not`() throws {
        let settings = try Given().settings()
        #expect(try Given().serverSettings().templates.requiresParameterValues)
        #expect(try !TemplateOptions.parse([]).settings(settings).requiresParameterValues)
    }
}
