/// Text of both formats: escapes and numbers other than integers.
extension [UInt8] {
    /// Appends `text` as it is.
    mutating func appendText(_ text: String) {
        append(contentsOf: text.utf8)
    }

    /// Appends a label value with its backslashes, double quotes and line feeds escaped, as both formats
    /// want.
    ///
    /// Any other byte passes as it is, control characters included.
    mutating func appendLabelValue(_ text: String) {
        if !appendIfPlain(text) { appendEscaped(text, quotes: true) }
    }

    /// Appends a HELP text: quotes are escaped by OpenMetrics 1.0.0 and left alone by text 0.0.4.
    mutating func appendHelp(_ text: String, format: ExpositionFormat) {
        switch format {
        case .text: appendEscaped(text, quotes: false)
        case .openMetrics: appendEscaped(text, quotes: true)
        }
    }

    /// Appends `value` in the shortest spelling that reads back as the same number; `value` must be finite.
    mutating func appendNumber(_ value: Double) {
        if let integer = Int64(exactly: value), integer.magnitude < 1 << 53 {
            appendDecimal(integer)
        } else {
            appendText(value.description)
        }
    }

    private mutating func appendEscaped(_ text: String, quotes: Bool) {
        let source = text.utf8Span.span
        // WHY: appending nothing to an empty array writes to the one empty array that all threads share.
        guard !source.isEmpty else { return }
        append(addingCapacity: 2 * source.count) { output in
            for position in source.indices {
                let byte = source[position]
                switch byte {
                case UInt8(ascii: "\n"):
                    output.append(UInt8(ascii: "\\"))
                    output.append(UInt8(ascii: "n"))
                case UInt8(ascii: "\\"):
                    output.append(UInt8(ascii: "\\"))
                    output.append(byte)
                case UInt8(ascii: "\"") where quotes:
                    output.append(UInt8(ascii: "\\"))
                    output.append(byte)
                default: output.append(byte)
                }
            }
        }
    }
}
