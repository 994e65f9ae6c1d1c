/// A JSON document with placeholders, which is JSON again whatever is put in their place.
///
/// `"{{lag}}"`, a text that is nothing but a placeholder, becomes the value itself: a number, a list, `null`.
/// Within a longer text, `"lag of {{group}}"`, the value becomes a part of that text. Keys stay as they are.
package struct NoticeTemplate: Hashable, Sendable {
    /// As it was written.
    package let source: String
    private let tree: JSONTree

    /// Reads a template; unknown placeholders are refused now, not when something is to be told.
    package init(_ source: String) throws(NoticeTemplateProblem) {
        do throws(JSONProblem) {
            tree = try JSONTree(reading: source)
        } catch {
            throw NoticeTemplateProblem("line \(error.line), column \(error.column): \(error.problem)")
        }
        self.source = source
        try Self.check(tree)
    }

    /// The document for one notice.
    package func fill(_ fields: NoticeFields) -> JSONTree { Self.fill(tree, fields) }

    private static func check(_ tree: JSONTree) throws(NoticeTemplateProblem) {
        switch tree {
        case .null, .bool, .integer, .number, .literal: return
        case .string(let text):
            for case .placeholder(let name) in try pieces(of: text) where !NoticeFields.names.contains(name) {
                throw NoticeTemplateProblem(
                    "{{\(name)}} is no placeholder; there are "
                        + NoticeFields.names.map { "{{\($0)}}" }.joined(separator: ", "))
            }
        case .array(let elements): for element in elements { try check(element) }
        case .object(let members): for member in members { try check(member.value) }
        }
    }

    private static func fill(_ tree: JSONTree, _ fields: NoticeFields) -> JSONTree {
        switch tree {
        case .null, .bool, .integer, .number, .literal: return tree
        case .string(let text):
            guard let pieces = try? pieces(of: text) else { return tree }
            if pieces.count == 1, case .placeholder(let name) = pieces[0] { return fields.value(of: name) }
            let parts = pieces.map { piece in
                switch piece {
                case .text(let text): text
                case .placeholder(let name): fields.value(of: name).inText
                }
            }
            return .string(parts.joined())
        case .array(let elements): return .array(elements.map { fill($0, fields) })
        case .object(let members): return .object(members.map { .init($0.key, fill($0.value, fields)) })
        }
    }

    private enum Piece {
        case text(String)
        case placeholder(String)
    }

    /// `text` taken apart at its placeholders.
    private static func pieces(of text: String) throws(NoticeTemplateProblem) -> [Piece] {
        var pieces: [Piece] = []
        var rest = text[...]
        while let open = rest.firstRange(of: "{{") {
            if open.lowerBound > rest.startIndex { pieces.append(.text(String(rest[..<open.lowerBound]))) }
            rest = rest[open.upperBound...]
            guard let close = rest.firstRange(of: "}}") else {
                throw NoticeTemplateProblem("a placeholder begins with {{ and does not end with }}")
            }
            let name = rest[..<close.lowerBound].drop { $0 == " " }.prefix { $0 != " " }
            pieces.append(.placeholder(String(name)))
            rest = rest[close.upperBound...]
        }
        if !rest.isEmpty || pieces.isEmpty { pieces.append(.text(String(rest))) }
        return pieces
    }
}

/// What is wrong with a template, on one line.
package struct NoticeTemplateProblem: Error, Hashable, Sendable {
    package let problem: String

    init(_ problem: String) { self.problem = problem }
}

extension NoticeTemplate {
    /// What a webhook is sent unless it has a template of its own: every placeholder under its own name.
    package static func standardDocument(_ fields: NoticeFields) -> JSONTree {
        .object(NoticeFields.names.map { .init($0, fields.value(of: $0)) })
    }
}
