import ClusterAccess
import LagModel

/// Writes families and their samples to chunks, in either format.
///
/// A family is begun, label values are pushed in the family's order, and a sample is written when all of them
/// are there; what was pushed stays for the next sample until it is popped. The line up to the last pushed
/// label is thus rendered once for all samples that share it. The header of a family appears with its first
/// sample, so a family without samples leaves no trace.
struct SampleWriter: ~Copyable {
    let format: ExpositionFormat
    /// Families begun so far with the series written for each, in order.
    private(set) var series: [FamilySeries] = []
    /// Keeps label values short.
    var labels = LabelCutter()
    var output: ChunkedOutput

    private var family: MetricFamily?
    /// Of the family, kept apart so that a push does not copy the whole family.
    private var labelOpeners: [[UInt8]] = []
    /// Name and labels pushed so far, without the closing brace, and what stands between the last label's
    /// value and the sample's value.
    var line = LineParts()
    private var pushedLabels = 0
    /// Constant labels of the cluster in hand, each with a comma before it.
    private var constantLabels: [UInt8] = []
    /// Topics of the cluster in hand, in the snapshot's order.
    private var topicNames = EscapedNames()
    private var seriesInFamily = 0
    private var seriesBefore = 0
    /// Series before the last place where a run may end.
    private var seriesAtCut = 0
    private var spelled = SpelledBounds()

    init(format: ExpositionFormat, output: consuming ChunkedOutput) {
        self.format = format
        self.output = output
    }

    /// Where a label was pushed, to return to.
    struct Mark {
        fileprivate var byteCount: Int
        fileprivate var labelCount: Int
    }

    /// Series written so far, of all families.
    var seriesWritten: Int { seriesBefore + seriesInFamily }

    /// The place behind what was pushed so far.
    var mark: Mark { Mark(byteCount: line.prefix.count, labelCount: pushedLabels) }

    /// Turns to the next family; samples belong to it until the next call.
    mutating func begin(_ family: MetricFamily) {
        endFamily()
        self.family = family
        labelOpeners = family.labelOpeners
        line.prefix.removeAll(keepingCapacity: true)
        line.prefix.appendText(family.name)
        pushedLabels = 0
        setConstantLabels([])
    }

    /// Sets the labels that follow the family's own on the samples to come; for families with labels only.
    mutating func setConstantLabels(_ labels: [ClusterSnapshot.ConstantLabel]) {
        constantLabels.removeAll(keepingCapacity: true)
        for label in labels {
            constantLabels.appendText(",\(label.name)=\"")
            constantLabels.appendLabelValue(self.labels.fit(label.value))
            constantLabels.append(UInt8(ascii: "\""))
        }
        line.setTail(
            labelOpeners.isEmpty ? [UInt8(ascii: " ")] : Array("\"".utf8) + constantLabels + Array("} ".utf8))
    }

    /// Sets the names of the cluster's topics, which group's topics refer to by their places.
    mutating func setTopics(_ names: EscapedNames) { topicNames = names }

    /// Adds the next label of the family with `value`; returns the place before it.
    @discardableResult
    mutating func push(_ value: String) -> Mark {
        let mark = openLabel()
        line.prefix.appendLabelValue(labels.fit(value))
        return mark
    }

    /// Adds the next label of the family with a number as its value; returns the place before it.
    @discardableResult
    mutating func push(_ value: Int32) -> Mark {
        let mark = openLabel()
        line.prefix.appendDecimal(Int64(value))
        return mark
    }

    /// Adds the next label of the family with an escaped name as its value; returns the place before it.
    @discardableResult
    mutating func push(_ names: borrowing EscapedNames, at index: Int) -> Mark {
        let mark = openLabel()
        line.prefix.append(names, at: index)
        return mark
    }

    /// Completes the label that was opened last with the name of a topic of the cluster in hand.
    mutating func push(_ topics: Span<GroupTopicSnapshot>, _ row: Int) {
        if let index = topics[row].topicIndex, topicNames.holds(index) {
            line.prefix.append(topicNames, at: index)
        } else {
            line.prefix.appendLabelValue(labels.fit(topics[row].name.rawValue))
        }
    }

    /// Begins the next label of the family, whose value ``sample(number:_:)`` adds; returns the place before.
    @discardableResult
    mutating func openLabel() -> Mark {
        let mark = mark
        guard pushedLabels < labelOpeners.count else {
            assertionFailure("more label values than the family has labels")
            return mark
        }
        line.prefix.append(contentsOf: labelOpeners[pushedLabels])
        pushedLabels += 1
        return mark
    }

    /// Drops the labels that were pushed since `mark`.
    @inline(__always)
    mutating func pop(to mark: Mark) {
        let excess = line.prefix.count - mark.byteCount
        if excess > 0 { line.prefix.removeLast(excess) }
        pushedLabels = mark.labelCount
    }

    /// Says that all samples of one group or topic are written; `hash` tells it from others.
    ///
    /// About every two thousand series a run ends, at places that depend on names and not on values: two
    /// renderings of groups that stay are cut at the same places.
    @inline(__always)
    mutating func endUnit(_ hash: UInt32) {
        let since = seriesBefore &+ seriesInFamily &- seriesAtCut
        if since >= Self.runSeries, hash & 3 == 0 || since >= 4 * Self.runSeries { cut() }
    }

    private static let runSeries = 1024

    private mutating func cut() {
        seriesAtCut = seriesBefore + seriesInFamily
        output.cut()
    }

    /// Ends the last family and, in OpenMetrics, the whole body.
    mutating func finish(endingBody: Bool) {
        endFamily()
        if endingBody, format == .openMetrics { output.append(Array("# EOF\n".utf8)) }
        output.finish()
    }

