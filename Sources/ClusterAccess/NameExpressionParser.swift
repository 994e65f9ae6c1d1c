/// Reads the text of a ``NameExpression``.
///
/// Understood are literals, `.`, `[...]`, `\d \w \s` and their opposites, `(...)`, `(?:...)`, `|`, `* + ?`,
/// `{n}`, `{n,}`, `{n,m}`, `(?i)` at the beginning, and `^` and `$` at the ends, where they change nothing.
/// What cannot be matched without backtracking (look-around, back-references) is refused, as in RE2.
struct NameExpressionParser {
    private static let depthMax = 40
    private static let repeatsMax = 1000

    private let scalars: [Unicode.Scalar]
    private var position = 0
    private var depth = 0
    private var ignoresCase = false

    init(_ source: String) { scalars = Array(source.unicodeScalars) }

    mutating func parse() throws(NamePatternError) -> NameExpressionTree {
        if starts(with: "(?i)") {
            ignoresCase = true
            position += 4
        }
        let tree = try alternatives()
        guard position == scalars.count else { throw problem("there is a ) without its (") }
        return tree
    }

    private var current: Unicode.Scalar? { position < scalars.count ? scalars[position] : nil }

    private func starts(with text: String) -> Bool {
        scalars[position...].starts(with: text.unicodeScalars)
    }

    /// An error at the place that was reached, counted from 1.
    private func problem(_ text: String) -> NamePatternError {
        NamePatternError("\(text) (at character \(min(position, scalars.count) + 1) of the expression)")
    }

    private mutating func alternatives() throws(NamePatternError) -> NameExpressionTree {
        var branches = [try sequence()]
        while current == "|" {
            position += 1
            branches.append(try sequence())
        }
        return branches.count == 1 ? branches[0] : .alternatives(branches)
    }

    private mutating func sequence() throws(NamePatternError) -> NameExpressionTree {
        var parts: [NameExpressionTree] = []
        if depth == 0, current == "^" { position += 1 }
        while let scalar = current, scalar != "|", scalar != ")" {
            if scalar == "$", depth == 0, position + 1 == scalars.count || scalars[position + 1] == "|" {
                position += 1
                break
            }
            let part = try atom(scalar)
            parts.append(try repeated(part))
        }
        return .sequence(parts)
    }

    private mutating func atom(_ scalar: Unicode.Scalar) throws(NamePatternError) -> NameExpressionTree {
        switch scalar {
        case "(":
            return try group()
        case "[":
            return .scalar(cased(try characterClass()))
        case ".":
            position += 1
            return .scalar(.any)
        case "\\":
            return .scalar(cased(try escape()))
        case "*", "+", "?", "{":
            throw problem("there is nothing to repeat before \(scalar); write \\\(scalar) for the character")
        case "^", "$":
            throw problem("\(scalar) may stand at the ends only, since the whole name must match anyway")
        default:
            position += 1
            return .scalar(cased(ScalarSet(ranges: [scalar.value...scalar.value])))
        }
    }

    private func cased(_ set: ScalarSet) -> ScalarSet { ignoresCase ? set.ignoringCase : set }

    private mutating func group() throws(NamePatternError) -> NameExpressionTree {
        position += 1
        if starts(with: "?:") {
            position += 2
        } else if current == "?" {
            throw problem("only (...), (?:...) and (?i) at the beginning are known")
        }
        guard depth < Self.depthMax else { throw problem("the groups are nested too deeply") }
        depth += 1
        let tree = try alternatives()
        depth -= 1
        guard current == ")" else { throw problem("there is a ( without its )") }
        position += 1
        return tree
    }

    /// Wraps `body` in the repeat that follows it, if one does; at most one may follow.
    private mutating func repeated(_ body: NameExpressionTree) throws(NamePatternError) -> NameExpressionTree
    {
        let tree: NameExpressionTree
        switch current {
        case "*": tree = .repetition(body, least: 0, most: nil)
        case "+": tree = .repetition(body, least: 1, most: nil)
        case "?": tree = .repetition(body, least: 0, most: 1)
        case "{": return try afterRepeat(try counted(body))
        default: return body
        }
        position += 1
        return try afterRepeat(tree)
    }

