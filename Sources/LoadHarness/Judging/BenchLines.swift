import LagwardenTestKit

/// What benchmarks printed: one JSON object a line, each with its name and its figures.
package struct BenchLines: Sendable {
    /// What the name of a run on a scripted cluster ends with when series are limited.
    package static let limitedSuffix = "_limited"
    /// And of one that is followed by rounds in which everything changes.
    package static let besideFullSuffix = "_beside_full"

    private var byName: [String: JSONValue] = [:]
    /// Benchmarks whose own check of the answer failed, with what it said.
    package private(set) var faults: [(name: String, fault: String)] = []

    /// Lines that are not such objects are ignored; of two with the same name the last one counts.
    package init(_ text: String) {
        for line in text.split(whereSeparator: \.isNewline) {
            guard let value = JSONValue(decoding: Array(line.utf8)), let name = value["benchmark"].string
            else { continue }
            byName[name] = value
            if value["ok"].bool != true { faults.append((name, value["fault"].string ?? "not ok")) }
        }
    }

    package var names: [String] { byName.keys.sorted() }

    /// A figure of a benchmark; `nil` where it was not measured.
    package func figure(_ key: String, of name: String) -> Double? { byName[name]?[key].number }
}
