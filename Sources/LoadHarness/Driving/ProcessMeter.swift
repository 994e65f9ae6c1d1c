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

    /// Threads of the process.
    package static func threads() -> Int? { status("Threads:") }

    /// Open descriptors, without the one that looking takes.
    package static func descriptors() -> Int? {
        guard let directory = unsafe opendir("/proc/self/fd") else { return nil }
        defer { unsafe closedir(directory) }
        var count = 0
        while let entry = unsafe readdir(directory) {
            if unsafe entry.pointee.d_name.0 != CChar(UInt8(ascii: ".")) { count += 1 }
        }
        return count - 1
    }

    /// First number of a line of `/proc/self/status`.
    private static func status(_ name: String) -> Int? {
        let descriptor = unsafe open("/proc/self/status", O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: 8_192)
        let count = unsafe read(descriptor, &bytes, bytes.count)
        guard count > 0 else { return nil }
        let lines = String(decoding: bytes.prefix(count), as: UTF8.self).split(separator: "\n")
        let line = lines.first { $0.hasPrefix(name) }
        return line?.dropFirst(name.count).split(whereSeparator: \.isWhitespace).first.flatMap { Int($0) }
    }
}