    /// Skips the `?` of a reluctant repeat, which changes nothing here, and refuses a second repeat.
    private mutating func afterRepeat(_ tree: NameExpressionTree) throws(NamePatternError)
        -> NameExpressionTree
    {
        if current == "?" { position += 1 }
        if let scalar = current, "*+?{".unicodeScalars.contains(scalar) {
            throw problem("a repeat follows a repeat; put the first into ( )")
        }
        return tree
    }

    private mutating func counted(_ body: NameExpressionTree) throws(NamePatternError) -> NameExpressionTree {
        position += 1
        let least = try number()
        var most: Int? = least
        if current == "," {
            position += 1
            most = current == "}" ? nil : try number()
        }
        guard current == "}" else { throw problem("a count is written {2}, {2,} or {2,5}") }
        position += 1
        if let most, most < least { throw problem("the second count is smaller than the first") }
        return .repetition(body, least: least, most: most)
    }

    private mutating func number() throws(NamePatternError) -> Int {
        var value = 0
        var digits = 0
        while let scalar = current, ("0"..."9").contains(scalar) {
            value = value * 10 + Int(scalar.value - 0x30)
            digits += 1
            position += 1
            guard value <= Self.repeatsMax else { throw problem("a count may be \(Self.repeatsMax) at most") }
        }
        guard digits > 0 else { throw problem("a count is written {2}, {2,} or {2,5}") }
        return value
    }

    private mutating func escape() throws(NamePatternError) -> ScalarSet {
        position += 1
        guard let scalar = current else { throw problem("it ends in a single \\") }
        let set: ScalarSet
        switch scalar {
        case "d": set = .digits
        case "w": set = .word
        case "s": set = .space
        case "D": set = ScalarSet(ranges: ScalarSet.digits.ranges, isNegated: true)
        case "W": set = ScalarSet(ranges: ScalarSet.word.ranges, isNegated: true)
        case "S": set = ScalarSet(ranges: ScalarSet.space.ranges, isNegated: true)
        case "t": set = ScalarSet(ranges: [0x09...0x09])
        case "n": set = ScalarSet(ranges: [0x0A...0x0A])
        case "r": set = ScalarSet(ranges: [0x0D...0x0D])
        case _ where ScalarSet.word.contains(scalar) && scalar != "_":
            throw problem("\\\(scalar) is not known")
        default: set = ScalarSet(ranges: [scalar.value...scalar.value])
        }
        position += 1
        return set
    }

    private mutating func characterClass() throws(NamePatternError) -> ScalarSet {
        position += 1
        var result = ScalarSet(ranges: [])
        if current == "^" {
            result.isNegated = true
            position += 1
        }
        var isFirst = true
        while let scalar = current, scalar != "]" || isFirst {
            isFirst = false
            let low = try classMember(scalar)
            guard current == "-", position + 1 < scalars.count, scalars[position + 1] != "]" else {
                result.ranges += low.positiveRanges
                continue
            }
            position += 1
            let high = try classMember(scalars[position])
            guard let first = low.single, let last = high.single, first <= last else {
                throw problem("the range in [ ] is the wrong way round, or one of its ends is a class")
            }
            result.ranges.append(first...last)
        }
        guard current == "]" else { throw problem("there is a [ without its ]") }
        position += 1
        return result
    }

    private mutating func classMember(_ scalar: Unicode.Scalar) throws(NamePatternError) -> ScalarSet {
        if scalar == "\\" { return try escape() }
        if scalar == "[", position + 1 < scalars.count, scalars[position + 1] == ":" {
            throw problem("[:...:] is not known; write the range, such as a-z")
        }
        position += 1
        return ScalarSet(ranges: [scalar.value...scalar.value])
    }
}

extension ScalarSet {
    /// The only scalar of the set, if it has just one.
    fileprivate var single: UInt32? {
        guard !isNegated, ranges.count == 1, ranges[0].count == 1 else { return nil }
        return ranges[0].lowerBound
    }
}
