import LagwardenTestKit
import Testing

/// A kind of consumer group.
struct TeamKind: Hashable, Sendable, CustomTestStringConvertible {
    var name: String
    var groupProtocol: StageProtocol

    var testDescription: String { name }

    static let eager = TeamKind(name: "eager", groupProtocol: .range)
    static let cooperative = TeamKind(name: "cooperative", groupProtocol: .cooperativeSticky)
    /// KIP-848.
    static let consumer = TeamKind(name: "consumer", groupProtocol: .consumer)

    static let classic = [eager, cooperative]
    static let all = [eager, cooperative, consumer]

    /// Whether the group counts epochs, each of which stands in the offsets topic.
    var hasEpochs: Bool { groupProtocol == .consumer }
}

/// A group with one member that stays, beside which others come and go.
struct Team: Sendable {
    let kind: TeamKind
    /// Name of the group and of its topic.
    let group: String
    let stage: Stage

    init(_ kind: TeamKind, _ name: String, _ stage: Stage) {
        self.kind = kind
        group = "\(name)-\(kind.name)"
        stays = "\(group)-stays"
        self.stage = stage
    }

    /// The member that stays.
    private(set) var stays: String

    private func member(_ name: String, instance: String? = nil) -> StageMember {
        let classic = ["heartbeat.interval.ms": "50", "session.timeout.ms": "20000"]
        return StageMember(
            name, group: group, topics: [group], groupProtocol: kind.groupProtocol, instance: instance,
            properties: kind.hasEpochs ? [:] : classic)
    }

    /// Creates the topic and brings the member that stays into the group; returns its generation.
    @discardableResult
    func gather(replicationFactor: Int = 1) async throws -> Int64 {
        try await stage.createTopic(group, partitions: 4, replicationFactor: replicationFactor)
        try await stage.startMember(member(stays))
        try await stage.waitForAssignment(of: [stays], partitions: 4)
        try await stage.commitMember(stays, [PartitionOffset(group, 0, 0)])
        return try await generation()
    }

    /// Drops the member that stays and brings another one in.
    mutating func replaceStays() async throws {
        try await stage.killMember(stays)
        stays += "-again"
        try await stage.startMember(member(stays))
        try await stage.waitForAssignment(of: [stays], partitions: 4)
    }

    /// Generation or epoch that the member that stays is in.
    func generation() async throws -> Int64 { try await stage.memberState(stays).generation }

    /// Members come and go until the generation has gone on by `steps` or more, and all is at rest again.
    func churn(_ steps: Int) async throws -> StageChurn {
        let churn = try await stage.churn(member("\(group)-comes"), observer: stays, steps: steps)
        #expect(churn.steps >= steps)
        if let epoch = try await stage.describeGroup(group).epoch { #expect(Int64(epoch) == churn.last) }
        return churn
    }

    /// A static member, beside the one that stays, until it holds something; returns all members' names.
    func seat() async throws -> [String] {
        let names = [stays, "\(group)-seat"]
        try await stage.startMember(member(names[1], instance: "seat"))
        try await stage.waitForAssignment(of: names, partitions: 4)
        return names
    }

    /// Lets the member that stays leave; returns the generation that stands in the offsets topic then.
    func disperse() async throws -> Int64 {
        let last = try await generation()
        try await stage.closeMember(stays)
        let deadline = ContinuousClock.now + .seconds(15)
        while true {
            let recorded = try await stage.recordedGenerations(of: group).compactMap(\.generation).max() ?? -1
            if recorded > last { return recorded }
            guard ContinuousClock.now < deadline else {
                throw StageError(command: "closeMember", detail: "the last leave of \(group) is no step")
            }
            try await Task.sleep(for: .milliseconds(50))
        }
    }
}
