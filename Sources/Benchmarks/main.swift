import Glibc
import Service

// One line of JSON for each benchmark; status 1 when an answer is wrong or a ratio got worse, 2 for arguments
// that make no sense.
func finish(_ measurements: [Measurement]) -> Never {
    exit(measurements.allSatisfy { $0.fault == nil } ? 0 : 1)
}

func senseless(_ why: String) -> Never {
    print("Benchmarks: \(why)")
    exit(2)
}

// As the exporter itself does.
guard AllocatorSettings.apply() else { senseless("the allocator refuses its settings") }

switch Arguments(Array(CommandLine.arguments.dropFirst())) {
case .senseless(let why): senseless(why)
case .judge(let judge): exit(judge.run() ? 0 : 1)
case .load(let run):
    let measurement = await run.run()
    print(measurement.json)
    finish([measurement])
case .soak(let run):
    let measurement = await run.run()
    print(measurement.json)
    finish([measurement])
case .parts(let isQuick, let names):
    let benchmarks = Benchmarks(isQuick: isQuick).all()
    let chosen = benchmarks.filter { names.isEmpty || names.contains($0.name) }
    if chosen.isEmpty {
        senseless("no such benchmark; there are \(benchmarks.map(\.name).joined(separator: ", "))")
    }
    finish(
        chosen.map { benchmark in
            let measurement = benchmark.run()
            print(measurement.json)
            return measurement
        })
}
