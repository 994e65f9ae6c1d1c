/// Why a text is no JSON, with its place; both counts begin at 1, columns count Unicode scalars.
package struct JSONProblem: Error, Hashable, Sendable {
    package var line: Int
    package var column: Int
    /// Reads on after the place.
    package var problem: String
}

extension JSONTree {
    /// Reads a document as RFC 8259 has it.
    package init(reading text: String) throws(JSONProblem) {
        var reader = JSONTreeReader(text)
        self = try reader.document()
    }
}

/// Reads one document; strict, and bounded in depth.
private struct JSONTreeReader {
    private static let depthMax = 32

    private let scalars: [Unicode.Scalar]
    private var position = 0

    init(_ text: String) { scalars = Array(text.unicodeScalars) }

    private var next: Unicode.Scalar? { position < scalars.count ? scalars[position] : nil }

    mutating func document() throws(JSONProblem) -> JSONTree {
        let tree = try value(depth: 0)
        skipSpace()
        if next != nil { throw problem("something follows the document") }
        return tree
    }

    private func problem(_ text: String, at place: Int? = nil) -> JSONProblem {
        let before = scalars.prefix(place ?? position)
        let line = before.count { $0 == "\n" } + 1
        let column = before.count - (before.lastIndex { $0 == "\n" } ?? -1)
        return JSONProblem(line: line, column: column, problem: text)
    }

    private mutating func skipSpace() {
        while let scalar = next, scalar == " " || scalar == "\n" || scalar == "\r" || scalar == "\t" {
            position += 1
        }
    }

    private mutating func take(_ scalar: Unicode.Scalar) -> Bool {
        skipSpace()
        guard next == scalar else { return false }
        position += 1
        return true
    }

    private mutating func value(depth: Int) throws(JSONProblem) -> JSONTree {
        guard depth < Self.depthMax else { throw problem("is nested too deeply") }
        skipSpace()
        guard let scalar = next else { throw problem("the document ends where a value should be") }
        switch scalar {
        case "{":
            if position + 1 < scalars.count, scalars[position + 1] == "{" {
                throw problem("a placeholder stands between double quotes")
            }
            return try object(depth: depth)
        case "[": return try array(depth: depth)
        case "\"": return .string(try string())
        case "-", "0"..."9": return try number()
        default: return try word()
        }
    }

    private mutating func object(depth: Int) throws(JSONProblem) -> JSONTree {
        var members: [JSONTree.Member] = []
        position += 1
        if take("}") { return .object(members) }
        repeat {
            skipSpace()
            guard next == "\"" else { throw problem("a key in double quotes should be here") }
            let place = position
            let key = try string()
            if members.contains(where: { $0.key == key }) {
                throw problem("the key \"\(key)\" is given twice", at: place)
            }
            guard take(":") else { throw problem("a colon should be here") }
            members.append(.init(key, try value(depth: depth + 1)))
        } while take(",")
        guard take("}") else { throw problem("a comma or } should be here") }
        return .object(members)
    }

    private mutating func array(depth: Int) throws(JSONProblem) -> JSONTree {
        var elements: [JSONTree] = []
        position += 1
        if take("]") { return .array(elements) }
        repeat { elements.append(try value(depth: depth + 1)) } while take(",")
        guard take("]") else { throw problem("a comma or ] should be here") }
        return .array(elements)
    }

    private mutating func word() throws(JSONProblem) -> JSONTree {
        let start = position
        while let scalar = next, scalar.properties.isAlphabetic { position += 1 }
        let word = String(String.UnicodeScalarView(scalars[start..<position]))
        switch word {
        case "null": return .null
        case "true": return .bool(true)
        case "false": return .bool(false)
        default: throw problem("a value should be here", at: start)
        }
    }

    private mutating func number() throws(JSONProblem) -> JSONTree {
        let start = position
        while let scalar = next, "+-.eE0123456789".unicodeScalars.contains(scalar) { position += 1 }
        let digits = String(String.UnicodeScalarView(scalars[start..<position]))
        let isNumber = (try? #/-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?/#.wholeMatch(in: digits)) != nil
        guard isNumber else { throw problem("\(digits) is not a number of JSON", at: start) }
        return .literal(digits)
    }

    private mutating func string() throws(JSONProblem) -> String {
        let start = position
        var text = String.UnicodeScalarView()
        position += 1
        while let scalar = next {
            position += 1
            switch scalar {
            case "\"": return String(text)
            case "\\": text.append(try escape())
            case _ where scalar.value < 0x20:
                position -= 1
                throw problem("a text may not go over the end of the line; write \\n")
            default: text.append(scalar)
            }
        }
        throw problem("the text does not end", at: start)
    }

    private mutating func escape() throws(JSONProblem) -> Unicode.Scalar {
        let letter = next
        position += 1
        switch letter {
        case "\"", "\\", "/": return letter ?? "/"
        case "b": return "\u{8}"
        case "f": return "\u{c}"
        case "n": return "\n"
        case "r": return "\r"
        case "t": return "\t"
        case "u": return try unicode()
        default: throw problem("there is no such escape", at: position - 2)
        }
    }

    private mutating func unicode() throws(JSONProblem) -> Unicode.Scalar {
        let first = try unit()
        if let scalar = Unicode.Scalar(first) { return scalar }
        guard (0xD800..<0xDC00).contains(first), position + 1 < scalars.count, scalars[position] == "\\",
            scalars[position + 1] == "u"
        else { throw problem("half of a surrogate pair") }
        position += 2
        let second = try unit()
        guard (0xDC00..<0xE000).contains(second),
            let scalar = Unicode.Scalar(0x10000 + (first - 0xD800) << 10 + (second - 0xDC00))
        else { throw problem("half of a surrogate pair") }
        return scalar
    }

    private mutating func unit() throws(JSONProblem) -> UInt32 {
        let digits = scalars[min(position, scalars.count)..<min(position + 4, scalars.count)]
        let text = String(String.UnicodeScalarView(digits))
        guard digits.count == 4, digits.allSatisfy(\.properties.isASCIIHexDigit),
            let unit = UInt32(text, radix: 16)
        else { throw problem("four hexadecimal digits should be here") }
        position += 4
        return unit
    }
}
