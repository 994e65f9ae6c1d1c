package import ClusterAccess
import Locking

/// A cluster that exists in memory only and does what a test tells it, for Monitor's tests and benchmarks.
///
/// Answers are exact and immediate. Failures are scripted by rules or held back by ``hold(_:)``; every
/// request is counted and written down in order.
package final class ScriptedSource: ClusterSource {
    /// One request that was made.
    package struct Call: Hashable, Sendable {
        package var kind: RequestKind
        package var broker: BrokerID?
        /// Groups that were asked about; empty for others.
        package var groups: [GroupID]
        /// Which end of the log, for ListOffsets.
        package var offsets: LogOffsetKind?
        /// Number of partitions asked about, for ListOffsets.
        package var partitionCount: Int
        /// A ListOffsets by time instead of for an end.
        package var isByTime = false
    }

    /// Makes matching requests fail; the first rule that matches decides.
    package struct Failure: Sendable {
        package var kind: RequestKind
        /// `nil` matches any.
        package var broker: BrokerID?
        package var group: GroupID?
        package var reason: ClusterError.Reason
        /// Only look-ups by time, or only others; `nil` matches any.
        package var isByTime: Bool?
        /// How often it still applies; `nil`: always.
        package var remaining: Int?

        package init(
            _ kind: RequestKind, broker: BrokerID? = nil, group: GroupID? = nil,
            reason: ClusterError.Reason, times: Int? = nil, isByTime: Bool? = nil
        ) {
            self.kind = kind
            self.broker = broker
            self.group = group
            self.reason = reason
            self.isByTime = isByTime
            remaining = times
        }
    }

    private struct State {
        var cluster: ScriptedCluster
        var failures: [Failure] = []
        var calls: [Call] = []
        var statistics = RequestStatistics()
        var isClosed = false
        var held: Set<RequestKind> = []
        var waiting: [(kind: RequestKind, continuation: CheckedContinuation<Void, Never>)] = []
        var arrivals: [(kind: RequestKind, count: Int, continuation: CheckedContinuation<Void, Never>)] = []

        /// Whoever awaits as many held requests as there are now, taken out.
        mutating func takeArrivals() -> [CheckedContinuation<Void, Never>] {
            let ready = arrivals.filter { arrival in
                waiting.count { $0.kind == arrival.kind } >= arrival.count
            }
            arrivals.removeAll { arrival in
                waiting.count { $0.kind == arrival.kind } >= arrival.count
            }
            return ready.map(\.continuation)
        }
    }

    private let state: Mutex<State>

    package init(_ cluster: ScriptedCluster = ScriptedCluster()) { state = Mutex(State(cluster: cluster)) }

    /// Looks at or changes the cluster.
    package func withCluster<Value: Sendable>(_ body: (inout ScriptedCluster) -> Value) -> Value {
        state.withLock { body(&$0.cluster) }
    }

    /// Adds a rule.
    package func fail(_ failure: Failure) { state.withLock { $0.failures.append(failure) } }

    /// Forgets all rules.
    package func heal() { state.withLock { $0.failures = [] } }

    /// Lets a broker be asked so much from now on.
    package func allow(_ broker: BrokerID, _ allowance: RequestAllowance) {
        state.withLock { $0.statistics.allowances[broker] = allowance }
    }

    /// Every request so far, in order.
    package var calls: [Call] { state.withLock { $0.calls } }

    /// Number of requests of one kind so far.
    package func count(_ kind: RequestKind) -> Int { state.withLock { $0.calls.count { $0.kind == kind } } }

    package func resetCalls() { state.withLock { $0.calls = [] } }

    package var isClosed: Bool { state.withLock { $0.isClosed } }

    /// Lets requests of one kind wait from now on, as at a broker that hangs, until ``release(_:)`` or close.
    package func hold(_ kind: RequestKind) {
        state.withLock { _ = $0.held.insert(kind) }
    }

    /// Answers all requests of one kind that wait.
    package func release(_ kind: RequestKind) {
        let ready = state.withLock { state in
            state.held.remove(kind)
            let ready = state.waiting.filter { $0.kind == kind }
            state.waiting.removeAll { $0.kind == kind }
            return ready
        }
        for entry in ready { entry.continuation.resume() }
    }

    /// Waits until `count` requests of one kind are held back.
    package func waitUntilHeld(_ kind: RequestKind, count: Int = 1) async {
        await withCheckedContinuation { continuation in
            let ready = state.withLock { state in
                state.arrivals.append((kind, count, continuation))
                return state.takeArrivals()
            }
            for each in ready { each.resume() }
        }
    }

    package func metadata() async throws(ClusterError) -> ClusterMetadata {
        let call = Call(kind: .metadata, broker: nil, groups: [], offsets: nil, partitionCount: 0)
        try await admit(call, operation: "read metadata")
        return state.withLock { Self.metadata(of: $0.cluster) }
    }

    package func listGroups(on broker: BrokerID) async throws(ClusterError) -> GroupListingReply {
        let call = Call(kind: .listGroups, broker: broker, groups: [], offsets: nil, partitionCount: 0)
        try await admit(call, operation: "list groups")
        let groups = state.withLock { state in
            state.cluster.groups.filter { $0.value.coordinator == broker }.map { name, group in
                GroupListing(group: name, state: group.state, isSimple: group.isSimple, type: group.type)
            }
        }
        return GroupListingReply(groups: groups.sorted { $0.group < $1.group })
    }

    package func describeGroups(_ groups: [GroupID], on broker: BrokerID) async -> [GroupDescription] {
        let call = Call(
            kind: .describeGroups, broker: broker, groups: groups, offsets: nil, partitionCount: 0)
        do throws(ClusterError) {
            try await admit(call, operation: "describe groups")
        } catch {
            return groups.map { GroupDescription(group: $0, state: .unknown, error: error) }
        }
        return state.withLock { state in
            groups.map { Self.describe($0, in: state.cluster, on: broker, rules: &state.failures) }
        }
    }

    package func committedOffsets(
        of group: GroupID, on broker: BrokerID
    ) async throws(ClusterError) -> CommittedOffsets {
        let call = Call(
            kind: .offsetFetch, broker: broker, groups: [group], offsets: nil, partitionCount: 0)
        try await admit(call, operation: "list committed offsets")
        guard let found = state.withLock({ $0.cluster.groups[group] }) else { return CommittedOffsets() }
        guard found.coordinator == broker else {
            throw ClusterError(
                .notCoordinator, operation: "list committed offsets", broker: broker,
                subject: "group \(group)")
        }
        let topics = found.commits.sorted { $0.key < $1.key }.map { name, commits in
            let sorted = commits.sorted { $0.key < $1.key }
            return CommittedOffsets.Topic(
                name: name, partitions: sorted.map(\.key), offsets: sorted.map(\.value))
        }
        return CommittedOffsets(topics: topics, failures: found.commitFailures)
    }

    package func logOffsets(
        _ kind: LogOffsetKind, of partitions: [TopicPartitions], leader: BrokerID
    ) async -> LogOffsets {
        let call = Call(
            kind: .listOffsets, broker: leader, groups: [], offsets: kind,
            partitionCount: partitions.reduce(0) { $0 + $1.partitions.count })
        do throws(ClusterError) {
            try await admit(call, operation: "list offsets")
        } catch {
            return LogOffsets(failures: partitions.flatMap { Self.failures($0, error) })
        }
        return state.withLock { Self.offsets(kind, of: partitions, leader: leader, in: $0.cluster) }
    }

    package func configurations(
        of resources: [ConfigurationResource], settings: [String], on broker: BrokerID
    ) async -> [ConfigurationReply] {
        let call = Call(
            kind: .describeConfigs, broker: broker, groups: [], offsets: nil, partitionCount: 0)
        do throws(ClusterError) {
            try await admit(call, operation: "describe configurations")
        } catch {
            return resources.map { ConfigurationReply(resource: $0, answer: .failure(error)) }
        }
        let cluster = state.withLock { $0.cluster }
        return resources.map { resource in
            let known: [String: String]? =
                switch resource {
                case .topic(let name): cluster.topics[name]?.configuration
                case .broker: cluster.brokerConfiguration
                }
            let answer = known.map { known in known.filter { settings.contains($0.key) } }
            let missing = ClusterError(
                .unknownTopicOrPartition, operation: "describe configurations", broker: broker)
            return ConfigurationReply(
                resource: resource, answer: answer.map { .success($0) } ?? .failure(missing))
        }
    }

    package func requestStatistics() -> RequestStatistics { state.withLock { $0.statistics } }

    package func close() async {
        let waiting = state.withLock { state in
            state.isClosed = true
            defer { state.waiting = [] }
            return state.waiting
        }
        for entry in waiting { entry.continuation.resume() }
    }

    /// Counts a request, waits while its kind is held back, and throws what the script says.
    func admit(_ call: Call, operation: String) async throws(ClusterError) {
        state.withLock { $0.calls.append(call) }
        await withCheckedContinuation { continuation in
            let (isHeld, ready) = state.withLock { state -> (Bool, [CheckedContinuation<Void, Never>]) in
                guard state.held.contains(call.kind), !state.isClosed else { return (false, []) }
                state.waiting.append((call.kind, continuation))
                return (true, state.takeArrivals())
            }
            for each in ready { each.resume() }
            if !isHeld { continuation.resume() }
        }
        let reason = state.withLock { state in
            let reason = Self.failure(of: call, &state)
            state.statistics.record(call.kind, broker: call.broker, seconds: 0.001, failure: reason)
            return reason
        }
        if let reason {
            let subject = call.groups.count == 1 ? "group \(call.groups[0])" : ""
            throw ClusterError(
                reason, operation: operation, broker: call.broker, subject: subject, detail: "scripted")
        }
    }
}

