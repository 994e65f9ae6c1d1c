/// Numbers as people say them in the sentences of findings.
package enum Wording {
    /// "1 record", "2,500 records".
    package static func count(_ number: Int64, _ noun: String) -> String {
        "\(grouped(number)) \(noun)\(number == 1 ? "" : "s")"
    }

    package static func count(_ number: Int, _ noun: String) -> String { count(Int64(number), noun) }

    /// Thousands apart: "12,345".
    package static func grouped(_ number: Int64) -> String {
        // Texts this short take no memory of their own: rounds say thousands of them.
        var (rest, text) = (number.magnitude, "")
        while rest >= 1_000 {
            let three = rest % 1_000
            text = (three < 10 ? ",00" : three < 100 ? ",0" : ",") + String(three) + text
            rest /= 1_000
        }
        return (number < 0 ? "-" : "") + String(rest) + text
    }

    /// The two largest units: "3 d 4 h", "5 min", "12 s"; under a second "0 s".
    package static func duration(_ duration: Duration) -> String {
        let seconds = max(0, duration.components.seconds)
        let (days, hours, minutes) = (seconds / 86_400, seconds / 3_600 % 24, seconds / 60 % 60)
        if days > 0 { return two(days, " d", hours, " h") }
        if hours > 0 { return two(hours, " h", minutes, " min") }
        if minutes > 0 { return two(minutes, " min", seconds % 60, " s") }
        return String(seconds) + " s"
    }

    private static func two(_ large: Int64, _ unit: String, _ small: Int64, _ smallUnit: String) -> String {
        String(large) + unit + (small > 0 ? " " + String(small) + smallUnit : "")
    }
}
