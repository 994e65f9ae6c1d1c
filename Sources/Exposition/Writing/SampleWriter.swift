import ClusterAccess
import LagModel

/// Writes families and their samples to one growing buffer, in either format.
///
/// A family is begun, label values are pushed in the family's order, and a sample is written when all of them
/// are there; what was pushed stays for the next sample until it is popped. The line up to the last pushed
/// label is thus rendered once for all samples that share it. The header of a family appears with its first
/// sample, so a family without samples leaves no trace.
struct SampleWriter: ~Copyable {
    let format: ExpositionFormat
    private(set) var bytes: [UInt8]
    /// Families begun so far with the series written for each, in order.
    private(set) var series: [FamilySeries] = []
    /// Keeps label values short.
    var labels = LabelCutter()

    private var family: MetricFamily?
    /// Of the family, kept apart so that a push does not copy the whole family.
    private var labelOpeners: [[UInt8]] = []
    /// Name and labels pushed so far, without the closing brace.
    private var line: [UInt8] = []
    private var pushedLabels = 0
    /// Constant labels of the cluster in hand, each with a comma before it.
    private var constantLabels: [UInt8] = []
    /// What stands between the last label's value and the sample's value.
    private var tail: [UInt8] = []
    private var seriesInFamily = 0
    private var seriesInFormerFamilies = 0
    /// Bounds of the last histogram and how they are written, since the next one nearly always has the same.
    private var spelled: (bounds: [Double], texts: [String]) = ([], [])

    init(format: ExpositionFormat, reservingBytes: Int = 0) {
        self.format = format
        bytes = []
        bytes.reserveCapacity(reservingBytes)
    }

    /// Where a label was pushed, to return to.
    struct Mark {
        fileprivate var byteCount: Int
        fileprivate var labelCount: Int
    }

    /// Series written so far, of all families.
    var seriesWritten: Int { seriesInFormerFamilies + seriesInFamily }

    /// The place behind what was pushed so far.
    var mark: Mark { Mark(byteCount: line.count, labelCount: pushedLabels) }

    /// Turns to the next family; samples belong to it until the next call.
    mutating func begin(_ family: MetricFamily) {
        endFamily()
        self.family = family
        labelOpeners = family.labelOpeners
        line.removeAll(keepingCapacity: true)
        line.appendText(family.name)
        pushedLabels = 0
        seriesInFamily = 0
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
        tail.removeAll(keepingCapacity: true)
        if !labelOpeners.isEmpty {
            tail.append(UInt8(ascii: "\""))
            tail.append(contentsOf: constantLabels)
            tail.append(UInt8(ascii: "}"))
        }
        tail.append(UInt8(ascii: " "))
    }

    /// Adds the next label of the family with `value`; returns the place before it.
    @discardableResult
    mutating func push(_ value: String) -> Mark {
        let mark = openLabel()
        line.appendLabelValue(labels.fit(value))
        return mark
    }

    /// Adds the next label of the family with a number as its value; returns the place before it.
    @discardableResult
    mutating func push(_ value: Int32) -> Mark {
        let mark = openLabel()
        line.appendDecimal(Int64(value))
        return mark
    }

    /// Begins the next label of the family, whose value ``sample(number:_:)`` adds; returns the place before.
    @discardableResult
    mutating func openLabel() -> Mark {
        let mark = mark
        guard pushedLabels < labelOpeners.count else {
            assertionFailure("more label values than the family has labels")
            return mark
        }
        line.append(contentsOf: labelOpeners[pushedLabels])
        pushedLabels += 1
        return mark
    }

    /// Drops the labels that were pushed since `mark`.
    mutating func pop(to mark: Mark) {
        line.removeLast(line.count - mark.byteCount)
        pushedLabels = mark.labelCount
    }

    /// Writes one sample with the pushed labels.
    mutating func sample(_ value: Int64) {
        beginSample()
        bytes.appendSample(prefix: line, tail: tail, value: value)
    }