extension ScriptedSource {
    private static func failure(of call: Call, _ state: inout State) -> ClusterError.Reason? {
        if state.isClosed { return .closed }
        let broker = call.broker.flatMap { state.cluster.brokers[$0] }
        if call.broker != nil, broker?.isUp != true { return .brokerUnavailable }
        if call.broker == nil, !state.cluster.brokers.values.contains(where: \.isUp) {
            return .brokerUnavailable
        }
        return rule(
            call.kind, call.broker, call.groups.count == 1 ? call.groups[0] : nil, call.isByTime,
            &state.failures)
    }

    /// Uses up the first rule that matches.
    private static func rule(
        _ kind: RequestKind, _ broker: BrokerID?, _ group: GroupID?, _ isByTime: Bool,
        _ rules: inout [Failure]
    ) -> ClusterError.Reason? {
        let index = rules.firstIndex { rule in
            rule.kind == kind && rule.remaining != 0 && (rule.broker == nil || rule.broker == broker)
                && (rule.group == nil || rule.group == group)
                && (rule.isByTime == nil || rule.isByTime == isByTime)
        }
        guard let index else { return nil }
        if let remaining = rules[index].remaining { rules[index].remaining = remaining - 1 }
        return rules[index].reason
    }

    private static func metadata(of cluster: ScriptedCluster) -> ClusterMetadata {
        let brokers = cluster.brokers.filter { $0.value.isUp || $0.value.isListed }
            .map { ClusterMetadata.Broker(id: $0.key, host: $0.value.host, port: $0.value.port) }
            .sorted { $0.id < $1.id }
        let topics = cluster.topics.sorted { $0.key < $1.key }.map { name, topic in
            let partitions = topic.partitions.enumerated().map { index, partition in
                ClusterMetadata.Partition(
                    id: PartitionID(Int32(clamping: index)), leader: partition.leader,
                    replicaCount: partition.replicaCount,
                    inSyncReplicaCount: partition.inSyncReplicaCount)
            }
            return ClusterMetadata.Topic(name: name, partitions: partitions, error: topic.error)
        }
        return ClusterMetadata(
            clusterID: cluster.clusterID, controller: cluster.controller, brokers: brokers, topics: topics)
    }

