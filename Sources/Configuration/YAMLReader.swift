/// Turns the bytes of a configuration file into a located tree.
///
/// The YAML that is understood is the plain part of it: one document of mappings, lists and scalars.
/// Anchors, aliases and tags are refused, so nothing can expand beyond what stands in the file.
enum YAMLReader {
    /// Largest file that is read, in bytes.
    static let bytesMax = 1 << 20
    /// Deepest nesting of lists and mappings; the settings need six.
    static let depthMax = 32

    /// Reads `bytes` of the file called `name`.
    ///
    /// - Returns: an empty node for a file without a document.
    /// - Throws: the first problem; what follows a syntax error cannot be trusted.
    static func read(_ bytes: [UInt8], name: String) throws(ConfigurationProblem) -> YAMLNode {
        guard bytes.count <= bytesMax else {
            throw ConfigurationProblem(
                at: .file(name: name, line: 1, column: 1), "the file is larger than 1 MiB",
                expected: "a configuration file")
        }
        guard String(validating: bytes, as: UTF8.self) != nil else {
            throw ConfigurationProblem(
                at: place(of: firstInvalidByte(in: bytes), in: bytes, name: name),
                "the file is not valid UTF-8", expected: "a text file in UTF-8")
        }
        var events = YAMLEvents(bytes, name: name)
        return try document(&events) ?? YAMLNode(.null, at: .file(name: name, line: 1, column: 1))
    }

    private static func document(_ events: inout YAMLEvents) throws(ConfigurationProblem) -> YAMLNode? {
        while true {
            let event = try events.next()
            switch event.kind {
            case .streamEnd: return nil
            case .other: continue
            case .scalar, .sequenceStart, .mappingStart, .end, .alias:
                let root = try node(event, &events, depth: 0)
                try requireEnd(&events)
                return root
            }
        }
    }

    private static func requireEnd(_ events: inout YAMLEvents) throws(ConfigurationProblem) {
        while true {
            let event = try events.next()
            switch event.kind {
            case .streamEnd: return
            case .other: continue
            case .scalar, .sequenceStart, .mappingStart, .end, .alias:
                throw ConfigurationProblem(
                    at: event.origin, "a second document begins here", expected: "one document in the file")
            }
        }
    }

    private static func node(
        _ event: YAMLEvents.Event, _ events: inout YAMLEvents, depth: Int
    ) throws(ConfigurationProblem) -> YAMLNode {
        guard depth <= depthMax else {
            throw ConfigurationProblem(
                at: event.origin, "lists and mappings are nested more than \(depthMax) deep")
        }
        if event.isDecorated {
            throw ConfigurationProblem(
                at: event.origin, "anchors, aliases and tags are not supported",
                expected: "the value itself; quote a text that begins with &, * or !",
                example: #"exclude: ["*name"]"#)
        }
        switch event.kind {
        case .scalar(let text, let isPlain):
            let isNull = isPlain && ["", "~", "null"].contains(text)
            if text.unicodeScalars.contains("\0") {
                throw ConfigurationProblem(at: event.origin, "the text contains a NUL character")
            }
            return YAMLNode(isNull ? .null : .scalar(text), at: event.origin)
        case .sequenceStart:
            return YAMLNode(.sequence(try elements(&events, depth: depth)), at: event.origin)
        case .mappingStart:
            return YAMLNode(.mapping(try entries(&events, depth: depth)), at: event.origin)
        case .end, .alias, .streamEnd, .other:
            throw ConfigurationProblem(at: event.origin, "a value is missing here")
        }
    }

    private static func elements(
        _ events: inout YAMLEvents, depth: Int
    ) throws(ConfigurationProblem) -> [YAMLNode] {
        var result: [YAMLNode] = []
        while true {
            let event = try events.next()
            if case .end = event.kind { return result }
            result.append(try node(event, &events, depth: depth + 1))
        }
    }

    private static func entries(
        _ events: inout YAMLEvents, depth: Int
    ) throws(ConfigurationProblem) -> [YAMLNode.Entry] {
        var result: [YAMLNode.Entry] = []
        while true {
            let event = try events.next()
            if case .end = event.kind { return result }
            let key = try node(event, &events, depth: depth + 1)
            guard case .scalar(let name) = key.content else {
                throw ConfigurationProblem(
                    at: key.origin, "the key is \(key.kind)", expected: "a name", example: "interval: 10s")
            }
            let value = try node(try events.next(), &events, depth: depth + 1)
            result.append(YAMLNode.Entry(key: name, keyOrigin: key.origin, value: value))
        }
    }

    /// Index of the first byte that is not part of a well-formed sequence; the count where all are.
    private static func firstInvalidByte(in bytes: [UInt8]) -> Int {
        var decoder = Unicode.UTF8.ForwardParser()
        var iterator = bytes.makeIterator()
        var index = 0
        while case .valid(let scalar) = decoder.parseScalar(from: &iterator) { index += scalar.count }
        return index
    }

    /// Line and column of the byte at `index`.
    static func place(of index: Int, in bytes: [UInt8], name: String) -> Origin {
        let before = bytes.prefix(index)
        let line = before.count { $0 == UInt8(ascii: "\n") } + 1
        let lineStart = before.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
        let column = before[lineStart...].count { $0 & 0xC0 != 0x80 } + 1
        return .file(name: name, line: line, column: column)
    }
}

extension ConfigurationProblem: Error {}
