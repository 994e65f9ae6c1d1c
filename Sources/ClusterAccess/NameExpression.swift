/// A compiled regular expression that a whole name must match, in time linear in the name's length.
///
/// Group and topic names come from whoever may create them, so matching must not backtrack: the expression is
/// run as a set of states over the name's Unicode scalars (Thompson's construction). A value without
/// references to anything shared; safe from any thread. `.` stands for every scalar.
package struct NameExpression: Sendable {
    /// Longest program that is accepted; counted repeats multiply their body.
    package static let instructionsMax = 4000

    private let program: [Instruction]

    /// Compiles `source`, which stands between the slashes of a `/.../` pattern.
    package init(_ source: String) throws(NamePatternError) {
        var parser = NameExpressionParser(source)
        let tree = try parser.parse()
        var compiler = Compiler()
        try compiler.emit(tree)
        try compiler.append(.accept)
        program = compiler.program
    }

    /// Whether the whole of `name` matches.
    package func matches(_ name: String) -> Bool {
        var states = StateSet(capacity: program.count)
        var next = StateSet(capacity: program.count)
        var pending: [Int] = []
        follow(0, into: &states, pending: &pending)
        for scalar in name.unicodeScalars {
            if states.members.isEmpty { return false }
            next.removeAll()
            for state in states.members {
                if case .scalar(let set) = program[state], set.contains(scalar) {
                    follow(state + 1, into: &next, pending: &pending)
                }
            }
            swap(&states, &next)
        }
        return states.members.contains { state in
            if case .accept = program[state] { true } else { false }
        }
    }

    /// Adds `start` and everything reached from it without reading; `pending` is scratch space.
    private func follow(_ start: Int, into states: inout StateSet, pending: inout [Int]) {
        pending.append(start)
        while let state = pending.popLast() {
            guard states.insert(state) else { continue }
            switch program[state] {
            case .jump(let target):
                pending.append(target)
            case .split(let first, let second):
                pending.append(second)
                pending.append(first)
            case .scalar, .accept:
                break
            }
        }
    }

    /// One step of the program.
    fileprivate enum Instruction: Sendable {
        case scalar(ScalarSet)
        case jump(Int)
        case split(Int, Int)
        case accept
    }

    /// States that are reached at one place of the name, each once, in order of arrival.
    private struct StateSet {
        private(set) var members: [Int] = []
        private var isMember: [Bool]

        init(capacity: Int) { isMember = Array(repeating: false, count: capacity) }

        mutating func insert(_ state: Int) -> Bool {
            if isMember[state] { return false }
            isMember[state] = true
            members.append(state)
            return true
        }

        mutating func removeAll() {
            for member in members { isMember[member] = false }
            members.removeAll(keepingCapacity: true)
        }
    }
}

/// Unicode scalars that one position of an expression accepts.
struct ScalarSet: Sendable {
    var ranges: [ClosedRange<UInt32>]
    var isNegated = false

    static let any = ScalarSet(ranges: [], isNegated: true)
    static let digits = ScalarSet(ranges: [0x30...0x39])
    static let word = ScalarSet(ranges: [0x30...0x39, 0x41...0x5A, 0x5F...0x5F, 0x61...0x7A])
    static let space = ScalarSet(ranges: [0x09...0x0D, 0x20...0x20])

    func contains(_ scalar: Unicode.Scalar) -> Bool {
        for range in ranges where range.contains(scalar.value) { return !isNegated }
        return isNegated
    }

    /// The same set with every ASCII letter in both cases.
    var ignoringCase: ScalarSet {
        var result = self
        for range in ranges {
            for (letters, step) in [(UInt32(0x41)...0x5A, Int64(32)), (0x61...0x7A, -32)] {
                let common = range.clamped(to: letters)
                guard range.overlaps(letters) else { continue }
                let low = UInt32(Int64(common.lowerBound) + step)
                let high = UInt32(Int64(common.upperBound) + step)
                result.ranges.append(low...high)
            }
        }
        return result
    }

    /// The scalars of this set as plain ranges, without negation.
    var positiveRanges: [ClosedRange<UInt32>] {
        guard isNegated else { return ranges }
        var result: [ClosedRange<UInt32>] = []
        var next: UInt32 = 0
        for range in ranges.sorted(by: { $0.lowerBound < $1.lowerBound }) {
            if range.lowerBound > next { result.append(next...(range.lowerBound - 1)) }
            next = max(next, range.upperBound + 1)
        }
        if next <= 0x10FFFF { result.append(next...0x10FFFF) }
        return result
    }
}

/// What an expression means, before it is compiled.
indirect enum NameExpressionTree: Sendable {
    case scalar(ScalarSet)
    case sequence([NameExpressionTree])
    case alternatives([NameExpressionTree])
    /// `most` is `nil` for "as often as you like".
    case repetition(NameExpressionTree, least: Int, most: Int?)
}

/// Turns a tree into a program and refuses one that grows too long.
private struct Compiler {
    /// Bounds repeats of repeats of nothing, which add no instruction.
    private static let stepsMax = 100_000

    var program: [NameExpression.Instruction] = []
    private var steps = 0

    mutating func append(_ instruction: NameExpression.Instruction) throws(NamePatternError) {
        guard program.count < NameExpression.instructionsMax else { throw Self.tooLong }
        program.append(instruction)
    }

    private static let tooLong = NamePatternError(
        "the expression is too long once its repeats are written out")

    mutating func emit(_ tree: NameExpressionTree) throws(NamePatternError) {
        steps += 1
        guard steps <= Self.stepsMax else { throw Self.tooLong }
        switch tree {
        case .scalar(let set):
            try append(.scalar(set))
        case .sequence(let parts):
            for part in parts { try emit(part) }
        case .alternatives(let branches):
            try emitAlternatives(branches)
        case .repetition(let body, let least, let most):
            for _ in 0..<least { try emit(body) }
            if let most {
                try emitOptional(body, times: most - least)
            } else {
                try emitLoop(body)
            }
        }
    }

    private mutating func emitAlternatives(_ branches: [NameExpressionTree]) throws(NamePatternError) {
        var exits: [Int] = []
        for (index, branch) in branches.enumerated() {
            guard index < branches.count - 1 else {
                try emit(branch)
                break
            }
            let fork = program.count
            try append(.split(fork + 1, fork + 1))
            try emit(branch)
            exits.append(program.count)
            try append(.jump(0))
            program[fork] = .split(fork + 1, program.count)
        }
        for exit in exits { program[exit] = .jump(program.count) }
    }

    private mutating func emitOptional(_ body: NameExpressionTree, times: Int) throws(NamePatternError) {
        var forks: [Int] = []
        for _ in 0..<times {
            forks.append(program.count)
            try append(.split(0, 0))
            try emit(body)
        }
        for fork in forks { program[fork] = .split(fork + 1, program.count) }
    }

    private mutating func emitLoop(_ body: NameExpressionTree) throws(NamePatternError) {
        let fork = program.count
        try append(.split(0, 0))
        try emit(body)
        try append(.jump(fork))
        program[fork] = .split(fork + 1, program.count)
    }
}
