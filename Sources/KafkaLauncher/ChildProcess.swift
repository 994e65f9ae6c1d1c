import Foundation
import Glibc
import Locking

/// One child of this process: started with `posix_spawn`, reaped by a thread of its own, never a zombie.
///
/// It inherits only its three standard streams, stands in its own process group so that a terminal's Ctrl-C
/// does not reach it, and, where `setpriv` is installed, is killed by the kernel when this process dies.
package final class ChildProcess: Sendable {
    /// Where a standard stream of the child leads.
    package enum Stream: Hashable, Sendable {
        case null
        /// Truncated for output unless `appending`.
        case file(String, appending: Bool = false)
        /// A descriptor of this process; stays open here and belongs to the caller.
        case descriptor(Int32)
    }

    /// How the child ended.
    package enum Exit: Hashable, Sendable, CustomStringConvertible {
        case code(Int32)
        case signal(Int32)

        package var description: String {
            switch self {
            case .code(let code): "exit code \(code)"
            case .signal(let signal): "signal \(signal)"
            }
        }
    }

    package let pid: Int32
    /// Program as it was asked for, for messages.
    package let program: String
    private let ended = Mutex<Exit?>(nil)

    private init(pid: Int32, program: String) {
        self.pid = pid
        self.program = program
    }

    /// Starts `program` (a path, or a name looked up in PATH).
    ///
    /// `environment` replaces or, with `nil`, removes single variables of this process' environment.
    package static func start(
        _ program: String, _ arguments: [String], environment: [String: String?] = [:],
        input: Stream = .null, output: Stream = .null, error: Stream = .null
    ) throws(LaunchError) -> ChildProcess {
        guard let path = find(program) else {
            throw LaunchError("cannot find the program \(program) in PATH")
        }
        var variables = ProcessInfo.processInfo.environment
        for (name, value) in environment { variables[name] = value }
        var words = [path] + arguments
        if let setpriv = find("setpriv") { words = [setpriv, "--pdeathsig", "KILL", "--"] + words }
        let spawn = Spawn(
            words: words, environment: variables.map { "\($0.key)=\($0.value)" },
            streams: [input, output, error])
        switch SpawnThread.shared.run({ spawn.perform() }) {
        case .success(let pid):
            let child = ChildProcess(pid: pid, program: program)
            Thread.detachNewThread { child.reap() }
            return child
        case .failure(let failure): throw failure
        case nil: throw LaunchError("cannot start \(program)")
        }
    }

    /// Full path of an executable, looked up in PATH and the system folders unless it has a slash.
    package static func find(_ program: String) -> String? {
        if program.contains("/") {
            return FileManager.default.isExecutableFile(atPath: program) ? program : nil
        }
        let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
        let folders = path.split(separator: ":").map(String.init) + ["/usr/bin", "/bin", "/usr/sbin"]
        return folders.lazy.map { "\($0)/\(program)" }
            .first { FileManager.default.isExecutableFile(atPath: $0) }
    }

    /// How it ended; `nil` while it runs.
    package var exit: Exit? { ended.withLock { $0 } }

    package var isRunning: Bool { exit == nil }

    /// Sends a signal; false when the child has ended, whose number may then be another's.
    @discardableResult
    package func send(_ signal: Int32) -> Bool {
        ended.withLock { $0 == nil && Glibc.kill(pid, signal) == 0 }
    }

    /// Waits until the child has ended and was reaped, at most `limit`, also in a cancelled task.
    package func waitForExit(within limit: Duration) async -> Exit? {
        let deadline = ContinuousClock.now + limit
        while true {
            if let exit { return exit }
            if ContinuousClock.now >= deadline { return nil }
            await BlockingCall.pause(.milliseconds(10))
        }
    }

    /// Waits until a STOP signal has taken effect, at most two seconds.
    package func waitUntilSuspended() async {
        for _ in 0..<200 where isRunning && !isSuspended { await BlockingCall.pause(.milliseconds(10)) }
    }

    /// Whether the kernel says that it is stopped by a signal.
    private var isSuspended: Bool {
        // The state follows the program's name, which stands in brackets and may hold anything.
        let status = TextFile.read("/proc/\(pid)/stat")
        return status[(status.lastIndex(of: ")") ?? status.endIndex)...].hasPrefix(") T")
    }

    /// Asks with TERM, insists with KILL after `patience`, and returns how it ended.
    @discardableResult
    package func terminate(patience: Duration = .seconds(5)) async -> Exit? {
        send(SIGTERM)
        send(SIGCONT)
        if let exit = await waitForExit(within: patience) { return exit }
        send(SIGKILL)
        return await waitForExit(within: .seconds(10))
    }

    /// Waits in the kernel, then reaps while no signal can be sent.
    private func reap() {
        var information = unsafe siginfo_t()
        while unsafe waitid(P_PID, UInt32(bitPattern: pid), &information, WEXITED | WNOWAIT) != 0 {
            if errno != EINTR { break }
        }
        ended.withLock { ended in
            var status: Int32 = 0
            _ = unsafe waitpid(pid, &status, 0)
            let signal = status & 0x7f
            ended = signal == 0 ? .code((status >> 8) & 0xff) : .signal(signal)
        }
    }
}

