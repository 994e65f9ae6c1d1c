/// One log line before it is spelt out; it carries no time, the sink adds it.
package struct LogRecord: Sendable, Equatable {
    package var level: LogLevel
    package var message: String
    package var fields: [Field]

    package init(level: LogLevel, message: String, fields: [Field] = []) {
        self.level = level
        self.message = message
        self.fields = fields
    }

    package struct Field: Sendable, Equatable {
        package var key: String
        package var value: String

        package init(_ key: String, _ value: String) {
            self.key = key
            self.value = value
        }
    }
}

extension LogRecord {
    /// The line as `format` spells it, without a newline.
    package func line(timestamp: String, format: LogFormat) -> String {
        let all =
            [Field("time", timestamp), Field("level", level.rawValue), Field("msg", message)] + fields
        switch format {
        case .logfmt:
            return all.map { "\($0.key)=\(Self.logfmtValue($0.value))" }.joined(separator: " ")
        case .json:
            let members = all.map { "\(Self.jsonString($0.key)):\(Self.jsonString($0.value))" }
            return "{" + members.joined(separator: ",") + "}"
        }
    }

    /// Quoted only where a reader would otherwise misread it.
    private static func logfmtValue(_ value: String) -> String {
        let isPlain = !value.unicodeScalars.contains {
            $0.value <= 0x20 || $0 == "=" || $0 == "\"" || $0.value == 0x7f
        }
        return isPlain && !value.isEmpty ? value : jsonString(value)
    }

    /// A JSON string literal (RFC 8259 section 7).
    private static func jsonString(_ value: String) -> String {
        var text = "\""
        for scalar in value.unicodeScalars {
            switch scalar {
            case "\"": text += "\\\""
            case "\\": text += "\\\\"
            case "\n": text += "\\n"
            case "\r": text += "\\r"
            case "\t": text += "\\t"
            default:
                if scalar.value < 0x20 || scalar.value == 0x7f {
                    let digits = String(scalar.value, radix: 16)
                    text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
                } else {
                    text.unicodeScalars.append(scalar)
                }
            }
        }
        return text + "\""
    }
}
