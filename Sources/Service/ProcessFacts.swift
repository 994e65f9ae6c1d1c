import ClusterAccess
package import Exposition
import Glibc

/// Reads what Linux tells about this process, as `process_*` families want it.
///
/// Source: proc(5). Each fact that cannot be read or parsed is `nil`; nothing here fails or blocks for long.
extension ProcessFacts {
    /// Facts of the calling process at this moment.
    package static func current() -> ProcessFacts {
        var facts = ProcessFacts()
        facts.readStatus(
            stat: contents(of: "/proc/self/stat"), bootTime: bootTime(stat: contents(of: "/proc/stat")),
            ticksPerSecond: sysconf(Int32(_SC_CLK_TCK)))
        facts.readMemory(statm: contents(of: "/proc/self/statm"), pageSize: sysconf(Int32(_SC_PAGESIZE)))
        facts.descriptorsMax = descriptorsMax(limits: contents(of: "/proc/self/limits"))
        facts.openDescriptors = countOpenDescriptors()
        return facts
    }

    /// Takes CPU time, threads and start time from the one line of `/proc/self/stat`.
    ///
    /// The name of the program stands in parentheses and may hold any byte, so fields count from behind the
    /// last closing one. `bootTime` is in seconds since 1970.
    mutating func readStatus(stat: String, bootTime: Int64?, ticksPerSecond: Int) {
        guard let nameEnd = stat.lastIndex(of: ")"), ticksPerSecond > 0 else { return }
        // Behind the name come fields 3 (state) and up; see proc(5) for the numbers used below.
        let fields = stat[nameEnd...].dropFirst().split(whereSeparator: \.isWhitespace)
        func field(_ number: Int) -> Int64? {
            fields.indices.contains(number - 3) ? Int64(fields[number - 3]) : nil
        }
        let ticks = Double(ticksPerSecond)
        if let user = field(14), let system = field(15) {
            cpuSeconds = (Double(user) + Double(system)) / ticks
        }
        threads = field(20)
        if let bootTime, let started = field(22) {
            let seconds = Double(bootTime) + Double(started) / ticks
            startTime = Int64(exactly: (seconds * 1e9).rounded()).map(WallTime.init(nanosecondsSince1970:))
        }
    }

    /// Takes virtual and resident size, in pages, from `/proc/self/statm`.
    mutating func readMemory(statm: String, pageSize: Int) {
        let fields = statm.split(whereSeparator: \.isWhitespace)
        guard fields.count >= 2 else { return }
        virtualMemoryBytes = Int64(fields[0]).map { $0 &* Int64(pageSize) }
        residentMemoryBytes = Int64(fields[1]).map { $0 &* Int64(pageSize) }
    }

    /// Soft limit of open files in `/proc/self/limits`; `nil` also for `unlimited`.
    static func descriptorsMax(limits: String) -> Int64? {
        let name = "Max open files"
        let line = limits.split(separator: "\n").first { $0.hasPrefix(name) }
        return line?.dropFirst(name.count).split(whereSeparator: \.isWhitespace).first.flatMap { Int64($0) }
    }

    /// The `btime` line of `/proc/stat`: when the machine started, in seconds since 1970.
    static func bootTime(stat: String) -> Int64? {
        let name = "btime "
        let line = stat.split(separator: "\n").first { $0.hasPrefix(name) }
        return line.flatMap { Int64($0.dropFirst(name.count)) }
    }

    /// Entries of `/proc/self/fd`, without the one that reading it takes.
    private static func countOpenDescriptors() -> Int64? {
        guard let directory = unsafe opendir("/proc/self/fd") else { return nil }
        defer { unsafe closedir(directory) }
        var count: Int64 = 0
        while let entry = unsafe readdir(directory) {
            // Entries other than "." and ".." are numbers.
            if unsafe entry.pointee.d_name.0 != CChar(UInt8(ascii: ".")) { count += 1 }
        }
        return max(0, count - 1)
    }

    /// Whole text of a file under `/proc`, whose size is not known before; empty when it cannot be read.
    private static func contents(of path: String) -> String {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return "" }
        defer { close(descriptor) }
        var text: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 16_384)
        while true {
            let count = unsafe read(descriptor, &chunk, chunk.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { break }
            text.append(contentsOf: chunk.prefix(count))
        }
        return String(decoding: text, as: UTF8.self)
    }
}
