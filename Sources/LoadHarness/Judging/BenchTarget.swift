/// A figure that the project aims at on two cores, and what a run has made of it.
package struct BenchTarget: Hashable, Sendable {
    package var name: String
    package var value: Double
    /// The most that the figure may be.
    package var limit: Double
    package var unit: String

    package var isMet: Bool { value <= limit }

    /// One line for people.
    package var line: String {
        "\(isMet ? "met" : "NOT met"): \(name): \(Self.spell(value)) \(unit), "
            + "at most \(Self.spell(limit)) \(unit)"
    }

    /// Three digits after the point at most.
    private static func spell(_ number: Double) -> String {
        let rounded = (number * 1_000).rounded() / 1_000
        return Int64(exactly: rounded).map(String.init) ?? "\(rounded)"
    }

    /// Every target that these lines tell something about.
    package static func all(in lines: BenchLines) -> [BenchTarget] {
        var targets: [BenchTarget] = []
        func add(_ name: String, _ value: Double?, _ limit: Double, _ unit: String) {
            guard let value else { return }
            targets.append(BenchTarget(name: name, value: value, limit: limit, unit: unit))
        }
        add(
            "snapshot of a million group-partitions",
            lines.figure("bytes_per_group_partition", of: "snapshot_memory"), 200, "bytes for each")
        add(
            "rendering",
            lines.figure("series_per_second", of: "render_partition_text").map { 1e9 / $0 }, 100,
            "ns a series")
        for shape in ["wide", "many"] {
            let run = "load_\(shape)_1"
            let shipped = run + BenchLines.limitedSuffix
            add(
                "\(shape): resident after scrapes, within the limit of series",
                lines.figure("resident_bytes_scraped", of: shipped).map { $0 / 1e6 }, 400, "MB")
            add(
                "\(shape): most that was resident, within the limit of series",
                lines.figure("resident_peak_bytes_scraped", of: shipped).map { $0 / 1e6 }, 400, "MB")
            for (run, limit) in [(shipped, "within the limit"), (run, "without a limit")] {
                guard let seconds = lines.figure("scrape_plain_second_seconds", of: run),
                    let series = lines.figure("series", of: run), series > 0
                else { continue }
                add(
                    "\(shape): plain scrape after the first, \(limit), for a million series",
                    seconds * 1e9 / series, 150, "ms")
            }
            add(
                "\(shape): CPU of a round with 1 % churn",
                lines.figure("part_of_full_round", of: run + BenchLines.besideFullSuffix).map { $0 * 100 },
                5, "% of a full one")
        }
        return targets
    }
}
