import Foundation
import LagwardenTestKit

/// One benchmark's outcome as one line of JSON; keys are sorted.
struct LiveReport {
    private var fields: [String: JSONValue]
    /// What the benchmark's own check of its answers found wrong.
    private(set) var faults: [String] = []

    init(_ name: String) { fields = ["benchmark": .string(name)] }

    subscript(key: String) -> Double? {
        get { fields[key]?.number }
        set {
            guard let newValue, newValue.isFinite else { return fields[key] = nil }
            // Six digits behind the point are more than any clock here is good for.
            fields[key] = Int64(exactly: newValue).map { .integer($0) } ?? .number(newValue.rounded(to: 6))
        }
    }

    mutating func note(_ key: String, _ text: String) { fields[key] = .string(text) }

    /// Adds a fault unless the condition holds.
    mutating func check(_ isRight: Bool, _ fault: @autoclosure () -> String) {
        if !isRight { faults.append(fault()) }
    }

    /// Writes the line to standard output; returns whether all was right.
    func print() -> Bool {
        var all = fields
        all["ok"] = .bool(faults.isEmpty)
        if !faults.isEmpty { all["faults"] = .array(faults.map { .string($0) }) }
        FileHandle.standardOutput.write(Data((JSONValue.object(all).encoded + "\n").utf8))
        return faults.isEmpty
    }
}

extension Double {
    /// The number with so many digits behind the point.
    func rounded(to digits: Int) -> Double {
        let scale = pow(10, Double(digits))
        return (self * scale).rounded() / scale
    }
}

extension Array where Element == Double {
    /// The middle one, the mean of the two middle ones of an even number, `nil` of none.
    var median: Double? {
        guard !isEmpty else { return nil }
        let ordered = sorted()
        let middle = ordered.count / 2
        return ordered.count % 2 == 1 ? ordered[middle] : (ordered[middle - 1] + ordered[middle]) / 2
    }
}

extension Duration {
    var inSeconds: Double { Double(components.seconds) + Double(components.attoseconds) / 1e18 }
}
