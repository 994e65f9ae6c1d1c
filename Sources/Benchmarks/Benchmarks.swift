import ClusterAccess
import Exposition
import HTTPService
import LagModel
import LoadHarness

/// The benchmarks, each of which checks its own answer.
struct Benchmarks {
    /// Small inputs and one run each, to see that everything works.
    var isQuick: Bool

    var runs: Int { isQuick ? 1 : 5 }
    var width: Int { isQuick ? 50 : 1_000 }

    /// One benchmark, to be run when it is chosen.
    struct Named {
        var name: String
        var run: () -> Measurement
    }

    /// Memory comes first, while the process has nothing to reuse.
    func all() -> [Named] {
        var all = [
            Named(name: "snapshot_memory", run: snapshotMemory), Named(name: "lag", run: lag),
            Named(name: "offsets_decode", run: offsetsDecode),
            Named(name: "offsets_apply", run: offsetsApply), Named(name: "copy", run: copy),
            Named(name: "pack_lines", run: { pack(unpacks: false) }),
            Named(name: "unpack_lines", run: { pack(unpacks: true) }),
            Named(name: "scrapers", run: scrapers),
        ]
        for (format, suffix) in [(ExpositionFormat.text, "text"), (.openMetrics, "openmetrics")] {
            for (shape, fixture) in renderings {
                let name = "render_\(shape)_\(suffix)"
                all.append(Named(name: name) { render(name, format: format, fixture) })
            }
        }
        return all
    }

    /// What is rendered: about a million series each, in shapes that stress different parts.
    private var renderings: [(shape: String, fixture: Fixture)] {
        let escapes = "\"\\\n\"\\\n\"\\\n"
        return [
            ("partition", Fixture(groupCount: width, topicsPerGroup: 1, partitionsPerTopic: width / 2)),
            (
                "narrow_topics",
                Fixture(groupCount: width, topicsPerGroup: width / 10, partitionsPerTopic: 1)
            ),
            (
                "escapes",
                Fixture(
                    groupCount: width, topicsPerGroup: 1, partitionsPerTopic: width / 2,
                    nameSuffix: escapes)
            ),
            (
                "narrow_escapes",
                Fixture(
                    groupCount: width, topicsPerGroup: width / 10, partitionsPerTopic: 1,
                    nameSuffix: escapes)
            ),
            (
                "topic",
                Fixture(
                    groupCount: width, topicsPerGroup: width / 5, partitionsPerTopic: 4,
                    granularity: .topic)
            ),
        ]
    }

    /// Bytes copied in memory: what rendering is compared with.
    func copy() -> Measurement {
        let bytes = isQuick ? 1_000_000 : 128_000_000
        let seconds = secondsToCopy(bytes)
        return Measurement(
            name: "copy",
            figures: [
                ("bytes", Double(bytes)), ("cpu_seconds", seconds),
                ("megabytes_per_second", Double(bytes) / seconds / 1e6),
            ], fault: seconds > 0 ? nil : "no time passed")
    }

    /// Packing the lines of a body, or getting them back.
    func pack(unpacks: Bool) -> Measurement {
        let fixture = Fixture(groupCount: width, topicsPerGroup: 1, partitionsPerTopic: width / 2)
        let chunks = KafkaExposition.render([fixture.snapshot()], format: .text).chunks
        var packer = LinePacker()
        let packed = chunks.map { packer.pack($0) }
        let timing = fastest(of: runs) {
            if unpacks {
                for lines in packed { consume(lines.unpacked()) }
            } else {
                for chunk in chunks { consume(packer.pack(chunk)) }
            }
        }
        let bytes = Double(chunks.reduce(0) { $0 + $1.count })
        let isRight = zip(packed, chunks).allSatisfy { $0.unpacked() == $1 }
        return Measurement(
            name: unpacks ? "unpack_lines" : "pack_lines",
            figures: [
                ("bytes", bytes), ("packed_bytes", Double(packed.reduce(0) { $0 + $1.packedCount })),
                ("cpu_seconds", timing.cpuSeconds), ("megabytes_per_second", bytes / timing.cpuSeconds / 1e6),
            ], fault: isRight ? nil : "lines do not come back as they were")
    }

    /// Lag over groups × partitions from the columns; the sum is compared with the fixture's own.
    func lag() -> Measurement {
        let fixture = Fixture(groupCount: width, topicsPerGroup: 1, partitionsPerTopic: width)
        let snapshot = fixture.snapshot()
        var sum: Int64 = 0
        let timing = fastest(of: runs) {
            sum = 0
            for group in snapshot.groups {
                for topic in group.topics {
                    for position in topic.partitions.indices {
                        sum += snapshot.lag(of: topic, at: position)?.lag ?? 0
                    }
                }
            }
            consume(sum)
        }
        let count = Double(fixture.groupPartitions)
        return Measurement(
            name: "lag",
            figures: [
                ("group_partitions", count), ("cpu_seconds", timing.cpuSeconds),
                ("wall_seconds", timing.wallSeconds),
                ("nanoseconds_per_group_partition", timing.cpuSeconds / count * 1e9),
            ],
            fault: sum == fixture.lagSum() ? nil : "sum of lags differs from the fixture's")
    }

