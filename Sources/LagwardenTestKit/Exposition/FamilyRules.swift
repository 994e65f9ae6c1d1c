/// Rules about whole families, checked when all lines are read.
struct FamilyRules {
    let checker: ExpositionChecker

    private typealias Family = ExpositionDocument.Family
    private typealias Sample = ExpositionDocument.Sample

    static func types(_ format: ExpositionDocument.Format) -> Set<String> {
        switch format {
        case .text: ["counter", "gauge", "histogram", "summary", "untyped"]
        case .openMetrics:
            [
                "counter", "gauge", "histogram", "gaugehistogram", "summary", "info", "stateset", "unknown",
            ]
        }
    }

    /// Names that samples of a family may have, by its type.
    static func sampleNames(
        of family: ExpositionDocument.Family, _ format: ExpositionDocument.Format
    ) -> Set<String> {
        let isOpen = format == .openMetrics
        let suffixes: [String] =
            switch family.type {
            case "counter": isOpen ? ["_total", "_created"] : [""]
            case "histogram": ["_bucket", "_sum", "_count"] + (isOpen ? ["_created"] : [])
            case "gaugehistogram": ["_bucket", "_gsum", "_gcount"]
            case "summary": ["", "_sum", "_count"] + (isOpen ? ["_created"] : [])
            case "info": ["_info"]
            default: [""]
            }
        return Set(suffixes.map { family.name + $0 })
    }

    func violations(in families: [ExpositionDocument.Family]) -> [ExpositionViolation] {
        var found: [ExpositionViolation] = orderViolations(families) + clashes(families)
        for family in families {
            found += familyViolations(family)
            found += duplicates(family)
            for sample in family.samples { found += sampleViolations(sample, family) }
            if family.type == "histogram" || family.type == "gaugehistogram" {
                found += HistogramRules(family: family).violations()
            }
        }
        return found
    }

    private func orderViolations(_ families: [Family]) -> [ExpositionViolation] {
        var found: [ExpositionViolation] = []
        switch checker.order {
        case .any: break
        case .sorted:
            for (before, family) in zip(families, families.dropFirst()) where family.name < before.name {
                found.append(.init(line: family.line, message: "\(family.name) stands behind \(before.name)"))
            }
        case .given(let names):
            var last = -1
            for family in families {
                guard let index = names.firstIndex(of: family.name) else {
                    found.append(.init(line: family.line, message: "\(family.name) is not in the catalogue"))
                    continue
                }
                if index < last {
                    found.append(.init(line: family.line, message: "\(family.name) is out of order"))
                }
                last = max(last, index)
            }
        }
        return found
    }

    /// Families whose samples could have the same name.
    private func clashes(_ families: [Family]) -> [ExpositionViolation] {
        var owners: [String: String] = [:]
        var found: [ExpositionViolation] = []
        for family in families {
            // A family's own name is taken too, whatever its samples are called.
            for name in Self.sampleNames(of: family, checker.format).union([family.name]).sorted() {
                if let owner = owners[name] {
                    found.append(.init(line: family.line, message: "\(name) also belongs to \(owner)"))
                }
                owners[name] = family.name
            }
        }
        return found
    }

    private func familyViolations(_ family: Family) -> [ExpositionViolation] {
        var messages: [String] = []
        if checker.requiresHelp, family.help == nil { messages.append("\(family.name) has no HELP") }
        if let help = family.help, help.isEmpty { messages.append("HELP of \(family.name) is empty") }
        if family.samples.isEmpty { messages.append("\(family.name) has no samples") }
        if checker.format == .openMetrics {
            if family.type == "counter", family.name.hasSuffix("_total") {
                messages.append("counter family \(family.name) ends with _total")
            }
            if family.type == "info", family.name.hasSuffix("_info") {
                messages.append("info family \(family.name) ends with _info")
            }
            if let unit = family.unit, !unit.isEmpty, !family.name.hasSuffix("_\(unit)") {
                messages.append("\(family.name) does not end with its unit \(unit)")
            }
            if family.unit?.isEmpty == false, family.type == "info" || family.type == "stateset" {
                messages.append("a \(family.type) with a unit")
            }
        }
        return messages.map { ExpositionViolation(line: family.line, message: $0) }
    }

    private func duplicates(_ family: Family) -> [ExpositionViolation] {
        var seen: [Series: Int] = [:]
        var found: [ExpositionViolation] = []
        for sample in family.samples {
            let series = Series(name: sample.name, labels: sample.labelValues)
            if let first = seen[series] {
                found.append(.init(line: sample.line, message: "the same series as on line \(first)"))
            }
            seen[series] = sample.line
        }
        return found
    }

    private func sampleViolations(_ sample: Sample, _ family: Family) -> [ExpositionViolation] {
        var messages: [String] = []
        if Set(sample.labels.map(\.name)).count < sample.labels.count {
            messages.append("a label name stands twice")
        }
        for label in sample.labels {
            if label.name.hasPrefix("__") { messages.append("label \(label.name) is reserved") }
            if label.name == "le", !sample.name.hasSuffix("_bucket") {
                messages.append("label le outside a bucket")
            }
            if label.name == "quantile", family.type != "summary" {
                messages.append("label quantile outside a summary")
            }
        }
        messages += valueProblems(sample, family)
        return messages.map { ExpositionViolation(line: sample.line, message: $0) }
    }

    private func valueProblems(_ sample: Sample, _ family: Family) -> [String] {
        var messages: [String] = []
        let value = sample.value
        if checker.refusesPlaceholders {
            if !value.isFinite { messages.append("the value is \(value)") }
            if value == -1, !checker.familiesWithNegatives.contains(family.name) {
                messages.append("the value is -1")
            }
        }
        let onlyGrows = ["_total", "_count", "_bucket", "_gcount"].contains { sample.name.hasSuffix($0) }
        if family.type == "counter" || (family.type == "histogram" && onlyGrows), !(value >= 0) {
            messages.append("a counter of \(value)")
        }
        if family.type == "info", value != 1 { messages.append("an info of \(value)") }
        if family.type == "stateset" {
            if value != 0, value != 1 { messages.append("a state of \(value)") }
            if sample[family.name] == nil { messages.append("a state set without label \(family.name)") }
        }
        if family.type == "summary", sample.name == family.name, sample["quantile"] == nil {
            messages.append("a summary's sample without quantile")
        }
        return messages
    }
}

/// What makes a series one of its kind.
private struct Series: Hashable {
    var name: String
    var labels: [String: String]
}
