import LoadHarness

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
        return "\((value * 1e6).rounded() / 1e6)"
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
        let wallStart = ProcessMeter.wallSeconds()
        let cpuStart = ProcessMeter.cpuSeconds()
        body()
        let cpu = ProcessMeter.cpuSeconds() - cpuStart
        let wall = ProcessMeter.wallSeconds() - wallStart
        if cpu < best.cpuSeconds { best = Timing(cpuSeconds: cpu, wallSeconds: wall) }
    }
    return best
}

/// CPU time of the fastest of five copies of so many bytes into memory that was used before.
func secondsToCopy(_ bytes: Int) -> Double {
    let source = [UInt8](repeating: 1, count: bytes)
    var target = [UInt8](repeating: 0, count: bytes)
    let timing = fastest(of: 5) {
        unsafe target.withUnsafeMutableBytes { target in
            unsafe source.withUnsafeBytes { unsafe target.copyMemory(from: $0) }
        }
    }
    consume(target)
    return timing.cpuSeconds
}

/// Keeps the optimiser from dropping a computation whose answer nobody else reads.
@inline(never)
func consume<Value>(_ value: borrowing Value) {}