/// What `posix_spawn` needs, ready to be run on the spawn thread.
private struct Spawn: Sendable {
    var words: [String]
    var environment: [String]
    var streams: [ChildProcess.Stream]

    func perform() -> Result<Int32, LaunchError> {
        var actions = unsafe posix_spawn_file_actions_t()
        var attributes = posix_spawnattr_t()
        unsafe posix_spawn_file_actions_init(&actions)
        unsafe posix_spawnattr_init(&attributes)
        defer {
            unsafe posix_spawn_file_actions_destroy(&actions)
            unsafe posix_spawnattr_destroy(&attributes)
        }
        for (target, stream) in streams.enumerated() {
            let target = Int32(target)
            switch stream {
            case .null:
                unsafe posix_spawn_file_actions_addopen(&actions, target, "/dev/null", O_RDWR, 0)
            case .file(let path, let appending):
                let flags = target == 0 ? O_RDONLY : O_WRONLY | O_CREAT | (appending ? O_APPEND : O_TRUNC)
                unsafe posix_spawn_file_actions_addopen(&actions, target, path, flags, 0o600)
            case .descriptor(let descriptor):
                unsafe posix_spawn_file_actions_adddup2(&actions, descriptor, target)
            }
        }
        // WHY: not every descriptor of this process is close-on-exec; closing an unused number does no harm.
        let open = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")) ?? []
        let last = open.compactMap { Int32($0) }.max() ?? 255
        for descriptor in 3...max(3, last &+ 64) {
            unsafe posix_spawn_file_actions_addclose(&actions, descriptor)
        }
        var signals = sigset_t()
        unsafe sigemptyset(&signals)
        unsafe posix_spawnattr_setsigmask(&attributes, &signals)
        unsafe sigfillset(&signals)
        unsafe posix_spawnattr_setsigdefault(&attributes, &signals)
        unsafe posix_spawnattr_setpgroup(&attributes, 0)
        let flags = POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP
        unsafe posix_spawnattr_setflags(&attributes, Int16(flags))

        var arguments = unsafe words.map { unsafe strdup($0) } + [nil]
        var variables = unsafe environment.map { unsafe strdup($0) } + [nil]
        defer {
            for index in unsafe arguments.indices { unsafe free(arguments[index]) }
            for index in unsafe variables.indices { unsafe free(variables[index]) }
        }
        var pid: pid_t = 0
        let code = unsafe posix_spawn(&pid, words[0], &actions, &attributes, &arguments, &variables)
        guard code == 0 else {
            return .failure(LaunchError("cannot start \(words[0]): \(String(errorNumber: code))"))
        }
        return .success(pid)
    }
}

extension String {
    /// What the system says about an `errno` value.
    package init(errorNumber: Int32) {
        self = unsafe strerror(errorNumber).map { unsafe String(cString: $0) } ?? "error \(errorNumber)"
    }
}
