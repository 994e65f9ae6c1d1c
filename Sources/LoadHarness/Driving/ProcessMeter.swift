import Glibc

/// What this process costs, as the kernel tells.
package enum ProcessMeter {
    /// CPU time of the whole process, in seconds.
    package static func cpuSeconds() -> Double { seconds(of: CLOCK_PROCESS_CPUTIME_ID) }

    /// CPU time of the calling thread, in seconds.
    package static func threadSeconds() -> Double { seconds(of: CLOCK_THREAD_CPUTIME_ID) }

    /// A clock that never jumps, in seconds.
    package static func wallSeconds() -> Double { seconds(of: CLOCK_MONOTONIC) }

    private static func seconds(of clock: clockid_t) -> Double {
        var time = timespec()
        unsafe clock_gettime(clock, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }

    /// Resident memory in bytes; `nil` where the kernel does not tell.
    package static func residentBytes() -> Int? { status("VmRSS:").map { $0 * 1024 } }

    /// The most that was ever resident, in bytes, since the start or ``forgetPeak()``.
    package static func peakResidentBytes() -> Int? { status("VmHWM:").map { $0 * 1024 } }

    /// Lets the peak begin anew with what is resident now.
    package static func forgetPeak() {
        let descriptor = unsafe open("/proc/self/clear_refs", O_WRONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return }
        unsafe _ = write(descriptor, [UInt8(ascii: "5")], 1)
        close(descriptor)
    }

    /// Threads of a process.
    package struct Threads: Hashable, Sendable {
        /// Made by the program and its libraries, each for a purpose.
        package var own: Int
        /// Made by the pool behind Swift's tasks, as many as it sees fit; they end when they have nothing to
        /// do.
        package var pool: Int

        package init(own: Int, pool: Int) {
            self.own = own
            self.pool = pool
        }

        /// Counts names as the kernel keeps them: the last 15 letters of what libdispatch calls its threads,
        /// `com.apple.root.default-qos` and the like.
        package init(named names: [String]) {
            pool = names.count { name in Self.poolEndings.contains(where: name.hasSuffix) }
            own = names.count - pool
        }

        private static let poolEndings = ["-qos", "-qos.overcommit", "ispatch-manager"]
    }

    /// Cores that this process may use.
    package static var cores: Int { max(1, Int(sysconf(Int32(_SC_NPROCESSORS_ONLN)))) }

    /// Threads of this process; `nil` where the kernel does not tell.
    package static func threads() -> Threads? {
        guard let numbers = entries(of: "/proc/self/task") else { return nil }
        // One that has ended meanwhile has no name.
        let names = numbers.compactMap { start(of: "/proc/self/task/\($0)/comm") }
        return Threads(named: names.map { String($0.prefix { $0 != "\n" }) })
    }

    /// Open descriptors, without the one that looking takes.
    package static func descriptors() -> Int? {
        entries(of: "/proc/self/fd").map { $0.count - 1 }
    }

    /// Names of what is in a directory of the kernel's; all are numbers.
    private static func entries(of path: String) -> [Int]? {
        guard let directory = unsafe opendir(path) else { return nil }
        defer { unsafe closedir(directory) }
        var numbers: [Int] = []
        while let entry = unsafe readdir(directory) {
            let name = unsafe withUnsafeBytes(of: entry.pointee.d_name) { bytes in
                unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if let number = Int(name) { numbers.append(number) }
        }
        return numbers
    }

    /// First number of a line of `/proc/self/status`.
    private static func status(_ name: String) -> Int? {
        let lines = start(of: "/proc/self/status")?.split(separator: "\n")
        let line = lines?.first { $0.hasPrefix(name) }
        return line?.dropFirst(name.count).split(whereSeparator: \.isWhitespace).first.flatMap { Int($0) }
    }

    /// The first kilobytes of a file of the kernel's; `nil` where there is no such file.
    private static func start(of path: String) -> String? {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: 8_192)
        let count = unsafe read(descriptor, &bytes, bytes.count)
        return count > 0 ? String(decoding: bytes.prefix(count), as: UTF8.self) : nil
    }
}
