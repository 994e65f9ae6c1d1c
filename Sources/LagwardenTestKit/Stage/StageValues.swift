/// A partition with an offset, as the stage and the oracle exchange them.
package struct PartitionOffset: Hashable, Sendable {
    package var topic: String
    package var partition: Int32
    package var offset: Int64

    package init(_ topic: String, _ partition: Int32, _ offset: Int64) {
        self.topic = topic
        self.partition = partition
        self.offset = offset
    }

    init(_ row: JSONValue) {
        topic = row["topic"].string ?? ""
        partition = Int32(clamping: row["partition"].integer ?? -1)
        offset = row["offset"].integer ?? -1
    }

    var json: JSONValue {
        ["topic": .string(topic), "partition": .integer(Int64(partition)), "offset": .integer(offset)]
    }
}

/// One partition as a topic's description shows it.
package struct StagePartition: Hashable, Sendable {
    package var partition: Int32
    /// `nil` without a leader.
    package var leader: Int32?
    package var replicas: [Int32]
    package var inSync: [Int32]
}

/// A group as Kafka's admin client describes it.
package struct StageGroup: Hashable, Sendable {
    package var group: String
    /// Kafka's spelling, such as "Stable".
    package var state: String
    /// Kafka's spelling, such as "Classic" or "Consumer".
    package var type: String
    package var assignor: String
    /// Epoch of a KIP-848 group, where Kafka's admin client tells it (from 4.0 on).
    package var epoch: Int32?
    package var coordinator: Int32
    package var members: [Member]

    package struct Member: Hashable, Sendable {
        package var memberID: String
        package var clientID: String
        package var host: String
        package var instanceID: String?
        /// Offsets are 0 here.
        package var assignment: [PartitionOffset]
    }
}

/// A line of the list of groups.
package struct StageGroupListing: Hashable, Sendable {
    package var group: String
    package var state: String
    package var type: String
    package var isSimple: Bool
}

/// What a member of the stage holds and has done.
package struct StageMemberState: Hashable, Sendable {
    package var assignment: [PartitionOffset]
    /// Next offsets it will read, where it has read any.
    package var positions: [PartitionOffset]
    /// Records it has taken so far.
    package var consumed: Int64
    /// Generation (or member epoch, with KIP-848) that it is in; -1 before it has joined.
    package var generation: Int64
    /// Every generation or epoch it was in, ascending; a member may pass over some of its group's.
    package var generations: [Int64]
    /// Why its thread gave up; empty while it works.
    package var failure: String
}

/// How a member takes part in its group.
package enum StageProtocol: Hashable, Sendable {
    /// The classic protocol with Kafka's eager range assignor.
    case range
    /// The classic protocol with incremental rebalances.
    case cooperativeSticky
    /// The classic protocol with any assignor's class name.
    case classic(assignor: String)
    /// KIP-848: the coordinator assigns.
    case consumer

    var name: String { self == .consumer ? "consumer" : "classic" }

    var assignor: String {
        switch self {
        case .range: "org.apache.kafka.clients.consumer.RangeAssignor"
        case .cooperativeSticky: "org.apache.kafka.clients.consumer.CooperativeStickyAssignor"
        case .classic(let assignor): assignor
        case .consumer: ""
        }
    }
}

/// What a new member is to be.
package struct StageMember: Sendable {
    package var name: String
    package var group: String
    package var topics: [String]
    package var groupProtocol: StageProtocol
    /// `group.instance.id`; makes the member static.
    package var instance: String?
    /// Kafka's own commits, every 200 ms.
    package var autoCommit: Bool
    package var readsCommittedOnly: Bool
    package var recordsPerPoll: Int
    /// Takes all partitions of its topics by itself instead of joining its group.
    package var assigns: Bool
    /// Consumes from the start, as ``Stage/followMember(_:commits:)`` does; otherwise it waits for a poll.
    package var follows: Bool
    /// Further properties of Kafka's Java consumer, which win.
    package var properties: [String: String]

    package init(
        _ name: String, group: String, topics: [String], groupProtocol: StageProtocol = .range,
        instance: String? = nil, autoCommit: Bool = false, readsCommittedOnly: Bool = false,
        recordsPerPoll: Int = 500, assigns: Bool = false, follows: Bool = false,
        properties: [String: String] = [:]
    ) {
        self.name = name
        self.group = group
        self.topics = topics
        self.groupProtocol = groupProtocol
        self.instance = instance
        self.autoCommit = autoCommit
        self.readsCommittedOnly = readsCommittedOnly
        self.recordsPerPoll = recordsPerPoll
        self.assigns = assigns
        self.follows = follows
        self.properties = properties
    }

    var json: [String: JSONValue] {
        var object: [String: JSONValue] = [
            "member": .string(name), "group": .string(group), "topics": .strings(topics),
            "protocol": .string(groupProtocol.name), "assignor": .string(groupProtocol.assignor),
            "autoCommit": .bool(autoCommit), "recordsPerPoll": .integer(Int64(recordsPerPoll)),
            "assigns": .bool(assigns),
            "isolation": .string(readsCommittedOnly ? "read_committed" : "read_uncommitted"),
            "credit": follows ? -1 : 0, "commits": .bool(follows && !autoCommit),
            "properties": .strings(properties),
        ]
        object["instance"] = instance.map { .string($0) }
        return object
    }
}

/// A rule of the standard authorizer; names of resources and operations are Kafka's, such as "TOPIC",
/// "DESCRIBE".
package struct StageACL: Hashable, Sendable {
    /// "User:name".
    package var principal: String
    package var resource: String
    package var name: String
    package var isPrefixed: Bool
    package var operation: String
    package var denies: Bool

    package init(
        principal: String, resource: String, name: String, operation: String, isPrefixed: Bool = false,
        denies: Bool = false
    ) {
        self.principal = principal
        self.resource = resource
        self.name = name
        self.isPrefixed = isPrefixed
        self.operation = operation
        self.denies = denies
    }

    /// Describe on the cluster.
    package static func describeCluster(_ principal: String) -> StageACL {
        StageACL(principal: principal, resource: "CLUSTER", name: "kafka-cluster", operation: "DESCRIBE")
    }

    var json: [String: JSONValue] {
        [
            "principal": .string(principal), "resource": .string(resource), "name": .string(name),
            "prefixed": .bool(isPrefixed), "operation": .string(operation), "deny": .bool(denies),
        ]
    }
}

extension JSONValue {
    static func strings(_ values: [String]) -> JSONValue { .array(values.map { .string($0) }) }

    static func strings(_ values: [String: String]) -> JSONValue {
        .object(values.mapValues { .string($0) })
    }
}

extension JSONValue: ExpressibleByDictionaryLiteral {
    package init(dictionaryLiteral members: (String, JSONValue)...) {
        self = .object(Dictionary(members) { _, last in last })
    }
}
