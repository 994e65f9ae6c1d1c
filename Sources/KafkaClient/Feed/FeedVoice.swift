import CRdKafka
import ClusterAccess
import Locking

/// What librdkafka says of a feed by callbacks, kept until the feed's thread looks at it.
///
/// Log lines come on threads of librdkafka's own, everything else on the feed's thread while it polls.
final class FeedVoice: Sendable {
    /// A change of the group's assignment that waits to be carried out.
    struct Rebalance: Sendable {
        enum Kind: Sendable { case assign, revoke, lose }

        var kind: Kind
        var partitions: Set<PartitionID>
    }

    /// An error that came by callback.
    struct Trouble: Sendable {
        /// `nil` when no broker can be reached.
        var partition: PartitionID?
        var code: rd_kafka_resp_err_t
        var text: String
    }

    private struct State {
        var rebalances: [Rebalance] = []
        var troubles: [PartitionID?: Trouble] = [:]
        var isLeaving = false
    }

    let log: ClientLog
    let refusal: Refusal
    private let counter: RequestCounter
    /// The topic that errors are about; `nil` where there are many, whose errors come with their messages.
    private let topic: TopicName?
    private let state = Mutex(State())

    init(topic: TopicName?, log: ClientLog, redactor: Redactor, counter: RequestCounter) {
        self.topic = topic
        self.log = log
        self.counter = counter
        refusal = Refusal(redactor: redactor)
    }

    /// Whether assignments wait to be carried out.
    var hasRebalances: Bool { state.withLock { !$0.rebalances.isEmpty } }

    func takeRebalances() -> [Rebalance] {
        state.withLock { state in
            defer { state.rebalances = [] }
            return state.rebalances
        }
    }

    /// The newest error of each partition, and of all brokers, since the last call.
    func takeTroubles() -> [Trouble] {
        state.withLock { state in
            guard !state.troubles.isEmpty else { return [] }
            defer { state.troubles = [:] }
            return Array(state.troubles.values)
        }
    }

    /// From now on revocations are carried out at once: the feed leaves its group.
    func leave() { state.withLock { $0.isLeaving = true } }

    /// Sets the callbacks; this object must outlive the client.
    func connect(to configuration: borrowing ClientConfiguration, asMember: Bool) {
        unsafe configuration.setOpaque(Unmanaged.passUnretained(self).toOpaque())
        unsafe configuration.setThrottleCallback { _, _, broker, milliseconds, opaque in
            unsafe FeedVoice.at(opaque)?.counter.throttled(broker: broker, milliseconds: milliseconds)
        }
        unsafe configuration.setErrorCallback { _, code, text, opaque in
            unsafe FeedVoice.at(opaque)?.heard(rd_kafka_resp_err_t(code), NativeText.string(text))
        }
        unsafe configuration.setLogCallback { client, level, facility, text in
            unsafe FeedVoice.at(rd_kafka_opaque(client))?.log.clientLine(
                facility: NativeText.string(facility), text: NativeText.string(text), level: level)
        }
        guard asMember else { return }
        unsafe configuration.setRebalanceCallback { client, code, list, opaque in
            guard let client = unsafe client else { return }
            unsafe FeedVoice.at(opaque)?.rebalanced(SharedAddress(client), code, list)
        }
    }

    private static func at(_ opaque: UnsafeMutableRawPointer?) -> FeedVoice? {
        guard let opaque = unsafe opaque else { return nil }
        return unsafe Unmanaged<FeedVoice>.fromOpaque(opaque).takeUnretainedValue()
    }

    private func heard(_ code: rd_kafka_resp_err_t, _ text: String) {
        let partition = partition(in: text)
        if partition == nil {
            let reason = ClusterError.Reason(code: code)
            refusal.note(reason, text: text)
            log.clientError(reason: reason, text: text)
            guard code == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN else { return }
        }
        state.withLock { $0.troubles[partition] = Trouble(partition: partition, code: code, text: text) }
    }

    /// The partition of an error such as "topic [3]: desired partition is not available".
    ///
    /// WHY: librdkafka has the partition at hand and gives only this text to the callback
    /// (`rd_kafka_toppar_enq_error`).
    private func partition(in text: String) -> PartitionID? {
        guard let topic else { return nil }
        let start = topic.rawValue + " ["
        guard text.hasPrefix(start) else { return nil }
        return Int32(text.dropFirst(start.count).prefix { $0 != "]" }).map { PartitionID($0) }
    }

    /// Keeps the change for the thread, which carries it out when it has taken in what came before.
    ///
    /// WHY: this runs in the middle of a poll that has collected messages already; librdkafka waits until it
    /// is told that the change is made.
    private func rebalanced(
        _ client: SharedAddress, _ code: rd_kafka_resp_err_t,
        _ list: UnsafeMutablePointer<rd_kafka_topic_partition_list_t>?
    ) {
        if state.withLock({ $0.isLeaving }) {
            unsafe Self.giveBack(client, list)
            return
        }
        let topics = unsafe PartitionLists.topics(list)
        let partitions = Set(topics.first { $0.topic == topic }?.partitions ?? [])
        let kind: Rebalance.Kind
        if code == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS {
            kind = .assign
        } else {
            kind = unsafe rd_kafka_assignment_lost(client.raw) != 0 ? .lose : .revoke
        }
        state.withLock { $0.rebalances.append(Rebalance(kind: kind, partitions: partitions)) }
    }

    private static func giveBack(
        _ client: SharedAddress, _ list: UnsafeMutablePointer<rd_kafka_topic_partition_list_t>?
    ) {
        guard let list = unsafe list, let error = unsafe rd_kafka_incremental_unassign(client.raw, list)
        else { return }
        unsafe rd_kafka_error_destroy(error)
        unsafe rd_kafka_assign(client.raw, nil)
    }
}
