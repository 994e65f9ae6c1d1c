import CRdKafka
package import ClusterAccess
import Glibc

extension KafkaCluster {
    package func listGroups(on broker: BrokerID) async throws(ClusterError) -> GroupListingReply {
        let context = RequestContext(operation: "list groups", broker: broker)
        return try await core.routed(.listGroups, to: broker, context) {
            client, queue, ticket throws(ClusterError) in
            let options = try AdminOptions(client, for: RD_KAFKA_ADMIN_OP_LISTCONSUMERGROUPS)
            try options.route(to: broker, within: core.settings.requestTimeout, ticket)
            unsafe rd_kafka_ListConsumerGroups(client.raw, options.raw, queue.raw)
        } read: { event in
            GroupReader.listing(event, context)
        }
    }

    package func describeGroups(
        _ groups: [GroupID], on broker: BrokerID
    ) async -> [GroupDescription] {
        var seen: Set<GroupID> = []
        let distinct = groups.filter { seen.insert($0).inserted }
        let chunks = distinct.chunked(by: min(20, core.gates.places(of: broker)))
        let answers = await withTaskGroup(of: [GroupDescription].self) { tasks in
            for chunk in chunks {
                tasks.addTask { await self.describe(chunk, on: broker) }
            }
            var byGroup: [GroupID: GroupDescription] = [:]
            for await answer in tasks {
                for description in answer { byGroup[description.group] = description }
            }
            return byGroup
        }
        return distinct.compactMap { answers[$0] }
    }

    /// One call for some groups; librdkafka sends a DescribeGroups request for each of them.
    private func describe(_ groups: [GroupID], on broker: BrokerID) async -> [GroupDescription] {
        let context = RequestContext(operation: "describe groups", broker: broker)
        do throws(ClusterError) {
            let descriptions = try await core.admitted(to: broker, count: groups.count, context) {
                () async throws(ClusterError) -> [GroupDescription] in
                try await self.requestDescriptions(of: groups, on: broker, context)
            }
            let answered = Set(descriptions.map(\.group))
            return descriptions
                + groups.filter { !answered.contains($0) }.map {
                    missing($0, context.error(.other, "the answer lacks this group"))
                }
        } catch {
            return groups.map { missing($0, error) }
        }
    }

    private func requestDescriptions(
        of groups: [GroupID], on broker: BrokerID, _ context: RequestContext
    ) async throws(ClusterError) -> [GroupDescription] {
        let start = ContinuousClock.now
        do throws(ClusterError) {
            let timeout = core.settings.requestTimeout
            let descriptions = try await core.primary.request(context, timeout: timeout) {
                client, queue, ticket throws(ClusterError) in
                let options = try AdminOptions(client, for: RD_KAFKA_ADMIN_OP_DESCRIBECONSUMERGROUPS)
                try options.route(to: broker, within: timeout, ticket)
                unsafe CStrings.with(groups.map(\.rawValue)) { names in
                    unsafe rd_kafka_DescribeConsumerGroups(
                        client.raw, names.baseAddress, names.count, options.raw, queue.raw)
                }
            } read: { event in
                GroupReader.descriptions(event, context)
            }
            let took = ContinuousClock.now - start
            for description in descriptions {
                core.counter.record(
                    .describeGroups, broker: broker, took: took, failure: description.error?.reason)
            }
            return descriptions
        } catch {
            core.counter.record(
                .describeGroups, broker: broker, took: .now - start, failure: error.reason)
            throw error
        }
    }

    private func missing(_ group: GroupID, _ error: ClusterError) -> GroupDescription {
        var error = error
        error.subject = "group \(group)"
        return GroupDescription(group: group, state: .unknown, error: error)
    }
}

extension ClusterCore {
    /// Does what `body` does when the broker's budget has room for its requests.
    ///
    /// `count` requests are sent at once; waiting for their turn fails with
    /// ``ClusterError/Reason/requestBudget`` when it takes as long as a request may.
    func admitted<Value: Sendable>(
        to broker: BrokerID?, count: Int = 1, _ context: RequestContext,
        _ body: () async throws(ClusterError) -> Value
    ) async throws(ClusterError) -> Value {
        try await gates.acquire(broker, count: count, operation: context.operation)
        let start = ContinuousClock.now
        do throws(ClusterError) {
            let value = try await body()
            gates.release(broker, count: count, took: .now - start, failure: nil)
            return value
        } catch {
            gates.release(broker, count: count, took: .now - start, failure: error.reason)
            throw error
        }
    }

    /// Sends a request to `broker` when its budget has room for it, and counts it as `kind`.
    func routed<Value: Sendable>(
        _ kind: RequestKind, to broker: BrokerID, _ context: RequestContext,
        on handle: ClientHandle? = nil, timeout: Duration? = nil,
        send: (SharedAddress, SharedAddress, ReplyTicket) throws(ClusterError) -> Void,
        read: @escaping @Sendable (borrowing ClientEvent) -> Result<Value, ClusterError>
    ) async throws(ClusterError) -> Value {
        try await admitted(to: broker, context) { () async throws(ClusterError) -> Value in
            let start = ContinuousClock.now
            do throws(ClusterError) {
                let value = try await (handle ?? primary).request(
                    context, timeout: timeout ?? settings.requestTimeout, send: send, read: read)
                counter.record(kind, broker: broker, took: .now - start)
                return value
            } catch {
                counter.record(kind, broker: broker, took: .now - start, failure: error.reason)
                throw error
            }
        }
    }
}

extension AdminOptions {
    /// What every group request needs: its broker, its time and its ticket.
    func route(
        to broker: BrokerID, within timeout: Duration, _ ticket: ReplyTicket
    ) throws(ClusterError) {
        try setBroker(broker)
        try setTimeout(timeout)
        setTicket(ticket)
    }
}

extension Array {
    /// Consecutive parts of at most `size` elements.
    func chunked(by size: Int) -> [[Element]] {
        stride(from: 0, to: count, by: size).map { Array(self[$0..<Swift.min($0 + size, count)]) }
    }
}

/// Lends Swift strings to C as an array of C strings.
enum CStrings {
    /// Calls `body` with the strings, which live until it returns.
    static func with<Value>(
        _ strings: [String], _ body: (UnsafeMutableBufferPointer<UnsafePointer<CChar>?>) -> Value
    ) -> Value {
        let copies = unsafe strings.map { unsafe strdup($0) }
        defer { for index in unsafe copies.indices { unsafe free(copies[index]) } }
        var pointers = unsafe copies.map { unsafe UnsafePointer<CChar>($0) }
        return unsafe pointers.withUnsafeMutableBufferPointer { unsafe body($0) }
    }
}
