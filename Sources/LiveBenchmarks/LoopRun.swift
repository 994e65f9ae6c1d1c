import KafkaLauncher
import LagwardenTestKit

/// The C loop as a child: the same calls of librdkafka, round after round, with nothing done but summing lag.
struct LoopRun {
    let process: RunningProcess

    var gauge: ProcessGauge { ProcessGauge(pid: process.child.pid) }

    /// Starts it; it ends by itself after so many rounds, and makes `lookUps` requests by time in the first.
    static func start(
        bootstrap: String, rounds: Int, interval: Duration, lookUps: Int = 0
    ) throws -> LoopRun {
        let milliseconds = Int(interval.inSeconds * 1_000)
        return LoopRun(
            process: try ProcessRunner.start(
                try Builds.bareLoop(), [bootstrap, "\(rounds)", "\(milliseconds)", "\(lookUps)"]))
    }

    /// The rounds that it has told about.
    var rounds: [JSONValue] {
        process.output.split(separator: "\n").compactMap { JSONValue(decoding: Array($0.utf8)) }
    }

    /// Waits until so many rounds are over.
    func wait(forRounds count: Int, within limit: Duration = .seconds(120)) async throws {
        let deadline = ContinuousClock.now + limit
        while rounds.count < count {
            guard process.child.isRunning, ContinuousClock.now < deadline else {
                throw LaunchError("the loop has not done \(count) rounds: \(process.error)")
            }
            try await Task.sleep(for: .milliseconds(20))
        }
    }
}
