import ArgumentParser
import TrailServer

/// The command line of Trailwatch: parses arguments and exits with the right code.
@main
struct Trailwatch: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "trailwatch",
        abstract: "A self-hosted alarm system for cloud audit trails: CloudTrail in, alarms out.",
        version: Version.text,
        subcommands: [
            ServeCommand.self, DemoCommand.self, IngestCommand.self, Query.self, EventsCommand.self, StatusCommand.self,
            BacktestCommand.self, ExplainCommand.self, MuteCommand.self, UnmuteCommand.self, NotificationsCommand.self,
            SendTestCommand.self,
            Check.self,
            TestCommand.self, MatchCommand.self, BackupCommand.self, RestoreCommand.self, Generate.self,
            InitCommand.self, ImportCommand.self,
        ])
}
