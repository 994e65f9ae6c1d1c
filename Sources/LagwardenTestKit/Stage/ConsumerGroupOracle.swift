/// What Kafka's own `kafka-consumer-groups` says, run inside the stage program.
package struct ConsumerGroupOracle: Sendable {
    private let stage: Stage

    package init(_ stage: Stage) { self.stage = stage }

    /// One partition of one group as `--describe --offsets` prints it; `nil` stands for its "-".
    package struct Offset: Hashable, Sendable {
        package var group: String
        package var topic: String
        package var partition: Int32
        package var committed: Int64?
        package var logEnd: Int64?
        package var lag: Int64?
        package var consumerID: String?
        package var host: String?
        package var clientID: String?
    }

    /// One member as `--describe --members` prints it.
    package struct Member: Hashable, Sendable {
        package var group: String
        package var consumerID: String
        package var host: String
        package var clientID: String
        package var partitions: Int
    }

    /// One group as `--describe --state` prints it.
    package struct State: Hashable, Sendable {
        package var group: String
        /// Host and port of the coordinator.
        package var coordinator: String
        package var coordinatorID: Int32
        package var assignmentStrategy: String?
        /// Kafka's spelling, such as "Stable".
        package var state: String
        package var members: Int
    }

    /// Offsets of one group or of all, ascending by group, topic and partition.
    package func offsets(of group: String? = nil) async throws -> [Offset] {
        Self.offsets(in: try await describe("--offsets", group))
            .sorted { ($0.group, $0.topic, $0.partition) < ($1.group, $1.topic, $1.partition) }
    }

    /// Members of one group or of all.
    package func members(of group: String? = nil) async throws -> [Member] {
        Self.members(in: try await describe("--members", group))
    }

    /// State of one group or of all.
    package func states(of group: String? = nil) async throws -> [State] {
        Self.states(in: try await describe("--state", group)).sorted { $0.group < $1.group }
    }

    /// Everything that the tool prints.
    package func run(_ arguments: [String]) async throws(StageError) -> String {
        try await stage.call("tool", ["arguments": .strings(arguments)], within: .seconds(60)).string ?? ""
    }

    private func describe(_ what: String, _ group: String?) async throws(StageError) -> String {
        try await run(["--describe", what] + (group.map { ["--group", $0] } ?? ["--all-groups"]))
    }

    static func offsets(in output: String) -> [Offset] {
        OracleTable.rows(in: output).compactMap { row in
            guard let group = row["GROUP"], let topic = row["TOPIC"], topic != "-",
                let partition = row["PARTITION"].flatMap({ Int32($0) })
            else { return nil }
            return Offset(
                group: group, topic: topic, partition: partition,
                committed: row["CURRENT-OFFSET"].flatMap { Int64($0) },
                logEnd: row["LOG-END-OFFSET"].flatMap { Int64($0) }, lag: row["LAG"].flatMap { Int64($0) },
                consumerID: present(row["CONSUMER-ID"]), host: present(row["HOST"]),
                clientID: present(row["CLIENT-ID"]))
        }
    }

    static func members(in output: String) -> [Member] {
        OracleTable.rows(in: output).compactMap { row in
            guard let group = row["GROUP"], let id = row["CONSUMER-ID"],
                let partitions = row["#PARTITIONS"].flatMap({ Int($0) })
            else { return nil }
            return Member(
                group: group, consumerID: id, host: row["HOST"] ?? "", clientID: row["CLIENT-ID"] ?? "",
                partitions: partitions)
        }
    }

    static func states(in output: String) -> [State] {
        OracleTable.rows(in: output).compactMap { row in
            guard let group = row["GROUP"], let coordinator = row["COORDINATOR (ID)"],
                let state = row["STATE"],
                let members = row["#MEMBERS"].flatMap({ Int($0) })
            else { return nil }
            let parts = coordinator.split(separator: " ")
            let id = parts.last.flatMap { Int32($0.trimmingCharacters("()")) }
            return State(
                group: group, coordinator: parts.first.map(String.init) ?? "", coordinatorID: id ?? -1,
                assignmentStrategy: present(row["ASSIGNMENT-STRATEGY"]), state: state, members: members)
        }
    }

    private static func present(_ text: String?) -> String? {
        text.flatMap { $0.isEmpty || $0 == "-" ? nil : $0 }
    }
}

/// The tables that `kafka-consumer-groups` prints: a header, then rows padded to the header's columns.
enum OracleTable {
    /// Every row of every table as column name to trimmed text.
    static func rows(in output: String) -> [[String: String]] {
        var columns: [(name: String, start: Int)] = []
        var rows: [[String: String]] = []
        for line in output.split(separator: "\n", omittingEmptySubsequences: false) {
            if line.hasPrefix("GROUP ") {
                columns = header(line)
            } else if line.allSatisfy({ $0 == " " }) {
                columns = []
            } else if !columns.isEmpty {
                rows.append(row(Array(line), columns))
            }
        }
        return rows
    }

    /// Names and positions; "COORDINATOR (ID)" is the only name with a space in it.
    private static func header(_ line: Substring) -> [(name: String, start: Int)] {
        var columns: [(name: String, start: Int)] = []
        var position = 0
        for word in line.split(separator: " ", omittingEmptySubsequences: false) {
            if word == "(ID)", let last = columns.popLast() {
                columns.append((last.name + " (ID)", last.start))
            } else if !word.isEmpty {
                columns.append((String(word), position))
            }
            position += word.count + 1
        }
        return columns
    }

    private static func row(
        _ line: [Character], _ columns: [(name: String, start: Int)]
    ) -> [String: String] {
        var row: [String: String] = [:]
        for (index, column) in columns.enumerated() {
            let end = index + 1 < columns.count ? min(columns[index + 1].start, line.count) : line.count
            guard column.start < end else { continue }
            row[column.name] = String(line[column.start..<end]).trimmingCharacters(" ")
        }
        return row
    }
}

extension StringProtocol {
    /// The text without any of these characters at its ends.
    func trimmingCharacters(_ characters: String) -> String {
        var rest = self[...]
        while let first = rest.first, characters.contains(first) { rest = rest.dropFirst() }
        while let last = rest.last, characters.contains(last) { rest = rest.dropLast() }
        return String(rest)
    }
}
