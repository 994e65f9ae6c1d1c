/// The spelling of durations in the configuration: `10s`, `5m`, `1h30m`, `500ms`.
enum DurationText {
    /// Largest first, as they must be written.
    private static let units: [(name: String, milliseconds: Int64)] = [
        ("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1),
    ]

    /// Reads numbers with units, larger units first, each once; `nil` for anything else.
    static func parse(_ text: String) -> Duration? {
        var rest = Substring(text)
        var remainingUnits = units[...]
        var total: Int64 = 0
        guard !rest.isEmpty else { return nil }
        while !rest.isEmpty {
            let digits = rest.prefix { ("0"..."9").contains($0) }
            rest = rest.dropFirst(digits.count)
            let name = rest.prefix { ("a"..."z").contains($0) }
            rest = rest.dropFirst(name.count)
            guard let number = Int64(digits),
                let index = remainingUnits.firstIndex(where: { $0.name == name })
            else { return nil }
            let (part, overflow) = number.multipliedReportingOverflow(by: units[index].milliseconds)
            let (sum, sumOverflow) = total.addingReportingOverflow(part)
            guard !overflow, !sumOverflow else { return nil }
            total = sum
            remainingUnits = units[(index + 1)...]
        }
        return .milliseconds(total)
    }

    /// Writes `duration` in the fewest units; parts below a millisecond are dropped.
    static func print(_ duration: Duration) -> String {
        let (seconds, attoseconds) = duration.components
        var rest = seconds &* 1000 &+ attoseconds / 1_000_000_000_000_000
        var text = ""
        for unit in units where rest >= unit.milliseconds {
            text += "\(rest / unit.milliseconds)\(unit.name)"
            rest %= unit.milliseconds
        }
        return text.isEmpty ? "0s" : text
    }
}
