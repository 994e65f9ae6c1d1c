/// Reads sample lines of both formats, one space between their parts and none elsewhere.
enum SampleLine {
    /// A sample, and the exemplar behind it in OpenMetrics.
    struct Parsed {
        var sample: ExpositionDocument.Sample
        var hasExemplar: Bool
    }

    static func parse(
        _ line: ArraySlice<UInt8>, lineNumber: Int, format: ExpositionDocument.Format
    ) throws(ExpositionProblem) -> Parsed {
        var scanner = LineScanner(line)
        let name = scanner.name(allowsColon: true)
        guard !name.isEmpty else { throw ExpositionProblem("the line does not begin with a metric name") }
        let labels = scanner.skip("{") ? try self.labels(&scanner, format: format) : []
        guard scanner.skip(" ") else { throw ExpositionProblem("no single space before the value") }
        let text = scanner.word()
        guard let value = number(text) else { throw ExpositionProblem("\"\(text)\" is not a value") }
        var timestamp: String?
        var hasExemplar = false
        while !scanner.isAtEnd {
            guard scanner.skip(" "), !hasExemplar else {
                throw ExpositionProblem("something behind the sample")
            }
            if format == .openMetrics, scanner.skip("#") {
                try exemplar(&scanner)
                hasExemplar = true
            } else if timestamp == nil {
                timestamp = try self.timestamp(scanner.word(), format: format)
            } else {
                throw ExpositionProblem("something behind the timestamp")
            }
        }
        let sample = ExpositionDocument.Sample(
            name: name, labels: labels, value: value, timestamp: timestamp, line: lineNumber)
        return Parsed(sample: sample, hasExemplar: hasExemplar)
    }

    /// Labels behind the opening brace, with the closing one.
    private static func labels(
        _ scanner: inout LineScanner, format: ExpositionDocument.Format
    ) throws(ExpositionProblem) -> [ExpositionDocument.Label] {
        var labels: [ExpositionDocument.Label] = []
        if scanner.skip("}") { return labels }
        while true {
            let name = scanner.name(allowsColon: false)
            guard !name.isEmpty else { throw ExpositionProblem("a label without a proper name") }
            guard scanner.skip("="), scanner.skip("\"") else {
                throw ExpositionProblem("label \(name) is not followed by =\"")
            }
            labels.append(ExpositionDocument.Label(name: name, value: try scanner.quotedValue()))
            if scanner.skip("}") { return labels }
            guard scanner.skip(",") else { throw ExpositionProblem("no comma behind label \(name)") }
            if format == .text, scanner.skip("}") { return labels }
        }
    }

    private static func timestamp(
        _ text: String, format: ExpositionDocument.Format
    ) throws(ExpositionProblem) -> String {
        let isValid = format == .text ? Int64(text) != nil : number(text)?.isFinite == true
        guard isValid else { throw ExpositionProblem("\"\(text)\" is not a timestamp") }
        return text
    }

    /// `# {labels} value [timestamp]` behind the number sign.
    private static func exemplar(_ scanner: inout LineScanner) throws(ExpositionProblem) {
        guard scanner.skip(" "), scanner.skip("{") else { throw ExpositionProblem("malformed exemplar") }
        let labels = try self.labels(&scanner, format: .openMetrics)
        let length = labels.reduce(0) { $0 + $1.name.unicodeScalars.count + $1.value.unicodeScalars.count }
        guard length <= 128 else { throw ExpositionProblem("the exemplar's labels exceed 128 characters") }
        guard scanner.skip(" "), number(scanner.word()) != nil else {
            throw ExpositionProblem("the exemplar has no value")
        }
        if scanner.skip(" ") { _ = try timestamp(scanner.word(), format: .openMetrics) }
    }

    /// A decimal number, or exactly `NaN`, `+Inf` or `-Inf`.
    static func number(_ text: String) -> Double? {
        switch text {
        case "NaN": return .nan
        case "+Inf": return .infinity
        case "-Inf": return -.infinity
        default: break
        }
        var scanner = LineScanner(ArraySlice(text.utf8))
        if !scanner.skip("-") { _ = scanner.skip("+") }
        let whole = scanner.take(while: LineScanner.isDigit)
        let fraction = scanner.skip(".") ? scanner.take(while: LineScanner.isDigit) : "0"
        guard !whole.isEmpty, !fraction.isEmpty else { return nil }
        if scanner.skip("e") || scanner.skip("E") {
            if !scanner.skip("-") { _ = scanner.skip("+") }
            guard !scanner.take(while: LineScanner.isDigit).isEmpty else { return nil }
        }
        return scanner.isAtEnd ? Double(text) : nil
    }
}
