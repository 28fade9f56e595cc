import ArgumentParser
import Foundation
import Testing
import TrailModel
import TrailTemplates

@testable import trailwatch

/// What `check --format json` prints.
struct CheckReportTests {
    @Test func `a report holds what was loaded and every finding with its place`() {
        let report = CheckReport(
            files: 2, set: AlarmSet(),
            diagnostics: [
                Diagnostic(.error, "one", at: nil),
                Diagnostic(.warning, "two \"2\"", at: TrailModel.SourceLocation(file: "a/b.yaml", line: 3, column: 7)),
            ])
        let want =
            #"{"errors":1,"files":2,"findings":[{"message":"one","severity":"error"},"#
            + #"{"column":7,"file":"a/b.yaml","line":3,"message":"two \"2\"","severity":"warning"}],"#
            + #""loaded":{"AWS::CloudWatch::Alarm":0,"AWS::CloudWatch::AlarmMuteRule":0,"#
            + #""AWS::CloudWatch::CompositeAlarm":0,"AWS::Events::ApiDestination":0,"AWS::Events::Connection":0,"#
            + #""AWS::Events::Rule":0,"AWS::Logs::MetricFilter":0,"AWS::SNS::Subscription":0,"#
            + #""AWS::SNS::Topic":0},"notes":0,"warnings":1}"#
        #expect(jsonLine(report) == want)
    }

    @Test(arguments: [
        (["{ $.a = 1 }", "logs"], true), (["{ $.a = 1 }"], false), (["x", "logs", "--format", "yaml"], false),
        (["x", "a", "b", "--explain", "id", "--format", "json"], true),
    ])
    func `match wants a pattern and paths`(arguments: [String], isGood: Bool) {
        #expect(((try? MatchCommand.parse(arguments)) != nil) == isGood)
    }
}
