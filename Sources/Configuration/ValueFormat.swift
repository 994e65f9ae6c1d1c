import ClusterAccess

/// How one kind of value is written: reading with its limits, printing, and what to say when it is wrong.
struct ValueFormat<Value: Sendable>: Sendable {
    /// What would be right, as it reads after "expected".
    let expected: String
    let example: String
    let parse: @Sendable (String) throws(ValueRefusal) -> Value
    let print: @Sendable (Value) -> String
}

/// What is wrong with a text, as it reads after the quoted text.
struct ValueRefusal: Error {
    let reason: String

    init(_ reason: String) { self.reason = reason }
}

extension ValueFormat where Value == Duration {
    static func duration(_ range: ClosedRange<Duration>, example: String) -> Self {
        let low = DurationText.print(range.lowerBound)
        let high = DurationText.print(range.upperBound)
        return ValueFormat(
            expected: "a duration from \(low) to \(high)", example: example,
            parse: { text throws(ValueRefusal) in
                guard let duration = DurationText.parse(text) else {
                    let lacksUnit = !text.isEmpty && text.allSatisfy { ("0"..."9").contains($0) }
                    throw ValueRefusal(lacksUnit ? "has no unit (ms, s, m, h or d)" : "is not a duration")
                }
                if duration < range.lowerBound { throw ValueRefusal("is less than \(low)") }
                if duration > range.upperBound { throw ValueRefusal("is more than \(high)") }
                return duration
            }, print: DurationText.print)
    }
}

extension ValueFormat where Value == Int {
    static func integer(_ range: ClosedRange<Int>, example: String) -> Self {
        ValueFormat(
            expected: "a whole number from \(range.lowerBound) to \(range.upperBound)", example: example,
            parse: { text throws(ValueRefusal) in
                guard let number = Int(text), !text.hasPrefix("+") else {
                    throw ValueRefusal("is not a whole number")
                }
                if number < range.lowerBound { throw ValueRefusal("is less than \(range.lowerBound)") }
                if number > range.upperBound { throw ValueRefusal("is more than \(range.upperBound)") }
                return number
            }, print: { "\($0)" })
    }
}

extension ValueFormat where Value == Double {
    /// A plain decimal number with four decimals at most, so that it is printed as it was written.
    static func fraction(_ range: ClosedRange<Double>, example: String) -> Self {
        ValueFormat(
            expected: "a number from \(range.lowerBound) to \(range.upperBound)", example: example,
            parse: { text throws(ValueRefusal) in
                let parts = text.split(separator: ".", omittingEmptySubsequences: false)
                let areDigits = parts.allSatisfy { part in
                    !part.isEmpty && part.allSatisfy { ("0"..."9").contains($0) }
                }
                let isDecimal = areDigits && parts.count <= 2 && text.utf8.count <= 20
                guard isDecimal, let number = Double(text) else {
                    throw ValueRefusal("is not a decimal number")
                }
                if parts.count == 2, parts[1].count > 4 { throw ValueRefusal("has more than four decimals") }
                guard range.contains(number) else {
                    throw ValueRefusal("is outside \(range.lowerBound) to \(range.upperBound)")
                }
                return number
            }, print: { "\($0)" })
    }
}

extension ValueFormat where Value == Bool {
    static var boolean: Self {
        ValueFormat(
            expected: "true or false", example: "true",
            parse: { text throws(ValueRefusal) in
                switch text {
                case "true": return true
                case "false": return false
                default: throw ValueRefusal("is neither true nor false")
                }
            }, print: { $0 ? "true" : "false" })
    }
}

extension ValueFormat where Value: RawRepresentable & CaseIterable, Value.RawValue == String {
    /// One word of a few.
    static func choice(example: Value) -> Self {
        let words = Value.allCases.map(\.rawValue)
        let list = words.dropLast().joined(separator: ", ") + " or " + (words.last ?? "")
        return ValueFormat(
            expected: list, example: example.rawValue,
            parse: { text throws(ValueRefusal) in
                if let value = Value(rawValue: text) { return value }
                let nearest = Suggestion.nearest(to: text, among: words)
                throw ValueRefusal("is not known" + (nearest.map { " (did you mean \($0)?)" } ?? ""))
            }, print: { $0.rawValue })
    }
}

