import ArgumentParser
import Foundation
import TrailModel
import TrailServer
import TrailStore

/// `trailwatch explain`: why an alarm was in the state it was in, for any past minute.
struct ExplainCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain", abstract: "Say why an alarm is, or was, in its state.",
        discussion: """
            Prints the window that ends at the minute asked for, or last before it: each datapoint, what was filled, the \
            verdict and its rule, the nearest change of one datapoint that would have led to another state, the \
            decision as it was recorded, what was sent, and commands that print the events. Where events came late, \
            what is known now stands beside what was decided. Alarms that were removed or changed since are explained as \
            they were. Works beside a running server. Times are UTC.
            """)

    enum Format: String, ExpressibleByArgument { case text, json }

    @Argument(help: "The alarm's name.")
    var alarm: String

    @Option(
        help: ArgumentHelp(
            "One series of an alarm on a Metrics Insights query with GROUP BY, by its attributes, its values or its id.",
            valueName: "name=value"))
    var contributor: String?

    @OptionGroup var options: SettingsOptions
    @OptionGroup var data: DataDirectory

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "The minute, RFC 3339 or relative such as -3h. (default: the last decided window's end)", valueName: "time")
    )
    var at: String?

    @Option(help: "text for people, or json with all of it.")
    var format = Format.text

    func run() throws {
        do {
            let now = SystemTime().now()
            let time = try at.map { try BacktestCommand.time($0, "--at", now) }
            let settings = try options.settings(environment: ProcessInfo.processInfo.environment)
            let explainer = Explainer(reader: try StoreReader(directory: try data.path(settings)))
            if contributor == nil, let composite = try explainer.explainComposite(alarm, at: time) {
                switch format {
                case .text: print(composite.text)
                case .json: print(composite.json.text)
                }
                return
            }
            if contributor == nil, let all = try explainer.explainContributors(alarm, at: time) {
                switch format {
                case .text: print(all.text(dataDirectory: data.given))
                case .json: print(all.json.text)
                }
                return
            }
            let explanation = try explainer.explain(alarm, contributor: contributor, at: time)
            switch format {
            case .text: print(explanation.text(dataDirectory: data.given))
            case .json: print(explanation.json.text)
            }
        } catch {
            throw exitError(after: error)
        }
    }
}
