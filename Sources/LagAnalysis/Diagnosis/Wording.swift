/// Numbers as people say them in the sentences of findings.
enum Wording {
    /// "1 record", "2,500 records".
    static func count(_ number: Int64, _ noun: String) -> String {
        "\(grouped(number)) \(noun)\(number == 1 ? "" : "s")"
    }

    static func count(_ number: Int, _ noun: String) -> String { count(Int64(number), noun) }

    /// Thousands apart: "12,345".
    static func grouped(_ number: Int64) -> String {
        var text: [UInt8] = []
        var (rest, count) = (number.magnitude, 0)
        repeat {
            if count > 0, count.isMultiple(of: 3) { text.append(UInt8(ascii: ",")) }
            text.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10))
            (rest, count) = (rest / 10, count + 1)
        } while rest > 0
        if number < 0 { text.append(UInt8(ascii: "-")) }
        return String(decoding: text.reversed(), as: UTF8.self)
    }

    /// The two largest units: "3 d 4 h", "5 min", "12 s"; under a second "0 s".
    static func duration(_ duration: Duration) -> String {
        let seconds = max(0, duration.components.seconds)
        let parts = [
            (seconds / 86_400, "d"), (seconds / 3_600 % 24, "h"), (seconds / 60 % 60, "min"),
            (seconds % 60, "s"),
        ]
        guard let first = parts.firstIndex(where: { $0.0 > 0 }) else { return "0 s" }
        return parts[first...].prefix(2).filter { $0.0 > 0 }.map { "\($0.0) \($0.1)" }.joined(separator: " ")
    }
}
