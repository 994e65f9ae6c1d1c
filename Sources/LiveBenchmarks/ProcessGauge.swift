import Foundation
import Glibc

/// What the kernel says about another process of this user.
struct ProcessGauge {
    let pid: Int32

    /// CPU time of all its threads, those that ended included, in seconds; `nil` when it is gone.
    var cpuSeconds: Double? {
        var clock = clockid_t()
        guard unsafe clock_getcpuclockid(pid, &clock) == 0 else { return nil }
        var time = timespec()
        guard unsafe clock_gettime(clock, &time) == 0 else { return nil }
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }

    /// Resident memory in bytes, now and at most so far.
    var resident: (now: Double, peak: Double)? {
        guard let now = status("VmRSS:"), let peak = status("VmHWM:") else { return nil }
        return (now * 1024, peak * 1024)
    }

    var threads: Double? { status("Threads:") }

    var descriptors: Double? {
        (try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(pid)/fd")).map { Double($0.count) }
    }

    /// First number behind `key` in the process's status.
    private func status(_ key: String) -> Double? {
        let file = "/proc/\(pid)/status"
        guard let text = try? String(contentsOfFile: file, encoding: .utf8) else { return nil }
        let line = text.split(separator: "\n").first { $0.hasPrefix(key) }
        return line?.dropFirst(key.count).split { $0 == " " || $0 == "\t" }.first.flatMap { Double($0) }
    }
}