    /// Rendering of one snapshot; lines, sums and repeatability are checked.
    func render(_ name: String, format: ExpositionFormat, _ fixture: Fixture) -> Measurement {
        let snapshot = fixture.snapshot()
        let first = KafkaExposition.render([snapshot], format: format)
        // As scrapes are made: nobody keeps a chunk.
        let timing = fastest(of: runs) {
            consume(KafkaExposition.render([snapshot], format: format) { chunk, _ in consume(chunk) })
        }
        let growing = fastest(of: 1) { consume(KafkaExposition.render([snapshot], format: format)) }
        let series = Double(first.seriesByFamily.reduce(0) { $0 + $1.count })
        let bytes = Double(first.chunks.reduce(0) { $0 + $1.count })
        return Measurement(
            name: name,
            figures: [
                ("series", series), ("bytes", bytes), ("cpu_seconds", timing.cpuSeconds),
                ("wall_seconds", timing.wallSeconds), ("series_per_second", series / timing.cpuSeconds),
                ("series_per_second_first", series / growing.cpuSeconds),
                ("nanoseconds_per_series", timing.cpuSeconds / series * 1e9),
                ("megabytes_per_second", bytes / timing.cpuSeconds / 1e6),
            ],
            fault: renderingFault(of: snapshot, fixture, format: format, first))
    }

    /// Bytes of resident memory for each group-partition of a snapshot.
    func snapshotMemory() -> Measurement {
        let fixture = Fixture(groupCount: width, topicsPerGroup: 10, partitionsPerTopic: width / 10)
        let before = ProcessMeter.residentBytes()
        let snapshot = fixture.snapshot()
        let after = ProcessMeter.residentBytes()
        let held = snapshot.groups.reduce(0) { $0 + ($1.totals?.partitions ?? 0) }
        consume(snapshot)
        guard let before, let after else {
            return Measurement(name: "snapshot_memory", figures: [], fault: "no resident size to read")
        }
        let each = Double(after - before) / Double(fixture.groupPartitions)
        // Small snapshots are drowned by pages that the process takes anyway.
        let isOverTarget = !isQuick && each > 200
        let fault = held == fixture.groupPartitions ? nil : "snapshot does not hold all partitions"
        return Measurement(
            name: "snapshot_memory",
            figures: [
                ("group_partitions", Double(fixture.groupPartitions)),
                ("resident_bytes", Double(after - before)), ("bytes_per_group_partition", each),
            ],
            fault: fault ?? (isOverTarget ? "more than 200 bytes for a group-partition" : nil))
    }

    /// What is wrong with a rendering of the fixture; `nil` when nothing is.
    private func renderingFault(
        of snapshot: ClusterSnapshot, _ fixture: Fixture, format: ExpositionFormat, _ part: RenderedPart
    ) -> String? {
        let bytes = part.bytes
        if KafkaExposition.render([snapshot], format: format, chunkSize: 4_096).bytes != bytes {
            return "two renderings differ"
        }
        let scan = Scan(of: bytes)
        let series = part.seriesByFamily.reduce(0) { $0 + $1.count }
        guard scan.sampleLines == series else { return "lines and series counts differ" }
        let family =
            fixture.granularity == .partition
            ? "kafka_consumer_group_partition_lag{" : "kafka_consumer_group_topic_lag{"
        guard scan.sum(of: family, in: bytes) == fixture.lagSum() else {
            return "lags in the body do not add up to the fixture's"
        }
        return nil
    }
}

/// A reader of rendered lines that shares nothing with the writer.
struct Scan {
    /// Where each sample line begins and ends, without its line feed.
    private var lines: [Range<Int>] = []

    var sampleLines: Int { lines.count }

    init(of bytes: [UInt8]) {
        var start = 0
        for end in bytes.indices where bytes[end] == UInt8(ascii: "\n") {
            if bytes[start] != UInt8(ascii: "#") { lines.append(start..<end) }
            start = end + 1
        }
    }

    /// Sum of the integers at the end of all lines that begin with `prefix`.
    func sum(of prefix: String, in bytes: [UInt8]) -> Int64 {
        let prefix = Array(prefix.utf8)
        var sum: Int64 = 0
        for line in lines where bytes[line].starts(with: prefix) {
            var scale: Int64 = 1
            for position in line.reversed() {
                guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(bytes[position]) else { break }
                sum += Int64(bytes[position] - UInt8(ascii: "0")) * scale
                scale *= 10
            }
        }
        return sum
    }
}