    /// Writes one sample with the pushed labels; a value that is not finite cannot be known and is left out.
    mutating func sample(_ value: Double) {
        guard value.isFinite else { return }
        beginSample()
        bytes.append(contentsOf: line)
        bytes.append(contentsOf: tail)
        bytes.appendNumber(value)
        bytes.append(UInt8(ascii: "\n"))
    }

    /// Writes one sample whose last label, opened before, is `number`.
    mutating func sample(number: Int32, _ value: Int64) {
        beginSample()
        bytes.appendSample(prefix: line, number: number, tail: tail, value: value)
    }

    /// Writes one sample whose last label, opened before, is `number`; the value is given in microseconds.
    mutating func sample(number: Int32, microseconds: Int64) {
        beginSample()
        bytes.append(contentsOf: line)
        bytes.appendDecimal(Int64(number))
        bytes.append(contentsOf: tail)
        bytes.appendSeconds(microseconds: microseconds)
        bytes.append(UInt8(ascii: "\n"))
    }

    /// Writes the buckets, sum and count of one histogram with the pushed labels.
    mutating func histogram(_ histogram: DurationHistogram) {
        var cumulative: Int64 = 0
        if spelled.bounds != histogram.bounds {
            let format = format
            spelled = (histogram.bounds, histogram.bounds.map { Self.spell(bound: $0, format) })
        }
        for (position, count) in histogram.counts.dropLast().enumerated() {
            cumulative = cumulative.saturatingAdd(count)
            bucket(bound: spelled.texts[position], cumulative)
        }
        cumulative = cumulative.saturatingAdd(histogram.counts.last ?? 0)
        bucket(bound: "+Inf", cumulative)
        histogramLine(suffix: "_sum")
        bytes.append(contentsOf: tail)
        bytes.appendNumber(histogram.sumSeconds)
        bytes.append(UInt8(ascii: "\n"))
        histogramLine(suffix: "_count")
        bytes.append(contentsOf: tail)
        bytes.appendDecimal(cumulative)
        bytes.append(UInt8(ascii: "\n"))
    }

    /// Ends the last family and, in OpenMetrics, the whole body.
    mutating func finish(endingBody: Bool) {
        endFamily()
        if endingBody, format == .openMetrics { bytes.appendText("# EOF\n") }
    }

    private mutating func endFamily() {
        guard let family else { return }
        series.append(FamilySeries(family: family.name, count: seriesInFamily))
        seriesInFormerFamilies += seriesInFamily
        seriesInFamily = 0
        self.family = nil
    }

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
        bytes.appendText("# HELP \(name) ")
        bytes.appendHelp(family.help, format: format)
        bytes.appendText("\n# TYPE \(name) \(family.kind.rawValue)\n")
        if format == .openMetrics, let unit = family.openMetricsUnit {
            bytes.appendText("# UNIT \(name) \(unit)\n")
        }
    }

    private mutating func bucket(bound: String, _ cumulative: Int64) {
        histogramLine(suffix: "_bucket")
        if pushedLabels > 0 {
            bytes.append(UInt8(ascii: "\""))
            bytes.append(contentsOf: constantLabels)
        }
        bytes.appendText(pushedLabels > 0 ? ",le=\"" : "{le=\"")
        bytes.appendText(bound)
        bytes.appendText("\"} ")
        bytes.appendDecimal(cumulative)
        bytes.append(UInt8(ascii: "\n"))
    }

    /// Begins a line of a histogram: its name with `suffix`, and the pushed labels, still open.
    private mutating func histogramLine(suffix: String) {
        beginSample()
        let nameCount = family?.name.utf8.count ?? 0
        bytes.append(contentsOf: line.prefix(nameCount))
        bytes.appendText(suffix)
        bytes.append(contentsOf: line.dropFirst(nameCount))
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
