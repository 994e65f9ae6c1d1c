/// Reads one line of an exposition from left to right; never past its end.
struct LineScanner {
    private let bytes: ArraySlice<UInt8>
    private var position: Int

    init(_ bytes: ArraySlice<UInt8>) {
        self.bytes = bytes
        position = bytes.startIndex
    }

    var isAtEnd: Bool { position == bytes.endIndex }

    var next: UInt8? { isAtEnd ? nil : bytes[position] }

    /// Steps over this byte if it comes next.
    mutating func skip(_ character: Character) -> Bool {
        guard let byte = character.asciiValue, next == byte else { return false }
        position += 1
        return true
    }

    /// The longest run of bytes that satisfy the condition.
    mutating func take(while condition: (UInt8) -> Bool) -> String {
        let start = position
        while let byte = next, condition(byte) { position += 1 }
        return String(decoding: bytes[start..<position], as: UTF8.self)
    }

    /// Everything up to the next space or the end.
    mutating func word() -> String { take { $0 != UInt8(ascii: " ") } }

    /// Everything that is left.
    mutating func rest() -> String { take { _ in true } }

    /// A metric's or a label's name; empty when none comes next.
    mutating func name(allowsColon: Bool) -> String {
        guard let first = next, !Self.isDigit(first) else { return "" }
        return take { Self.isNameByte($0, allowsColon: allowsColon) }
    }

    /// A quoted label value behind its opening quote, unescaped; throws what is wrong.
    mutating func quotedValue() throws(ExpositionProblem) -> String {
        var value: [UInt8] = []
        while let byte = next {
            position += 1
            switch byte {
            case UInt8(ascii: "\""): return String(decoding: value, as: UTF8.self)
            case UInt8(ascii: "\\"):
                guard let escaped = next, let plain = Self.unescape(escaped) else {
                    throw ExpositionProblem("unknown escape in a label value")
                }
                value.append(plain)
                position += 1
            default: value.append(byte)
            }
        }
        throw ExpositionProblem("label value without a closing quote")
    }

    static func unescape(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "\\"), UInt8(ascii: "\""): byte
        case UInt8(ascii: "n"): UInt8(ascii: "\n")
        default: nil
        }
    }

    static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }

    private static func isNameByte(_ byte: UInt8, allowsColon: Bool) -> Bool {
        isDigit(byte) || byte == UInt8(ascii: "_") || (allowsColon && byte == UInt8(ascii: ":"))
            || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
    }
}

/// Why a line cannot be read.
struct ExpositionProblem: Error {
    var message: String

    init(_ message: String) { self.message = message }
}
