import ClusterAccess
import Foundation
import Testing

@Suite("Patterns of names") struct NamePatternTests {
    struct Case: Sendable, CustomStringConvertible {
        var expression: String
        var matching: [String]
        var other: [String]

        init(_ expression: String, _ matching: [String], not other: [String]) {
            self.expression = expression
            self.matching = matching
            self.other = other
        }

        var description: String { expression }
    }

    @Test(arguments: [
        Case("a", ["a"], not: ["", "aa", "b", "A"]),
        Case("orders-.*", ["orders-", "orders-eu.1"], not: ["orders", "xorders-1"]),
        Case(".*", ["", "x", "a\nb", "grün"], not: []),
        Case("a|bc", ["a", "bc"], not: ["ab", "ac", "abc", "b"]),
        Case("^a$", ["a"], not: ["^a$", ""]),
        Case("^a|b$", ["a", "b"], not: ["ab"]),
        Case("a*b+c?", ["b", "aabbc", "bc"], not: ["a", "c", "bcc"]),
        Case("(ab)*", ["", "ab", "abab"], not: ["aba"]),
        Case("(?:ab|c){2}", ["abab", "abc", "cc"], not: ["ab", "ccc"]),
        Case("a{2,}", ["aa", "aaaa"], not: ["a"]),
        Case("a{0,2}b{1}", ["b", "ab", "aab"], not: ["aaab", "abb"]),
        Case("a{0}b", ["b"], not: ["ab"]),
        Case("(a*)*b", ["b", "aaab"], not: ["a"]),
        Case("(a?){3}", ["", "a", "aaa"], not: ["aaaa"]),
        Case("(|a)b", ["b", "ab"], not: ["a"]),
        Case("[a-c_-]+", ["abc", "a-_"], not: ["d", ""]),
        Case("[^a-c]", ["d", "-"], not: ["a", ""]),
        Case(#"[\]\\]+"#, [#"]\"#], not: ["a"]),
        Case(#"[\d.]+"#, ["1.2"], not: ["a"]),
        Case(#"[^\D]"#, ["7"], not: ["a"]),
        Case(#"\d\w\s"#, ["1_ "], not: ["a_ ", "1- "]),
        Case(#"\D\W\S"#, ["a-x"], not: ["1-x", "aax", "a- "]),
        Case(#"a\.b\/c\-\_"#, ["a.b/c-_"], not: ["axb/c-_"]),
        Case("a+?b*?", ["a", "aab"], not: ["b"]),
        Case("(?i)Orders-[x-z]", ["ORDERS-X", "orders-z"], not: ["orders-a"]),
        Case("(?i)[^a]", ["b"], not: ["a", "A"]),
        Case("grü.e", ["grüne", "grü😀e"], not: ["grue"]),
    ])
    func matches(_ test: Case) throws {
        let pattern = try NamePattern("/\(test.expression)/")
        for name in test.matching { #expect(pattern.matches(name), "\(name)") }
        for name in test.other { #expect(!pattern.matches(name), "\(name)") }
    }

    @Test(arguments: [
        "/(/", "/)/", "/a)|(b/", "/[a/", "/a**/", "/*a/", "/a{2/", "/[b-a]/", "/(?<n/", "//", "/a", "",
    ])
    func refuses(_ source: String) {
        #expect(throws: NamePatternError.self) { try NamePattern(source) }
    }
}
