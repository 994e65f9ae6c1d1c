/// Where a setting was given.
package enum Origin: Hashable, Sendable {
    /// Line and column count from 1; columns count Unicode scalars.
    case file(name: String, line: Int, column: Int)
    /// An environment variable, by its name.
    case environment(String)
    /// A flag, by its name with the dashes.
    case flag(String)
    /// Given nowhere.
    case absent
}

extension Origin {
    /// Orders places of a file by line and column, and puts everything else after them.
    fileprivate var rank: Int {
        switch self {
        case .file(_, let line, let column): (min(line, 1 << 21) << 21) + min(column, (1 << 21) - 1)
        case .environment, .flag, .absent: Int.max
        }
    }
}

extension Origin: CustomStringConvertible {
    package var description: String {
        switch self {
        case .file(let name, let line, let column): "\(name):\(line):\(column)"
        case .environment(let name): name
        case .flag(let name): name
        case .absent: "configuration"
        }
    }
}

/// One thing that is wrong with the configuration, with its place and what would be right.
package struct ConfigurationProblem: Hashable, Sendable {
    package var origin: Origin
    /// Path of the key, such as `clusters[0].brokers[1]`; empty for the file as a whole.
    package var path: String
    /// What was found.
    package var problem: String
    /// What would be right; empty where `problem` says it already.
    package var expected: String
    /// A line or value that would be accepted; empty where none helps.
    package var example: String

    package init(
        at origin: Origin, path: String = "", _ problem: String, expected: String = "", example: String = ""
    ) {
        self.origin = origin
        self.path = path
        self.problem = problem
        self.expected = expected
        self.example = example
    }
}

extension ConfigurationProblem: CustomStringConvertible {
    /// `place: key.path: problem; expected ...; for example ...` on one line.
    package var description: String {
        var text = "\(origin): "
        if !path.isEmpty { text += "\(path): " }
        text += problem
        if !expected.isEmpty { text += "; expected \(expected)" }
        if !example.isEmpty { text += "; for example \(example)" }
        return text
    }
}

/// All that keeps a configuration from being used.
package struct ConfigurationFailure: Error, Hashable, Sendable {
    /// Never empty; those of the file first, in the order of its lines.
    package let problems: [ConfigurationProblem]

    package init(_ problems: [ConfigurationProblem]) {
        let ordered = problems.enumerated().sorted { left, right in
            (left.element.origin.rank, left.offset) < (right.element.origin.rank, right.offset)
        }
        self.problems = ordered.map(\.element)
    }

    /// Usage (2) when nothing but flags is wrong, configuration (3) otherwise.
    package var exitCode: ExitCode {
        let isUsage = problems.allSatisfy { problem in
            if case .flag = problem.origin { true } else { false }
        }
        return isUsage ? .usage : .configuration
    }
}

extension ConfigurationFailure: CustomStringConvertible {
    private static let shownMax = 50

    /// One line for each problem, without a newline at the end.
    package var description: String {
        var lines = problems.prefix(Self.shownMax).map(\.description)
        if problems.count > Self.shownMax { lines.append("and \(problems.count - Self.shownMax) more") }
        return lines.joined(separator: "\n")
    }
}
