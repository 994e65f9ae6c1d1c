extension Settings {
    /// The settings as a file that reads back to the same settings; secrets are redacted, always.
    package var yaml: String { YAMLWriter.write(Self.shape.write(self)) }

    /// What `--config.check` says about settings that could be loaded.
    package var checkReport: String {
        "configuration is valid: \(clusters.count) cluster\(clusters.count == 1 ? "" : "s")"
    }
}

/// Writes a tree as YAML: block style, two spaces, texts quoted where they could be taken for something else.
enum YAMLWriter {
    /// `node` as a document that ends with a newline.
    static func write(_ node: YAMLNode) -> String {
        var text = ""
        append(node, indent: 0, to: &text)
        return text
    }

    private static func append(_ node: YAMLNode, indent: Int, to text: inout String) {
        let margin = String(repeating: " ", count: indent)
        switch node.content {
        case .null, .scalar: text += margin + inline(node) + "\n"
        case .sequence(let elements):
            for element in elements {
                guard isBlock(element) else {
                    text += "\(margin)- \(inline(element))\n"
                    continue
                }
                var lines = ""
                append(element, indent: indent + 2, to: &lines)
                text += "\(margin)- \(lines.dropFirst(indent + 2))"
            }
        case .mapping(let entries):
            for entry in entries {
                text += margin + scalar(entry.key) + ":"
                if isBlock(entry.value) {
                    text += "\n"
                    append(entry.value, indent: indent + 2, to: &text)
                } else {
                    text += " \(inline(entry.value))\n"
                }
            }
        }
    }

    private static func isBlock(_ node: YAMLNode) -> Bool {
        switch node.content {
        case .null, .scalar: false
        case .sequence(let elements): !elements.isEmpty
        case .mapping(let entries): !entries.isEmpty
        }
    }

    private static func inline(_ node: YAMLNode) -> String {
        switch node.content {
        case .null: "null"
        case .scalar(let text): scalar(text)
        case .sequence: "[]"
        case .mapping: "{}"
        }
    }

    /// `text` plain if it cannot be misread, else in double quotes with escapes.
    static func scalar(_ text: String) -> String {
        let isPlain =
            !text.isEmpty && text != "null" && text.unicodeScalars.allSatisfy(isHarmless)
            && text.first != "-" && text.first != "." && text.first != ":" && text.last != ":"
        guard !isPlain else { return text }
        var quoted = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"", "\\": quoted += "\\\(scalar)"
            case "\n": quoted += "\\n"
            case "\t": quoted += "\\t"
            case _ where isPrintable(scalar): quoted.unicodeScalars.append(scalar)
            default:
                let digits = String(scalar.value, radix: 16, uppercase: true)
                quoted += "\\U" + String(repeating: "0", count: max(0, 8 - digits.count)) + digits
            }
        }
        return quoted + "\""
    }

    private static func isHarmless(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case "a"..."z", "A"..."Z", "0"..."9", ".", "-", "_", "/", ":": true
        default: false
        }
    }

    /// Printable as YAML 1.1 defines it, without its line breaks.
    private static func isPrintable(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x2028, 0x2029, 0xFEFF: false
        case 0x20...0x7E, 0xA0...0xD7FF, 0xE000...0xFFFD, 0x10000...0x10FFFF: true
        default: false
        }
    }
}
