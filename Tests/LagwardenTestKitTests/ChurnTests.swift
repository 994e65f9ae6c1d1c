import Glibc
import KafkaLauncher
import LagwardenTestKit
import Testing

extension RealKafkaTests {
    /// Generations and epochs, as members see them, as Kafka's admin client does, and as they are recorded.
    @Suite struct ChurnTests {
        /// A kind of group on one of Kafka's group coordinators.
        struct Kind: Sendable, CustomTestStringConvertible {
            var name: String
            var groupProtocol: StageProtocol

            var testDescription: String { name }

            static let all = [
                Kind(name: "eager", groupProtocol: .range),
                Kind(name: "cooperative", groupProtocol: .cooperativeSticky),
                Kind(name: "consumer", groupProtocol: .consumer),
            ]
        }

        @Test("members come and go quickly, and all who look see the same generations")
        func newCoordinator() async throws {
            try await withBroker(KafkaClusterOptions(overrides: Self.quick)) { _, stage in
                for kind in Kind.all { try await Self.churn(kind, stage) }
                try await Self.staticMember(.range, stage)
                try await Self.staticMember(.consumer, stage)
                try await Self.manyCommits(stage)
                try await Self.fencing(stage)
            }
        }

        @Test(
            "the same with the classic coordinator of Kafka 3",
            .enabled(if: (try? KafkaRequirement.installation().majorVersion) == 3))
        func oldCoordinator() async throws {
            let old = ["group.coordinator.rebalance.protocols": "classic"]
            let options = KafkaClusterOptions(overrides: Self.quick.merging(old) { $1 })
            try await withBroker(options) { _, stage in
                for kind in Kind.all where kind.groupProtocol != .consumer {
                    try await Self.churn(kind, stage)
                }
                try await Self.staticMember(.range, stage)
            }
        }

        /// Short sessions, and heart-beats that bring news at once.
        private static let quick = [
            "group.min.session.timeout.ms": "1000", "group.consumer.min.session.timeout.ms": "1000",
            "group.consumer.session.timeout.ms": "2000", "group.consumer.min.heartbeat.interval.ms": "100",
            "group.consumer.heartbeat.interval.ms": "100",
        ]

        private static func churn(_ kind: Kind, _ stage: Stage) async throws {
            let group = "churn-\(kind.name)"
            try await stage.createTopic(group, partitions: 4)
            let classic = ["heartbeat.interval.ms": "50", "session.timeout.ms": "2000"]
            let properties = kind.groupProtocol == .consumer ? [:] : classic
            let stays = StageMember(
                "\(kind.name)-stays", group: group, topics: [group], groupProtocol: kind.groupProtocol,
                properties: properties)
            try await stage.startMember(stays)
            try await stage.waitForAssignment(of: [stays.name], partitions: 4)
            var comes = stays
            comes.name = "\(kind.name)-comes"
            let churn = try await stage.churn(comes, observer: stays.name, steps: 20, kills: 1)
            print("ChurnTests: \(kind.name): \(churn)")
            #expect(churn.steps >= 20)
            #expect(churn.kills == 1)
            let state = try await stage.memberState(stays.name)
            #expect(state.generation == churn.last)
            #expect(state.generations.last == churn.last)
            let described = try await stage.describeGroup(group)
            #expect(churn.seen.count > 1)
            #expect(churn.seen.first == churn.first && churn.seen.last == churn.last)
            let isNew = try KafkaRequirement.installation().majorVersion > 3
            #expect((described.epoch != nil) == (kind.groupProtocol == .consumer && isNew))
            if let epoch = described.epoch { #expect(Int64(epoch) == churn.last) }
            try await stage.closeMember(stays.name)
            let isEmpty = await Eventually.holds {
                (try? await stage.describeGroup(group))?.members.isEmpty == true
            }
            #expect(isEmpty)
            let recorded = try await stage.recordedGenerations(of: group)
            let numbers = recorded.compactMap(\.generation).filter { $0 >= churn.first }
            // The last leave is a step too.
            let all = Array(churn.first...churn.last + 1)
            if kind.groupProtocol == .consumer {
                #expect(numbers == all)
            } else {
                // A generation that some member was too late for is passed over, or known to others only.
                #expect(numbers.last == all.last)
                #expect(numbers == numbers.sorted() && Set(numbers).isSubset(of: all), "\(numbers)")
                #expect(numbers.count > all.count / 2)
            }
            #expect(recorded.allSatisfy { $0.isEpoch == (kind.groupProtocol == .consumer) })
        }

        /// A static member that goes and comes back within its session.
        private static func staticMember(_ groupProtocol: StageProtocol, _ stage: Stage) async throws {
            let group = "seat-\(groupProtocol)"
            try await stage.createTopic(group, partitions: 2)
            let member = StageMember(
                group, group: group, topics: [group], groupProtocol: groupProtocol, instance: "seat")
            try await stage.startMember(member)
            try await stage.waitForAssignment(of: [member.name], partitions: 2)
            let before = try await stage.memberState(member.name).generation
            for _ in 0..<3 {
                try await stage.closeMember(member.name)
                try await stage.startMember(member)
                try await stage.waitForAssignment(of: [member.name], partitions: 2)
            }
            #expect(try await stage.memberState(member.name).generation == before)
            try await stage.closeMember(member.name)
        }

        private static func manyCommits(_ stage: Stage) async throws {
            try await stage.createTopic("many", partitions: 100)
            try await stage.commitManyGroups("many-", count: 200, topic: "many", partitions: 100, offset: 7)
            for group in ["many-0", "many-199"] {
                #expect(try await stage.committed(group).map(\.offset) == Array(repeating: 7, count: 100))
            }
            let read = try await stage.readOffsetsTopic()
            #expect(read.records >= 200 * 100)
            try await stage.deleteOffsets("many-3", "many", 0, 1)
            #expect(try await stage.committed("many-3").count == 98)
            try await stage.deleteGroups(["many-0", "many-199"])
            let left = try await stage.listGroups().filter { $0.group.hasPrefix("many-") }
            #expect(left.count == 198)
        }

        /// A transaction that hangs until a newer producer of the same id ends it.
        private static func fencing(_ stage: Stage) async throws {
            try await stage.createTopic("hangs")
            let offsets = [PartitionOffset("hangs", 0, 3)]
            try await stage.commitOffsets("hangs", [PartitionOffset("hangs", 0, 1)])
            try await stage.beginTransaction("hanging")
            try await stage.sendOffsets(inTransaction: "hanging", group: "hangs", offsets)
            let partition = Int(try await stage.offsetsPartition(of: "hangs"))
            let stable = try await stage.stableOffsets("__consumer_offsets")[partition]
            #expect(try await stage.endOffsets("__consumer_offsets")[partition] > stable)
            try await stage.abandonTransaction("hanging")
            try await stage.fenceTransaction("hanging")
            let isReleased = await Eventually.holds {
                let stable = try? await stage.stableOffsets("__consumer_offsets")[partition]
                let end = try? await stage.endOffsets("__consumer_offsets")[partition]
                return stable != nil && stable == end
            }
            #expect(isReleased)
            #expect(try await stage.committed("hangs").map(\.offset) == [1])
        }
    }
}