    private static func describe(
        _ group: GroupID, in cluster: ScriptedCluster, on broker: BrokerID, rules: inout [Failure]
    ) -> GroupDescription {
        guard let found = cluster.groups[group] else { return GroupDescription(group: group, state: .dead) }
        var error = found.describeError
        if found.coordinator != broker {
            error = ClusterError(
                .notCoordinator, operation: "describe groups", broker: broker, subject: "group \(group)")
        } else if let reason = rule(.describeGroups, broker, group, false, &rules) {
            error = ClusterError(
                reason, operation: "describe groups", broker: broker, subject: "group \(group)")
        }
        if let error { return GroupDescription(group: group, state: .unknown, error: error) }
        return GroupDescription(
            group: group, state: found.state, assignor: found.assignor, members: found.members,
            type: found.type)
    }

    private static func offsets(
        _ kind: LogOffsetKind, of partitions: [TopicPartitions], leader: BrokerID,
        in cluster: ScriptedCluster
    ) -> LogOffsets {
        var reply = LogOffsets()
        for asked in partitions {
            var topic = LogOffsets.Topic(name: asked.topic)
            let known = cluster.topics[asked.topic]?.partitions ?? []
            for id in asked.partitions {
                let index = Int(id.rawValue)
                let found = known.indices.contains(index) ? known[index] : nil
                if let found, found.leader == leader, found.error == nil {
                    topic.partitions.append(id)
                    topic.offsets.append(found.offset(kind))
                } else {
                    let reason: ClusterError.Reason = found == nil ? .unknownTopicOrPartition : .notLeader
                    let error =
                        found?.error ?? ClusterError(reason, operation: "list offsets", broker: leader)
                    reply.failures.append(
                        PartitionFailure(topic: asked.topic, partition: id, error: error))
                }
            }
            if !topic.partitions.isEmpty { reply.topics.append(topic) }
        }
        return reply
    }

    static func failures(_ asked: TopicPartitions, _ error: ClusterError) -> [PartitionFailure] {
        asked.partitions.map { PartitionFailure(topic: asked.topic, partition: $0, error: error) }
    }
}
