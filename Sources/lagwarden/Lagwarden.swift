import Configuration
import Foundation
import Service

/// The program: understands the command line and hands over to a command.
@main
enum Lagwarden {
    static func main() async {
        AllocatorSettings.apply()
        // A scraper that hangs up must not end the process.
        signal(SIGPIPE, SIG_IGN)
        let code = await run(Array(CommandLine.arguments.dropFirst()))
        exit(code.rawValue)
    }

    private static func run(_ arguments: [String]) async -> ExitCode {
        let invocation: Invocation
        do throws(UsageFailure) {
            invocation = try Invocation.parse(arguments)
        } catch {
            StandardStreams.writeError("lagwarden: \(error.description)")
            StandardStreams.writeError("Run lagwarden --help for all flags.")
            return .usage
        }
        switch invocation.command {
        case .help:
            StandardStreams.write(HelpText.text)
            return .success
        case .version:
            StandardStreams.write(VersionText.text)
            return .success
        case .serve(let action):
            return await withSettings(invocation) { settings in
                switch action {
                case .checkConfiguration:
                    StandardStreams.write(settings.checkReport)
                    return .success
                case .printConfiguration:
                    StandardStreams.write(settings.yaml)
                    return .success
                case .run:
                    return await ServeCommand.run(settings)
                }
            }
        case .notifyTest(let sink):
            return await withSettings(invocation) { await NotifyCommand.test(sink, $0) }
        case .healthCheck:
            let options = invocation.healthCheck
            if let url = options.url { return await HealthCheckCommand.run(url, options) }
            return await withSettings(invocation) { await HealthCheckCommand.run($0, options) }
        case .demo:
            return await withSettings(invocation) { await DemoCommand.run($0, options: invocation.demo) }
        }
    }

    /// Loads the settings and goes on with them, or says everything that is wrong with them.
    private static func withSettings(
        _ invocation: Invocation, _ body: (Settings) async -> ExitCode
    ) async -> ExitCode {
        let settings: Settings
        do throws(ConfigurationFailure) {
            settings = try Settings.load(
                invocation, environment: ProcessInfo.processInfo.environment, readFile: FileReader.read)
        } catch {
            StandardStreams.writeError(error.description)
            return error.exitCode
        }
        return await body(settings)
    }
}
