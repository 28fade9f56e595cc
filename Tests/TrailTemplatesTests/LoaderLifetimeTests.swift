import Testing
import TrailYAML

@testable import TrailTemplates

struct LoaderLifetimeTests {
    @Test func `the files of a load and what they export do not hold each other`() throws {
        weak var kept: Evaluation?
        do {
            let root = try #require(TemplateDocument(yaml: alarmTemplate(), file: "alarms.yaml").root)
            let evaluation = Evaluation(root, file: "alarms.yaml", settings: TemplateSettings())
            let exports = TemplateExports(of: [evaluation])
            evaluation.exports = exports
            kept = evaluation
            withExtendedLifetime(exports) { #expect(kept?.exports === exports) }
        }
        #expect(kept == nil)
    }
}