    private mutating func endFamily() {
        guard let family else { return }
        series.append(FamilySeries(family: family.name, count: seriesInFamily))
        self.family = nil
        seriesBefore += seriesInFamily
        seriesInFamily = 0
        if seriesBefore - seriesAtCut >= Self.runSeries { cut() }
    }

    @inline(__always)
    private mutating func beginSample() {
        if seriesInFamily == 0 { writeHeader() }
        seriesInFamily += 1
        assert(pushedLabels == labelOpeners.count, "a sample needs a value for every label")
    }

    private mutating func writeHeader() {
        guard let family else { return }
        let name =
            switch format {
            case .text: family.name
            case .openMetrics: family.openMetricsName
            }
        var header = Array("# HELP \(name) ".utf8)
        header.appendHelp(family.help, format: format)
        header.appendText("\n# TYPE \(name) \(family.kind.rawValue)\n")
        if format == .openMetrics, let unit = family.openMetricsUnit {
            header.appendText("# UNIT \(name) \(unit)\n")
        }
        output.append(header)
    }
}

/// Samples.
extension SampleWriter {
    /// Writes one sample with the pushed labels.
    mutating func sample(_ value: Int64) {
        beginSample()
        output.appendSample(line, value: value)
    }

    /// Writes one sample with the pushed labels; a value that is not finite cannot be known and is left out.
    mutating func sample(_ value: Double) {
        guard value.isFinite else { return }
        beginSample()
        var text = line.prefix + line.tail
        text.appendNumber(value)
        text.append(UInt8(ascii: "\n"))
        output.append(text)
    }

    /// Writes one sample whose last label, opened before, is the name of a topic of the cluster in hand.
    mutating func sample(_ topics: Span<GroupTopicSnapshot>, _ row: Int, _ value: Int64) {
        if let index = topics[row].topicIndex, topicNames.holds(index) {
            beginSample()
            output.appendSample(line, label: topicNames, at: index, value: value)
        } else {
            let mark = mark
            push(topics, row)
            sample(value)
            pop(to: mark)
        }
    }

    /// Writes one sample whose last label, opened before, is `number`.
    mutating func sample(number: Int32, _ value: Int64) {
        samples(numbers: [number]) { _ in value }
    }

    /// Writes a sample for each position whose value is known; its last label, opened before, is the number
    /// at that position.
    @inline(__always)
    mutating func samples(
        numbers: [Int32], as spelling: ValueSpelling = .integer, _ value: (Int) -> Int64?
    ) {
        guard let first = numbers.indices.first(where: { value($0) != nil }) else { return }
        assert(pushedLabels == labelOpeners.count, "a sample needs a value for every label")
        if seriesInFamily == 0 { writeHeader() }
        seriesInFamily += output.appendSamples(
            line, numbers: numbers, positions: first..<numbers.count, as: spelling, value)
    }

    /// Writes one sample with the pushed labels; the value is given in microseconds.
    mutating func sample(microseconds: Int64) {
        beginSample()
        output.appendSample(line, value: microseconds, as: .microseconds)
    }

    /// Writes the buckets, sum and count of one histogram with the pushed labels.
    mutating func histogram(_ histogram: DurationHistogram) {
        spelled.take(histogram.bounds, format)
        let name = family?.name.utf8.count ?? 0
        let labels = line.prefix.dropFirst(name)
        var bucket = LineParts()
        bucket.prefix = line.prefix.prefix(name) + Array("_bucket".utf8) + labels
        if pushedLabels > 0 { bucket.prefix += Array("\"".utf8) + constantLabels }
        bucket.prefix += Array((pushedLabels > 0 ? ",le=\"" : "{le=\"").utf8)
        bucket.setTail(Array("\"} ".utf8))
        var cumulative: Int64 = 0
        for position in 0..<min(histogram.counts.count, spelled.texts.count) {
            cumulative = cumulative.saturatingAdd(histogram.counts[position])
            beginSample()
            output.appendSample(bucket, label: spelled.texts, at: position, value: cumulative)
        }
        let outer = line
        line.prefix = outer.prefix.prefix(name) + Array("_sum".utf8) + labels
        sample(histogram.sumSeconds)
        line.prefix = outer.prefix.prefix(name) + Array("_count".utf8) + labels
        sample(cumulative)
        line = outer
    }
}

/// Bounds of the last histogram and how they are written, since the next one nearly always has the same.
private struct SpelledBounds {
    private var bounds: [Double]?
    /// One for each bound, then that of the last bucket.
    private(set) var texts = EscapedNames()

    mutating func take(_ bounds: [Double], _ format: ExpositionFormat) {
        guard self.bounds != bounds else { return }
        self.bounds = bounds
        texts = EscapedNames()
        for bound in bounds { texts.append(Self.spell(bound: bound, format)) }
        texts.append("+Inf")
    }

    /// Upper bound of a bucket: OpenMetrics wants a decimal point in it, text 0.0.4 is written without.
    private static func spell(bound: Double, _ format: ExpositionFormat) -> String {
        switch format {
        case .openMetrics: return bound.description
        case .text:
            let text = bound.description
            return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
        }
    }
}

/// How many series a family had in one rendering.
package struct FamilySeries: Hashable, Sendable {
    /// Name of the family as in ``MetricFamily/name``.
    package var family: String
    /// Lines of samples; a histogram counts each of its buckets, its sum and its count.
    package var count: Int

    package init(family: String, count: Int) {
        self.family = family
        self.count = count
    }
}
