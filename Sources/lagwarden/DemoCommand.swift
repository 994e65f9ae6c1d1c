import Configuration
import Demo
import Foundation
import KafkaClient
import Service
import StructuredLog

/// `lagwarden demo`: the exporter on a cluster with a cast of groups.
enum DemoCommand {
    /// Time from a signal to the end of the process; a real cluster is tidied up within it.
    static let stopLimit = Duration.seconds(60)

    static func run(_ settings: Settings, options: DemoOptions) async -> ExitCode {
        let logger = StandardStreams.logger(level: settings.log.level, format: settings.log.format)
        let playground = DemoSettings.Playground(
            brokers: settings.clusters.first?.brokers ?? [],
            environment: ProcessInfo.processInfo.environment)
        let demo = Demo(
            settings: DemoSettings(
                playground: playground, prometheus: .init(options.prometheus), duration: options.duration,
                exporter: .init(settings, librdkafka: KafkaCluster.libraryVersion)),
            logger: logger, say: StandardStreams.write)
        let outcome = Outcome()
        await TerminationSignals.cancelling(limit: stopLimit) {
            do throws(DemoFailure) {
                try await demo.run()
            } catch {
                StandardStreams.writeError("lagwarden demo: \(error)")
                await outcome.fail()
            }
        }
        return await outcome.code
    }

    private actor Outcome {
        private(set) var code = ExitCode.success

        func fail() { code = .runtime }
    }
}

extension DemoSettings.PrometheusChoice {
    init(_ choice: DemoOptions.PrometheusChoice) {
        self =
            switch choice {
            case .auto: .auto
            case .off: .off
            case .path(let path): .path(path)
            }
    }
}