extension ValueFormat where Value == NamePattern {
    static func pattern(example: String) -> Self {
        ValueFormat(
            expected: "a name, or a regular expression between slashes that the whole name must match",
            example: example,
            parse: { text throws(ValueRefusal) in
                if text.unicodeScalars.contains(where: { $0.properties.generalCategory == .control }) {
                    throw ValueRefusal("contains a control character")
                }
                do throws(NamePatternError) {
                    return try NamePattern(text)
                } catch {
                    throw ValueRefusal("is no pattern: \(error.problem)")
                }
            }, print: { $0.source })
    }

    /// A pattern for topics, whose names cannot contain what wildcards are made of.
    static func topicPattern(example: String) -> Self {
        let general = pattern(example: example)
        return ValueFormat(
            expected: general.expected, example: example,
            parse: { text throws(ValueRefusal) in
                let pattern = try general.parse(text)
                if let name = pattern.literal, !name.unicodeScalars.allSatisfy(WordScalars.isOfTopic) {
                    throw ValueRefusal(
                        "cannot be the name of a topic; put a regular expression between slashes")
                }
                return pattern
            }, print: general.print)
    }
}

extension ValueFormat where Value == ListenAddress {
    static var listenAddress: Self {
        ValueFormat(
            expected: "HOST:PORT, or :PORT for all addresses", example: "127.0.0.1:9876",
            parse: { text throws(ValueRefusal) in
                guard let address = ListenAddress(text) else {
                    throw ValueRefusal("is not an address with a port")
                }
                return address
            }, print: \.description)
    }
}

extension ValueFormat where Value == String {
    /// One broker; an optional `SSL://`-like prefix is librdkafka's business and refused here.
    static var broker: Self {
        ValueFormat(
            expected: "HOST:PORT", example: "broker1:9092",
            parse: { text throws(ValueRefusal) in
                guard let (host, port) = HostAndPort.split(text), !host.isEmpty, port > 0 else {
                    let isPrefixed = text.contains("://")
                    throw ValueRefusal(
                        isPrefixed
                            ? "has a scheme; set the property security.protocol instead"
                            : "is not a host with a port from 1 to 65535")
                }
                return text
            }, print: { $0 })
    }

    /// A name that reads well as a label and in an address.
    static func word(_ what: String, example: String) -> Self {
        ValueFormat(
            expected: "\(what) of 1 to 100 letters, digits, dots, dashes and underscores", example: example,
            parse: { text throws(ValueRefusal) in
                guard !text.isEmpty, text.utf8.count <= 100,
                    text.unicodeScalars.allSatisfy(WordScalars.isOfTopic)
                else { throw ValueRefusal("is not such a name") }
                return text
            }, print: { $0 })
    }

    /// A word, or an empty text for none.
    static func optionalWord(_ what: String, example: String) -> Self {
        let word = word(what, example: example)
        return ValueFormat(
            expected: "\(word.expected), or \"\" for none", example: example,
            parse: { text throws(ValueRefusal) in text.isEmpty ? text : try word.parse(text) },
            print: word.print)
    }

    /// Any text on one line.
    static func text(_ what: String, example: String) -> Self {
        ValueFormat(
            expected: what, example: example,
            parse: { text throws(ValueRefusal) in
                if text.isEmpty { throw ValueRefusal("is empty") }
                if text.unicodeScalars.contains(where: { $0.properties.generalCategory == .control }) {
                    throw ValueRefusal("contains a control character")
                }
                return text
            }, print: { $0 })
    }
}

/// The characters of Kafka's topic names, which clusters and clients keep to here as well.
enum WordScalars {
    static func isOfTopic(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case "a"..."z", "A"..."Z", "0"..."9", ".", "-", "_": true
        default: false
        }
    }
}
