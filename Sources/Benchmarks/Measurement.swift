import Glibc

/// One benchmark's outcome, printed as one line of JSON.
struct Measurement {
    var name: String
    /// What was measured, in order; values are finite numbers.
    var figures: [(key: String, value: Double)]
    /// What the benchmark's own check of its answer found wrong; `nil` when the answer is right.
    var fault: String?

    /// One JSON object; names and faults are our own text without quotes or control characters.
    var json: String {
        var fields = ["\"benchmark\":\"\(name)\"", "\"ok\":\(fault == nil)"]
        if let fault { fields.append("\"fault\":\"\(fault)\"") }
        for figure in figures { fields.append("\"\(figure.key)\":\(spell(figure.value))") }
        return "{\(fields.joined(separator: ","))}"
    }

    private func spell(_ value: Double) -> String {
        if let integer = Int64(exactly: value) { return "\(integer)" }
        return "\((value * 1_000).rounded() / 1_000)"
    }
}

/// CPU and wall time of the fastest of some runs.
struct Timing {
    /// CPU time of the process: what one core spent, whatever else runs on the machine.
    var cpuSeconds: Double
    var wallSeconds: Double
}

/// Runs `body` `times` times and returns the run with the least CPU time; answers go to ``consume(_:)``.
func fastest(of times: Int, _ body: () -> Void) -> Timing {
    var best = Timing(cpuSeconds: .infinity, wallSeconds: .infinity)
    for _ in 0..<max(1, times) {
        let wallStart = seconds(of: CLOCK_MONOTONIC)
        let cpuStart = seconds(of: CLOCK_PROCESS_CPUTIME_ID)
        body()
        let cpu = seconds(of: CLOCK_PROCESS_CPUTIME_ID) - cpuStart
        let wall = seconds(of: CLOCK_MONOTONIC) - wallStart
        if cpu < best.cpuSeconds { best = Timing(cpuSeconds: cpu, wallSeconds: wall) }
    }
    return best
}

/// Keeps the optimiser from dropping a computation whose answer nobody else reads.
@inline(never)
func consume<Value>(_ value: borrowing Value) {}

/// Resident memory of the process in bytes, or `nil` where the operating system does not tell.
func residentBytes() -> Int? {
    let descriptor = unsafe open("/proc/self/statm", O_RDONLY)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var bytes = [UInt8](repeating: 0, count: 256)
    let count = unsafe read(descriptor, &bytes, bytes.count)
    guard count > 0 else { return nil }
    let fields = String(decoding: bytes.prefix(count), as: UTF8.self).split(separator: " ")
    guard fields.count > 1, let pages = Int(fields[1]) else { return nil }
    return pages * sysconf(Int32(_SC_PAGESIZE))
}

private func seconds(of clock: clockid_t) -> Double {
    var time = timespec()
    unsafe clock_gettime(clock, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}
