/// Rules about the buckets, sum and count of one histogram family.
struct HistogramRules {
    let family: ExpositionDocument.Family

    /// Samples of one label set without `le`.
    private struct Part {
        var firstLine: Int
        var buckets: [ExpositionDocument.Sample] = []
        var count: ExpositionDocument.Sample?
        var sum: ExpositionDocument.Sample?
    }

    func violations() -> [ExpositionViolation] {
        var found: [ExpositionViolation] = []
        var parts: [[String: String]: Part] = [:]
        var current: [String: String]?
        for sample in family.samples {
            var labels = sample.labelValues
            labels["le"] = nil
            if current != labels, parts[labels] != nil {
                found.append(.init(line: sample.line, message: "the histogram's lines do not stand together"))
            }
            current = labels
            var part = parts[labels] ?? Part(firstLine: sample.line)
            if sample.name.hasSuffix("_bucket") { part.buckets.append(sample) }
            if sample.name.hasSuffix("count") { part.count = sample }
            if sample.name.hasSuffix("sum") { part.sum = sample }
            parts[labels] = part
        }
        for part in parts.values { found += violations(in: part) }
        return found
    }

    private func violations(in part: Part) -> [ExpositionViolation] {
        var found: [ExpositionViolation] = []
        var last = -Double.infinity
        var lastCount = 0.0
        for bucket in part.buckets {
            guard let bound = bucket["le"].flatMap({ SampleLine.number($0) }), !bound.isNaN else {
                found.append(.init(line: bucket.line, message: "a bucket without a proper le"))
                continue
            }
            if bound <= last { found.append(.init(line: bucket.line, message: "buckets are not ascending")) }
            if bucket.value < lastCount {
                found.append(.init(line: bucket.line, message: "a bucket smaller than the one before"))
            }
            last = bound
            lastCount = bucket.value
        }
        if last != .infinity {
            found.append(.init(line: part.firstLine, message: "the last bucket is not +Inf"))
        }
        if part.sum == nil { found.append(.init(line: part.firstLine, message: "a histogram without sum")) }
        if let count = part.count {
            if let top = part.buckets.last, top.value != count.value {
                found.append(.init(line: count.line, message: "the count differs from the +Inf bucket"))
            }
        } else {
            found.append(.init(line: part.firstLine, message: "a histogram without count"))
        }
        return found
    }
}
