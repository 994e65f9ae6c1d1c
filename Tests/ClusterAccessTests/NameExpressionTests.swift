import ClusterAccess
import Foundation
import Testing

@Suite struct NameExpressionTests {
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
        Case("", [""], not: ["a"]),
        Case("[a-c_-]+", ["abc", "a-_"], not: ["d", ""]),
        Case("[^a-c]", ["d", "-"], not: ["a", ""]),
        Case("[]a]+", ["]a"], not: ["b"]),
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
        let expression = try NameExpression(test.expression)
        for name in test.matching { #expect(expression.matches(name), "\(name)") }
        for name in test.other { #expect(!expression.matches(name), "\(name)") }
    }

    @Test(
        arguments: [
            "(", ")", "a)", "(a", "[a", "[", "a**", "a+*", "*a", "+", "?", "|*", "{2}", "a{", "a{2", "a{,2}",
            "a{3,2}",
            "a{1001}", "a{99999999999999999999}", "a{2}{3}", #"\"#, #"\b"#, #"\1"#, "(?=a)", "(?!a)",
            "(?<n>a)", "a^b",
            "a$b", "(^a)", "[b-a]", #"[a-\d]"#, "[[:alpha:]]", "((a{1000}){1000}){1000}",
            String(repeating: "(", count: 100_000),
        ])
    func refuses(_ expression: String) {
        #expect(throws: NamePatternError.self) { try NameExpression(expression) }
    }

    /// Repeats of nothing add no instructions, yet must not be written out for ever.
    @Test func refusesNestedRepeatsOfNothing() {
        let expression = String(repeating: "(", count: 30) + String(repeating: "){1000}", count: 30)
        #expect(throws: NamePatternError.self) { try NameExpression(expression) }
    }

    /// A backtracking matcher needs 2^5000 steps here.
    @Test(.timeLimit(.minutes(1)))
    func takesLinearTime() throws {
        let expression = try NameExpression("(a+)+(a|a)*(.*)*b")
        #expect(!expression.matches(String(repeating: "a", count: 5000)))
    }

    /// The same verdicts as Foundation's expressions on random patterns and names.
    @Test func agreesWithFoundation() throws {
        var random = SeededGenerator(state: 20_261_121)
        var compared = 0
        for _ in 0..<3000 {
            let source = Self.randomExpression(depth: 3, &random)
            let ours = try NameExpression(source)
            let theirs = try NSRegularExpression(pattern: "^(?:\(source))$")
            for _ in 0..<8 {
                let length = Int.random(in: 0...6, using: &random)
                let name = String((0..<length).map { _ in "abc-".randomElement(using: &random) ?? "a" })
                let range = NSRange(location: 0, length: name.utf16.count)
                let expected = theirs.firstMatch(in: name, range: range) != nil
                #expect(ours.matches(name) == expected, "\(source) on \(name)")
                compared += 1
            }
        }
        #expect(compared == 24_000)
    }

    private static func randomExpression(depth: Int, _ random: inout SeededGenerator) -> String {
        let atoms = ["a", "b", "c", ".", "[ab]", "[^a]", #"\-"#, #"\w"#]
        guard depth > 0 else { return atoms.randomElement(using: &random) ?? "a" }
        func below() -> String { randomExpression(depth: depth - 1, &random) }
        switch Int.random(in: 0..<8, using: &random) {
        case 0: return below() + below()
        case 1: return "(" + below() + "|" + below() + ")"
        case 2: return "(?:" + below() + ")*"
        case 3: return "(" + below() + ")+"
        case 4: return "(" + below() + ")?"
        case 5: return "(" + below() + "){1,2}"
        case 6: return "(|" + below() + ")" + below()
        default: return atoms.randomElement(using: &random) ?? "a"
        }
    }
}

/// SplitMix64: the same numbers for the same seed, on every machine.
struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
