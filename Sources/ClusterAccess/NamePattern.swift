import Foundation

/// Names one group or topic, or all that match an expression.
///
/// A plain text is that very name; `/.../` is a regular expression that the whole name must match,
/// in the syntax of Foundation's `NSRegularExpression`, with `.` for any character.
package struct NamePattern: Sendable {
    /// As it was written.
    package let source: String
    private let matcher: Matcher

    /// Everything.
    package static let everything = NamePattern(source: "/.*/", matcher: .everything)

    private init(source: String, matcher: Matcher) {
        self.source = source
        self.matcher = matcher
    }

    package init(_ source: String) throws(NamePatternError) {
        guard !source.isEmpty else { throw NamePatternError("it is empty") }
        guard source.hasPrefix("/") else {
            self.init(source: source, matcher: .literal(source))
            return
        }
        guard source.count > 2, source.hasSuffix("/") else {
            throw NamePatternError(
                source == "//"
                    ? "the expression is empty"
                    : "it begins with / but does not end with /; "
                        + #"a name that begins with / is written /\/name/"#
            )
        }
        let expression = String(source.dropFirst().dropLast())
        guard expression != ".*" else {
            self.init(source: source, matcher: .everything)
            return
        }
        // Compiled alone first, so that a stray parenthesis cannot close the group that anchors it.
        guard (try? NSRegularExpression(pattern: expression)) != nil,
            let anchored = try? NSRegularExpression(
                pattern: "\\A(?:\(expression))\\z", options: .dotMatchesLineSeparators)
        else { throw NamePatternError("it is no regular expression") }
        self.init(source: source, matcher: .expression(anchored))
    }

    /// The name, where the pattern is no expression.
    package var literal: String? {
        if case .literal(let name) = matcher { name } else { nil }
    }

    package func matches(_ name: String) -> Bool {
        switch matcher {
        case .everything: true
        case .literal(let literal): literal == name
        case .expression(let expression):
            expression.firstMatch(in: name, range: NSRange(name.startIndex..., in: name)) != nil
        }
    }

    private enum Matcher: Sendable {
        case everything
        case literal(String)
        case expression(NSRegularExpression)
    }
}

extension NamePattern: Hashable, CustomStringConvertible {
    package static func == (left: Self, right: Self) -> Bool { left.source == right.source }

    package func hash(into hasher: inout Hasher) { hasher.combine(source) }

    package var description: String { source }
}

/// Why a text is no ``NamePattern``; `problem` reads on after "the pattern".
package struct NamePatternError: Error, Hashable, Sendable {
    package let problem: String

    package init(_ problem: String) { self.problem = problem }
}
