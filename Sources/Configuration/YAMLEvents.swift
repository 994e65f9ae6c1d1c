import CYAML

/// The events of libyaml's parser over a text in memory; the only code that sees libyaml.
///
/// Owns the parser and the text. The parser stands on the heap because libyaml keeps pointers into it.
@safe struct YAMLEvents: ~Copyable {
    private let parser: UnsafeMutablePointer<yaml_parser_t>
    private let text: UnsafeMutableBufferPointer<UInt8>
    private let bytes: [UInt8]
    private let name: String
    private let isReady: Bool

    init(_ bytes: [UInt8], name: String) {
        self.bytes = bytes
        self.name = name
        unsafe text = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: max(1, bytes.count))
        _ = unsafe text.initialize(from: bytes)
        unsafe parser = UnsafeMutablePointer<yaml_parser_t>.allocate(capacity: 1)
        unsafe parser.initialize(to: yaml_parser_t())
        isReady = unsafe yaml_parser_initialize(parser) == 1
        if isReady {
            unsafe yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING)
            unsafe yaml_parser_set_input_string(parser, text.baseAddress, bytes.count)
        }
    }

    deinit {
        if isReady { unsafe yaml_parser_delete(parser) }
        unsafe parser.deallocate()
        unsafe text.deallocate()
    }

    /// One step of the parser, copied out of libyaml.
    struct Event {
        var kind: Kind
        var origin: Origin
        /// It carries an anchor or a tag, or is an alias.
        var isDecorated: Bool
    }

    enum Kind {
        case scalar(String, isPlain: Bool)
        case alias
        case sequenceStart
        case mappingStart
        /// Of the innermost list or mapping.
        case end
        case streamEnd
        /// Beginnings and ends of stream and document.
        case other
    }

    /// The next event; `yaml_parser_parse` with its event deleted before this returns.
    mutating func next() throws(ConfigurationProblem) -> Event {
        guard isReady else {
            throw ConfigurationProblem(at: .absent, "there is no memory for the YAML parser")
        }
        var event = unsafe yaml_event_t()
        guard unsafe yaml_parser_parse(parser, &event) == 1 else { throw syntaxProblem() }
        defer { unsafe yaml_event_delete(&event) }
        let mark = unsafe event.start_mark
        let origin = place(of: mark)
        switch unsafe event.type {
        case YAML_SCALAR_EVENT:
            let scalar = unsafe event.data.scalar
            let characters = unsafe UnsafeBufferPointer(start: scalar.value, count: scalar.length)
            let value = unsafe String(decoding: characters, as: UTF8.self)
            let isPlain = unsafe scalar.style == YAML_PLAIN_SCALAR_STYLE
            let isDecorated = unsafe scalar.anchor != nil || scalar.tag != nil
            return Event(kind: .scalar(value, isPlain: isPlain), origin: origin, isDecorated: isDecorated)
        case YAML_SEQUENCE_START_EVENT:
            let start = unsafe event.data.sequence_start
            let isDecorated = unsafe start.anchor != nil || start.tag != nil
            return Event(kind: .sequenceStart, origin: origin, isDecorated: isDecorated)
        case YAML_MAPPING_START_EVENT:
            let start = unsafe event.data.mapping_start
            let isDecorated = unsafe start.anchor != nil || start.tag != nil
            return Event(kind: .mappingStart, origin: origin, isDecorated: isDecorated)
        case YAML_ALIAS_EVENT:
            return Event(kind: .alias, origin: origin, isDecorated: true)
        case YAML_SEQUENCE_END_EVENT, YAML_MAPPING_END_EVENT:
            return Event(kind: .end, origin: origin, isDecorated: false)
        case YAML_STREAM_END_EVENT:
            return Event(kind: .streamEnd, origin: origin, isDecorated: false)
        default:
            // WHY: an enum of C; stream start, document start and document end carry nothing.
            return Event(kind: .other, origin: origin, isDecorated: false)
        }
    }

    /// libyaml counts lines and columns from 0.
    private func place(of mark: yaml_mark_t) -> Origin {
        .file(name: name, line: Int(mark.line) + 1, column: Int(mark.column) + 1)
    }

    /// What libyaml says is wrong; its sentences quote nothing of the file.
    private func syntaxProblem() -> ConfigurationProblem {
        let reason =
            unsafe parser.pointee.problem.map { unsafe String(cString: $0) } ?? "the text cannot be read"
        let context = unsafe parser.pointee.context.map { unsafe String(cString: $0) }
        let isUnreadable = unsafe parser.pointee.error == YAML_READER_ERROR
        let origin =
            isUnreadable
            ? YAMLReader.place(of: unsafe parser.pointee.problem_offset, in: bytes, name: name)
            : place(of: unsafe parser.pointee.problem_mark)
        let beginning = unsafe parser.pointee.context_mark.line + 1
        let explanation = context.map { "\($0) that begins in line \(beginning): \(reason)" } ?? reason
        let expected = hasTab(at: origin) ? "spaces: YAML does not take tabs for indentation" : ""
        return ConfigurationProblem(at: origin, "the YAML is malformed (\(explanation))", expected: expected)
    }

    /// Whether the line begins with white space that contains a tab.
    private func hasTab(at origin: Origin) -> Bool {
        guard case .file(_, let line, _) = origin else { return false }
        let lines = bytes.split(
            separator: UInt8(ascii: "\n"), maxSplits: line, omittingEmptySubsequences: false)
        guard lines.indices.contains(line - 1) else { return false }
        return lines[line - 1].prefix { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }.contains(9)
    }
}
