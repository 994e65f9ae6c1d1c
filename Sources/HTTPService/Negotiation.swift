/// The two text formats of a scrape.
package enum ScrapeFormat: Sendable, Equatable, CaseIterable {
    case text
    case openMetrics

    /// The value of Content-Type.
    package var contentType: String {
        switch self {
        case .text: "text/plain; version=0.0.4; charset=utf-8"
        case .openMetrics: "application/openmetrics-text; version=1.0.0; charset=utf-8"
        }
    }

    /// Chooses by the Accept field (RFC 9110 section 12.5.1); nil is an absent field.
    ///
    /// The format with the higher quality wins, each judged by the most specific range that names it. At
    /// equal quality the one that is named rather than matched by a wildcard wins, then the one named first,
    /// then text. If neither is accepted the answer is text all the same: a scraper with an odd header is
    /// better served than refused.
    package static func negotiated(accept: String?) -> ScrapeFormat {
        guard let accept else { return .text }
        let ranges = WeightedList(accept).items
        let text = ranges.best(for: .text)
        guard let open = ranges.best(for: .openMetrics), open.quality > 0 else { return .text }
        guard let text, text.quality > 0 else { return .openMetrics }
        if open.quality != text.quality { return open.quality > text.quality ? .openMetrics : .text }
        if open.isExact != text.isExact { return open.isExact ? .openMetrics : .text }
        return open.position < text.position ? .openMetrics : .text
    }

    fileprivate var mediaType: (type: String, subtype: String, version: String) {
        switch self {
        case .text: ("text", "plain", "0.0.4")
        case .openMetrics: ("application", "openmetrics-text", "1.0.0")
        }
    }
}

/// How a body may be encoded for a client.
package enum ContentEncoding: Sendable, Equatable {
    case identity
    case gzip

    /// Chooses by the Accept-Encoding field (RFC 9110 section 12.5.3); nil is an absent field.
    ///
    /// gzip if it is accepted at least as gladly as a plain body; a client that refuses both gets a plain
    /// one.
    package static func negotiated(acceptEncoding: String?) -> ContentEncoding {
        guard let acceptEncoding else { return .identity }
        let items = WeightedList(acceptEncoding).items
        let any = items.first { $0.value == "*" }?.quality
        let gzip = items.first { $0.value == "gzip" || $0.value == "x-gzip" }?.quality ?? any ?? 0
        let identity = items.first { $0.value == "identity" }?.quality
        guard gzip > 0 else { return .identity }
        // A plain body is acceptable unless it is excluded, but nobody who names gzip prefers it by silence.
        return gzip >= identity ?? 0 ? .gzip : .identity
    }
}

/// A header field of the form `a;x=1;q=0.5, b` taken apart; malformed items are left out.
struct WeightedList: Equatable {
    struct Item: Equatable {
        /// Lower case.
        let value: String
        /// Without `q`; names in lower case, values as they came without quotes.
        let parameters: [String: String]
        /// Thousandths, 0 to 1000, as RFC 9110 section 12.4.2 limits them to three digits.
        let quality: Int
        let position: Int
    }

    private(set) var items: [Item] = []

    init(_ text: String) {
        for (position, part) in Self.split(text, at: UInt8(ascii: ",")).enumerated() {
            let pieces = Self.split(part, at: UInt8(ascii: ";")).map(Self.trimmed)
            guard let value = pieces.first, !value.isEmpty else { continue }
            var parameters: [String: String] = [:]
            var quality: Int? = 1000
            for piece in pieces.dropFirst() where !piece.isEmpty {
                let sides = piece.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                let name = Self.trimmed(String(sides[0])).lowercased()
                let argument = sides.count > 1 ? Self.unquoted(Self.trimmed(String(sides[1]))) : ""
                if name == "q" { quality = Self.quality(argument) } else { parameters[name] = argument }
            }
            guard let quality else { continue }
            items.append(
                Item(value: value.lowercased(), parameters: parameters, quality: quality, position: position))
        }
    }

    /// `0`, `1`, `0.75`, at most three decimals; nil for anything else.
    private static func quality(_ text: String) -> Int? {
        let sides = text.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        let decimals = sides.count > 1 ? String(sides[1]) : ""
        guard sides[0] == "0" || sides[0] == "1", decimals.utf8.count <= 3,
            decimals.utf8.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 })
        else { return nil }
        let thousandths = Int((decimals + "000").prefix(3)) ?? 0
        let value = sides[0] == "1" ? 1000 + thousandths : thousandths
        return value <= 1000 ? value : nil
    }

    /// Splits outside quoted strings.
    private static func split(_ text: String, at separator: UInt8) -> [String] {
        var parts: [String] = []
        var current: [UInt8] = []
        var (isQuoted, isEscaped) = (false, false)
        for byte in text.utf8 {
            if byte == separator && !isQuoted {
                parts.append(String(decoding: current, as: UTF8.self))
                current = []
                continue
            }
            if byte == UInt8(ascii: "\"") && !isEscaped { isQuoted.toggle() }
            isEscaped = isQuoted && byte == UInt8(ascii: "\\") && !isEscaped
            current.append(byte)
        }
        return parts + [String(decoding: current, as: UTF8.self)]
    }

    private static func trimmed(_ text: String) -> String {
        let isSpace: (Character) -> Bool = { $0 == " " || $0 == "\t" }
        let head = text.drop(while: isSpace)
        return String(head.reversed().drop(while: isSpace).reversed())
    }

    private static func unquoted(_ text: String) -> String {
        text.count >= 2 && text.hasPrefix("\"") && text.hasSuffix("\"")
            ? String(text.dropFirst().dropLast()) : text
    }
}

/// How well a client takes one format.
private struct Acceptance {
    let quality: Int
    let isExact: Bool
    let position: Int
}

extension [WeightedList.Item] {
    /// The most specific media range that covers `format`, the first of several; nil if none does.
    fileprivate func best(for format: ScrapeFormat) -> Acceptance? {
        let wanted = format.mediaType
        var best: (item: WeightedList.Item, specificity: Int)?
        for item in self {
            let specificity: Int
            switch item.value {
            case "\(wanted.type)/\(wanted.subtype)":
                let version = item.parameters["version"]
                guard version == nil || version == wanted.version else { continue }
                specificity = version == nil ? 2 : 3
            case "\(wanted.type)/*": specificity = 1
            case "*/*": specificity = 0
            default: continue
            }
            if specificity > best?.specificity ?? -1 { best = (item, specificity) }
        }
        return best.map {
            Acceptance(quality: $0.item.quality, isExact: $0.specificity >= 2, position: $0.item.position)
        }
    }
}
