/// What reading a tree turned up besides the values.
struct Findings: Sendable {
    var problems: [ConfigurationProblem] = []
    /// Where each key path was last given.
    var origins: [String: Origin] = [:]

    /// More problems than anybody reads; what comes after is neither looked for nor kept.
    static let problemsMax = 100

    var isFull: Bool { problems.count >= Self.problemsMax }

    mutating func add(_ problem: ConfigurationProblem) {
        if !isFull { problems.append(problem) }
    }

    /// Whether `path`, something in it or what it stands in has been found wrong already.
    func isReported(_ path: String) -> Bool {
        problems.contains { problem in
            guard !problem.path.isEmpty else { return problem.origin == origins[""] }
            return problem.path == path || problem.path.hasPrefix(path + "[")
                || path.hasPrefix(problem.path + ".")
        }
    }

    /// The place of `path`, or of the nearest section around it that was given.
    func origin(of path: String) -> Origin {
        var path = Substring(path)
        while true {
            if let origin = origins[String(path)] { return origin }
            guard let end = path.lastIndex(where: { $0 == "." || $0 == "[" }) else { break }
            path = path[..<end]
        }
        return origins[""] ?? .absent
    }
}

/// How a text that came from outside is shown inside a message.
enum Quotation {
    private static let lengthMax = 60

    /// `text` in quotes, shortened, on one line and without control characters.
    static func quote(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars.prefix(lengthMax) {
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .unassigned:
                result += "\\u{\(String(scalar.value, radix: 16))}"
            default:
                result.unicodeScalars.append(scalar)
            }
        }
        return text.unicodeScalars.count > lengthMax ? "\"\(result)...\"" : "\"\(result)\""
    }
}
