import Glibc

// One line of JSON for each benchmark; status 1 when an answer is wrong, 2 for an unknown argument.
let arguments = CommandLine.arguments.dropFirst()
if let unknown = arguments.first(where: { $0 != "--quick" }) {
    print("Benchmarks: unknown argument \(unknown); the only one is --quick")
    exit(2)
}
let measurements = Benchmarks(isQuick: arguments.contains("--quick")).all()
for measurement in measurements { print(measurement.json) }
exit(measurements.allSatisfy { $0.fault == nil } ? 0 : 1)
