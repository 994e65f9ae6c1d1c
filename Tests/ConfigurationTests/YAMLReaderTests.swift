import Testing

@testable import Configuration

@Suite struct YAMLReaderTests {
    private func read(_ text: String) throws -> YAMLNode { try YAMLReader.read(Array(text.utf8), name: "f") }

    private func problem(_ bytes: [UInt8]) throws -> ConfigurationProblem {
        try #require(throws: ConfigurationProblem.self) { try YAMLReader.read(bytes, name: "f") }
    }

    @Test(arguments: ["", "\n\n", "# nothing\n", "---\n...\n"])
    func filesWithoutValuesAreEmpty(_ text: String) throws {
        let root = try read(text)
        #expect(root == YAMLNode(.null, at: root.origin))
    }

    @Test func everyNodeHasItsPlace() throws {
        let root = try read("a: 1\nbü: [x, {k: \"v\"}]\n")
        guard case .mapping(let entries) = root.content,
            case .sequence(let elements) = entries[1].value.content,
            case .mapping(let inner) = elements[1].content
        else {
            Issue.record("unexpected tree")
            return
        }
        #expect(entries[0].value.origin == .file(name: "f", line: 1, column: 4))
        #expect(entries[1].keyOrigin == .file(name: "f", line: 2, column: 1))
        #expect(elements[0].origin == .file(name: "f", line: 2, column: 6))
        #expect(inner[0].value == YAMLNode(.scalar("v"), at: .file(name: "f", line: 2, column: 13)))
    }

    @Test func keepsDuplicateKeysForTheirMessage() throws {
        guard case .mapping(let entries) = try read("a: 1\na: 2").content else { return }
        #expect(entries.map(\.key) == ["a", "a"])
    }

    @Test func onlyPlainTextsCanBeNull() throws {
        guard case .sequence(let elements) = try read("[~, null, '', \"null\", x]").content
        else { return }
        #expect(elements.map(\.content) == [.null, .null, .scalar(""), .scalar("null"), .scalar("x")])
    }

    struct Refusal: Sendable, CustomStringConvertible {
        var bytes: [UInt8]
        var line: Int
        var column: Int
        var words: String

        init(_ text: String, _ line: Int, _ column: Int, _ words: String) {
            bytes = Array(text.utf8)
            self.line = line
            self.column = column
            self.words = words
        }

        init(bytes: [UInt8], _ line: Int, _ column: Int, _ words: String) {
            self.bytes = bytes
            self.line = line
            self.column = column
            self.words = words
        }

        var description: String { words }
    }

    @Test(arguments: [
        Refusal("a: &x 1", 1, 4, "anchors"),
        Refusal("a: 1\nb: *x", 2, 4, "anchors"),
        Refusal("a: !!str 1", 1, 4, "tags"),
        Refusal("&a [*a]", 1, 1, "anchors"),
        Refusal("a: 1\n---\nb: 2", 3, 1, "second document"),
        Refusal("? [a]\n: b", 1, 3, "the key is a list"),
        Refusal("{a: b}: c", 1, 1, "the key is a mapping"),
        Refusal("~: c", 1, 1, "the key is empty"),
        Refusal("a: [1", 2, 1, "malformed"),
        Refusal("a: 1\n b: 2", 2, 3, "malformed"),
        Refusal("a:\n\t- 1", 2, 1, "tabs"),
        Refusal("a: 'x", 1, 6, "malformed"),
        Refusal("a: \u{7}", 1, 4, "control characters"),
        Refusal("a: \"\\0\"", 1, 4, "NUL"),
        Refusal("a: \"\\ud800\"", 1, 7, "malformed"),
        Refusal(bytes: Array("ä: 1\nb: ".utf8) + [0xFF, 0x41], 2, 4, "not valid UTF-8"),
        Refusal(bytes: [0xC3], 1, 1, "not valid UTF-8"),
        Refusal(bytes: [0xFE, 0xFF, 0, 0x61], 1, 1, "not valid UTF-8"),
        Refusal(String(repeating: "[", count: 100), 1, 34, "nested"),
        Refusal(String(repeating: "[", count: 1_000_000), 1, 34, "nested"),
        Refusal(String(repeating: "- ", count: 500_000), 1, 67, "nested"),
        Refusal(String(repeating: "#", count: 1 << 20 + 1), 1, 1, "larger than 1 MiB"),
    ])
    func refusesWithItsPlace(_ refusal: Refusal) throws {
        let problem = try problem(refusal.bytes)
        #expect("\(problem)".contains(refusal.words), "\(problem)")
        #expect(problem.origin == .file(name: "f", line: refusal.line, column: refusal.column), "\(problem)")
    }

    @Test func takesAByteOrderMarkAndWindowsLines() throws {
        let settings = try parse("\u{FEFF}clusters:\r\n  - brokers: [a:1]\r\n")
        #expect(settings.clusters[0].brokers == ["a:1"])
    }

    @Test func takesAFileOfExactlyTheLimit() throws {
        let text = "a: 1\n#"
        let padded = text + String(repeating: "x", count: YAMLReader.bytesMax - text.utf8.count)
        #expect(try read(padded).content != .null)
    }
}
