import Foundation
import Testing

/// Rules of CONTRIBUTING.md that the compiler and the formatter do not hold up.
@Suite("Style of the sources")
struct StyleTests {
    /// Files may be this long; longer ones up to the hard limit are listed in the test's output.
    static let softLineLimit = 400
    static let hardLineLimit = 600
    static let columnLimit = 110
    static let uncheckedSendableLimit = 3

    @Test("Files are found at all")
    func findsFiles() {
        #expect(Repository.sources.count > 20)
        #expect(Repository.files.contains { $0.path == "Package.swift" })
    }

    @Test("No Swift file is longer than the hard limit")
    func lengthOfFiles() {
        for file in Repository.swiftFiles {
            let lines = file.lines.count
            #expect(lines <= Self.hardLineLimit, "\(file.path) has \(lines) lines")
            if lines > Self.softLineLimit { print("long: \(file.path) has \(lines) lines") }
        }
    }

    @Test("No Swift line is wider than the limit")
    func widthOfLines() {
        for file in Repository.swiftFiles {
            for (index, line) in file.lines.enumerated()
            where line.utf8.count > Self.columnLimit && line.count > Self.columnLimit {
                Issue.record("\(file.path):\(index + 1) has \(line.count) columns")
            }
        }
    }

    /// Something that sources may not hold, as a word of the language.
    struct Ban: Sendable, CustomTestStringConvertible {
        let what: String
        /// Text that every offence holds; expressions are slow, so that only lines with it are looked at.
        let text: String
        /// The one place that may hold it and says why, if any.
        let exception: String?
        private let expression: String

        var testDescription: String { what }

        init(_ what: String, text: String? = nil, expression: String, but exception: String? = nil) {
            self.what = what
            self.exception = exception
            self.text = text ?? what
            self.expression = expression
        }

        /// Whether a line of Swift offends.
        func matches(_ line: some StringProtocol) -> Bool {
            guard line.contains(text) else { return false }
            return code(of: line).range(of: expression, options: .regularExpression) != nil
        }
    }

    static let bans = [
        Ban(
            "public", expression: #"\bpublic\b"#, but: "Sources/LagModel/Snapshot/SharedList.swift"),
        Ban("@_spi", expression: "@_spi"),
        Ban("try!", expression: #"\btry!"#),
        Ban("as!", expression: #"\bas!"#),
        Ban("fatalError", expression: #"\bfatalError\b"#),
        Ban("preconditionFailure", expression: #"\bpreconditionFailure\b"#),
        Ban("a forced unwrap", text: "!", expression: #"[A-Za-z0-9_)\]]!([^=A-Za-z0-9]|$)"#),
        Ban("Task.detached", expression: #"\bTask\.detached\b"#),
    ]

    @Test("Sources keep away from", arguments: bans)
    func bannedWords(_ ban: Ban) {
        for file in Repository.sources where file.text.contains(ban.text) && file.path != ban.exception {
            for (index, line) in file.lines.enumerated() where ban.matches(line) {
                Issue.record("\(ban.what) at \(file.path):\(index + 1)")
            }
        }
    }

    struct Example: Sendable, CustomTestStringConvertible {
        let line: String
        let isForced: Bool
        var testDescription: String { line }
    }

    @Test(
        "A forced unwrap is told from other exclamation marks",
        arguments: [
            Example(line: "let first = list.first!", isForced: true),
            Example(line: "return find(name)!.value", isForced: true),
            Example(line: "use(list[0]!)", isForced: true),
            Example(line: "if a != b { }", isForced: false),
            Example(line: "if a! != b { }", isForced: true),
            Example(line: "guard !list.isEmpty else { return }", isForced: false),
            Example(line: "print(\"hello!\") // hello!", isForced: false),
        ])
    func forcedUnwraps(_ example: Example) throws {
        let ban = try #require(Self.bans.first { $0.what == "a forced unwrap" })
        #expect(ban.matches(example.line) == example.isForced)
    }

    @Test("Unchecked claims are few, and each says why it is safe")
    func uncheckedClaims() {
        var unchecked: [String] = []
        for file in Repository.sources {
            guard file.text.contains("@unchecked") || file.text.contains("(unsafe)") else { continue }
            let lines = file.lines
            for (index, line) in lines.enumerated() {
                let words = code(of: line)
                let isUnchecked = words.contains("@unchecked Sendable")
                guard isUnchecked || words.contains("nonisolated(unsafe)") else { continue }
                let place = "\(file.path):\(index + 1)"
                if isUnchecked { unchecked.append(place) }
                let before = lines[max(0, index - 12)...index]
                #expect(before.contains { $0.contains("SAFETY:") }, "no SAFETY: comment above \(place)")
            }
        }
        #expect(unchecked.count <= Self.uncheckedSendableLimit, "\(unchecked)")
    }

    @Test("Nothing is left to do, and nothing names a workplace")
    func leftovers() {
        // Written in pieces so that this file does not find itself.
        let banned = ["TO" + "DO", "FIX" + "ME", "/wo" + "rk/", "../sha" + "red"]
        for file in Repository.files where file.path != ".ci/run" {
            for word in banned where file.text.contains(word) {
                for (index, line) in file.lines.enumerated() where line.contains(word) {
                    Issue.record("\(word) at \(file.path):\(index + 1)")
                }
            }
        }
    }

    @Test("No target is a placeholder")
    func placeholders() {
        let names = Repository.swiftFiles.map(\.path).filter { $0.hasSuffix("/Placeholder.swift") }
        #expect(names.isEmpty, "\(names)")
    }
}
