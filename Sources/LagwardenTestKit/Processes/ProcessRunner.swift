import Foundation
import Glibc
package import KafkaLauncher

/// A finished program: how it ended and everything it printed.
package struct ProcessOutput: Sendable {
    /// `nil` when it was killed for taking too long.
    package var exit: ChildProcess.Exit?
    package var output: String
    package var error: String

    package var isSuccess: Bool { exit == .code(0) }
}

/// Runs programs with a time limit, or starts ones that go on; what they print goes through files, so
/// nothing blocks.
package enum ProcessRunner {
    /// Runs a program to its end, or kills it at the limit.
    package static func run(
        _ program: String, _ arguments: [String] = [], environment: [String: String?] = [:],
        input: String = "", within limit: Duration = .seconds(30)
    ) async throws(LaunchError) -> ProcessOutput {
        let running = try start(program, arguments, environment: environment, input: input)
        if await running.child.waitForExit(within: limit) != nil {
            return ProcessOutput(exit: running.child.exit, output: running.output, error: running.error)
        }
        running.child.send(SIGKILL)
        _ = await running.child.waitForExit(within: .seconds(10))
        return ProcessOutput(exit: nil, output: running.output, error: running.error)
    }

    /// Starts a program; it is killed when the last reference to the result goes.
    package static func start(
        _ program: String, _ arguments: [String] = [], environment: [String: String?] = [:],
        input: String = ""
    ) throws(LaunchError) -> RunningProcess {
        let directory = try TemporaryDirectory("process")
        let file = try directory.write(input, to: "input")
        let child = try ChildProcess.start(
            program, arguments, environment: environment, input: .file(file),
            output: .file("\(directory.path)/output"), error: .file("\(directory.path)/error"))
        return RunningProcess(child: child, directory: directory)
    }
}

/// A program that was started and goes on.
package final class RunningProcess: Sendable {
    package let child: ChildProcess
    private let directory: TemporaryDirectory

    init(child: ChildProcess, directory: TemporaryDirectory) {
        self.child = child
        self.directory = directory
    }

    deinit { child.send(SIGKILL) }

    /// What it has printed on standard output so far.
    package var output: String { TextFile.read("\(directory.path)/output") }

    /// What it has printed on standard error so far.
    package var error: String { TextFile.read("\(directory.path)/error") }

    /// Waits until its standard output or error contains `text`; false when it ends or the limit passes
    /// first.
    package func waitForText(_ text: String, within limit: Duration = .seconds(10)) async -> Bool {
        await Eventually.holds(within: limit) {
            self.output.contains(text) || self.error.contains(text)
                ? true : self.child.isRunning ? false : nil
        }
    }

    /// Asks it to end, insists after `patience`, and returns what it printed.
    @discardableResult
    package func terminate(patience: Duration = .seconds(5)) async -> ProcessOutput {
        let exit = await child.terminate(patience: patience)
        return ProcessOutput(exit: exit, output: output, error: error)
    }
}
