import Glibc

// One line of JSON for each benchmark; status 1 when an answer is wrong, 2 for arguments that make no sense.
let arguments = CommandLine.arguments.dropFirst()
let onlyOption = "--only="
if let unknown = arguments.first(where: { $0 != "--quick" && !$0.hasPrefix(onlyOption) }) {
    print("Benchmarks: unknown argument \(unknown); there are --quick and --only=NAME")
    exit(2)
}
let names = arguments.filter { $0.hasPrefix(onlyOption) }.map { $0.dropFirst(onlyOption.count) }
let benchmarks = Benchmarks(isQuick: arguments.contains("--quick")).all()
let chosen = benchmarks.filter { names.isEmpty || names.contains($0.name[...]) }
if chosen.isEmpty {
    print("Benchmarks: no such benchmark; there are \(benchmarks.map(\.name).joined(separator: ", "))")
    exit(2)
}
var isRight = true
for benchmark in chosen {
    let measurement = benchmark.run()
    print(measurement.json)
    if measurement.fault != nil { isRight = false }
}
exit(isRight ? 0 : 1)
