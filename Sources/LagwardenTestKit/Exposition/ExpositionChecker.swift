/// A strict reader of Prometheus text 0.0.4 and OpenMetrics 1.0, independent of our writer.
///
/// It is stricter than Prometheus where two spellings are possible: TYPE is required, tokens are separated
/// by one space, label names of one sample are unique, and families stand together. Sources:
/// prometheus.io/docs/instrumenting/exposition_formats and the OpenMetrics 1.0 specification.
package struct ExpositionChecker: Sendable {
    /// In which order families must come.
    package enum Order: Hashable, Sendable {
        case any
        case sorted
        /// As in this list, some may be missing; a family that is not in it is a violation.
        case given([String])
    }

    package var format: ExpositionDocument.Format
    package var order: Order
    package var requiresHelp: Bool
    /// Refuses NaN, infinities and -1 as sample values, which stand for "unknown" where they should not.
    package var refusesPlaceholders: Bool
    /// Families in which -1 is a true value.
    package var familiesWithNegatives: Set<String>

    package init(
        _ format: ExpositionDocument.Format, order: Order = .any, requiresHelp: Bool = true,
        refusesPlaceholders: Bool = true, familiesWithNegatives: Set<String> = []
    ) {
        self.format = format
        self.order = order
        self.requiresHelp = requiresHelp
        self.refusesPlaceholders = refusesPlaceholders
        self.familiesWithNegatives = familiesWithNegatives
    }

    /// The checker for this exporter's scrapes, in which only the growth of lag may be -1: a group catches
    /// up.
    package static func ofExporter(_ format: ExpositionDocument.Format) -> ExpositionChecker {
        ExpositionChecker(
            format, familiesWithNegatives: ["kafka_consumer_group_lag_growth_records_per_second"])
    }

    /// What was read, and every rule that is broken, ascending by line.
    package struct Report: Sendable {
        package var document: ExpositionDocument
        package var violations: [ExpositionViolation]
    }

    package func check(_ text: String) -> Report { check(Array(text.utf8)) }

    /// Reads as much as can be read, whatever is wrong.
    package func check(_ bytes: [UInt8]) -> Report {
        var reader = ExpositionReader(format: format)
        reader.read(bytes)
        let rules = FamilyRules(checker: self)
        let violations = reader.violations + rules.violations(in: reader.families)
        let document = ExpositionDocument(format: format, families: reader.families)
        return Report(document: document, violations: violations.sorted { $0.line < $1.line })
    }
}

/// Splits a document into lines and families and notes what breaks the rules on the way.
private struct ExpositionReader {
    let format: ExpositionDocument.Format
    var families: [ExpositionDocument.Family] = []
    var violations: [ExpositionViolation] = []
    /// Families that were left for another one; coming back to one is a violation.
    private var closed: Set<String> = []
    /// Sample names of the last family, once they were asked for.
    private var currentNames: (family: String, type: String, names: Set<String>)?
    private var line = 0
    private var hasEnded = false

    init(format: ExpositionDocument.Format) { self.format = format }

    mutating func read(_ bytes: [UInt8]) {
        if String(validating: bytes, as: UTF8.self) == nil { note("the document is not UTF-8") }
        if bytes.contains(UInt8(ascii: "\r")) { note("a carriage return") }
        var lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        if lines.last?.isEmpty == true {
            lines.removeLast()
        } else {
            line = lines.count
            note("the last line does not end with a line feed")
        }
        for (index, bytes) in lines.enumerated() {
            line = index + 1
            if hasEnded { note("a line behind # EOF") }
            readLine(bytes)
        }
        if format == .openMetrics, !hasEnded { note("the document does not end with # EOF") }
    }

    private mutating func note(_ message: String) {
        violations.append(ExpositionViolation(line: max(line, 1), message: message))
    }

    private mutating func readLine(_ bytes: ArraySlice<UInt8>) {
        if bytes.isEmpty {
            if format == .openMetrics { note("an empty line") }
        } else if bytes.first == UInt8(ascii: "#") {
            readComment(bytes)
        } else {
            do throws(ExpositionProblem) {
                try readSample(bytes)
            } catch {
                note(error.message)
            }
        }
    }

    private mutating func readComment(_ bytes: ArraySlice<UInt8>) {
        var scanner = LineScanner(bytes)
        _ = scanner.skip("#")
        let spaced = scanner.skip(" ")
        let keyword = scanner.word()
        if spaced, keyword == "EOF", scanner.isAtEnd, format == .openMetrics {
            hasEnded = true
            return
        }
        guard spaced, keyword == "HELP" || keyword == "TYPE" || (keyword == "UNIT" && format == .openMetrics)
        else {
            if format == .openMetrics { note("a comment, which OpenMetrics does not have") }
            return
        }
        guard scanner.skip(" ") else { return note("\(keyword) without a name") }
        let name = scanner.name(allowsColon: true)
        guard !name.isEmpty, scanner.isAtEnd || scanner.skip(" ") else {
            return note("\(keyword) without a proper name")
        }
        let rest = scanner.rest()
        let index = enter(name)
        if !families[index].samples.isEmpty { note("\(keyword) of \(name) behind its samples") }
        switch keyword {
        case "HELP":
            if families[index].help != nil { note("a second HELP of \(name)") }
            families[index].help = unescapeHelp(rest)
        case "TYPE":
            if !families[index].type.isEmpty { note("a second TYPE of \(name)") }
            if !FamilyRules.types(format).contains(rest) { note("\"\(rest)\" is not a type") }
            families[index].type = rest
        default:
            if families[index].unit != nil { note("a second UNIT of \(name)") }
            families[index].unit = rest
        }
    }

    private mutating func unescapeHelp(_ text: String) -> String {
        var plain: [UInt8] = []
        var bytes = ArraySlice(text.utf8)
        while let byte = bytes.popFirst() {
            guard byte == UInt8(ascii: "\\") else {
                plain.append(byte)
                continue
            }
            let escaped = bytes.popFirst()
            let isQuote = escaped == UInt8(ascii: "\"")
            if let escaped, let value = LineScanner.unescape(escaped), format == .openMetrics || !isQuote {
                plain.append(value)
            } else {
                note("unknown escape in HELP")
            }
        }
        return String(decoding: plain, as: UTF8.self)
    }

    private mutating func readSample(_ bytes: ArraySlice<UInt8>) throws(ExpositionProblem) {
        let parsed = try SampleLine.parse(bytes, lineNumber: line, format: format)
        let sample = parsed.sample
        let index = enterFamily(of: sample.name)
        let family = families[index]
        if family.type.isEmpty {
            note("no TYPE before the samples of \(sample.name)")
        } else if !names(of: family).contains(sample.name) {
            note("\(sample.name) is not a sample name of a \(family.type)")
        }
        if parsed.hasExemplar, !["histogram", "gaugehistogram", "counter"].contains(family.type) {
            note("an exemplar on a \(family.type)")
        }
        families[index].samples.append(sample)
    }

    /// Index of the family that a sample belongs to: the current one if its type allows the name.
    private mutating func enterFamily(of name: String) -> Int {
        if let last = families.last, names(of: last).contains(name) { return families.count - 1 }
        let owner = families.first { FamilyRules.sampleNames(of: $0, format).contains(name) }
        return enter(owner?.name ?? name)
    }

    /// Names that samples of the family may have, kept from line to line.
    private mutating func names(of family: ExpositionDocument.Family) -> Set<String> {
        if let currentNames, currentNames.family == family.name, currentNames.type == family.type {
            return currentNames.names
        }
        let names = FamilyRules.sampleNames(of: family, format)
        currentNames = (family.name, family.type, names)
        return names
    }

    /// Makes a family the current one.
    private mutating func enter(_ name: String) -> Int {
        if families.last?.name == name { return families.count - 1 }
        if let last = families.last { closed.insert(last.name) }
        if closed.contains(name), let index = families.firstIndex(where: { $0.name == name }) {
            note("the lines of \(name) do not stand together")
            return index
        }
        families.append(
            ExpositionDocument.Family(name: name, type: "", help: nil, unit: nil, samples: [], line: line))
        return families.count - 1
    }
}
