import ClusterAccess
import LagModel
import LagwardenTestKit
import Locking
import Monitor
import OffsetsTopic
import StructuredLog

/// A monitor on a scripted cluster with a scripted offsets topic, and clocks that a test moves.
final class FollowerBench: Sendable {
    let source: ScriptedSource
    let topic: ScriptedOffsetsTopic
    let store = SnapshotStore(clusters: ["c"])
    let monitor: ClusterMonitor
    private let time = BenchTime()
    private let running: Task<Void, Never>

    static let partitions = 4

    init(
        _ cluster: ScriptedCluster, settings: FollowerSettings = FollowerSettings(), runs: Bool = false,
        change: (inout RoundSettings) -> Void = { _ in }
    ) {
        source = ScriptedSource(cluster)
        topic = ScriptedOffsetsTopic(source: source, partitions: Self.partitions)
        var rounds = RoundSettings(ledger: .init(cluster: "c"), follower: settings)
        change(&rounds)
        let time = time
        monitor = ClusterMonitor(
            source: source, feeds: topic, settings: rounds, store: store,
            clock: MonitorClock(now: { time.now() }, sleep: { try await time.sleep($0) }),
            logger: Logger(level: .debug) { record in time.log(record) })
        let monitor = monitor
        running = Task { if runs { await monitor.run() } else { await monitor.follow() } }
    }

    deinit {
        running.cancel()
        time.wakeAll()
    }

    /// One round, ten seconds after the last one, and what the store then shows.
    @discardableResult
    func round() async -> ClusterView {
        time.advance(by: .seconds(10))
        await monitor.performRound()
        return store.view()[0]
    }

    /// Rounds until everything in the topic has been read and a round has been made of it.
    @discardableResult
    func caughtUp() async -> ClusterView {
        await round()
        await Eventually.comes { !topic.feeds.isEmpty }
        await topic.feeds.first?.waitUntilIdle()
        return await round()
    }

    var view: ClusterView { store.view()[0] }

    var now: Moment { time.now() }

    /// Lets the monotonic clock jump, as after a pause of the process.
    func pause(for duration: Duration) { time.advance(by: duration) }

    /// Ends every sleep of exactly this length.
    func wake(_ duration: Duration) async { await time.wake(duration) }

    func group(_ id: GroupID) -> GroupSnapshot? { view.snapshot?.group(id) }

    func lag(_ id: GroupID) -> Int64? { group(id)?.totals?.lag }

    /// Log lines of a level.
    func log(_ level: LogLevel) -> [String] { time.lines(level) }
}

extension FollowerBench {
    /// Partition of the offsets topic that holds a group.
    func partition(of group: GroupID) -> PartitionID {
        CoordinatorPartition.of(group, count: Self.partitions) ?? PartitionID(0)
    }

    /// Commits as the group's coordinator does: its answers and the topic change together.
    func commit(
        _ group: GroupID, _ name: TopicName, _ partition: Int32, _ offset: Int64, isOpen: Bool = false
    ) {
        if !isOpen { source.withCluster { $0.commit(group, name, partition, offset) } }
        record(group, name, partition, offset, isOpen: isOpen)
    }

    /// Writes the record of a commit only.
    func record(
        _ group: GroupID, _ name: TopicName, _ partition: Int32, _ offset: Int64?, isOpen: Bool = false
    ) {
        let key = OffsetCommitKey(group: group, topic: name, partition: PartitionID(partition))
        let value = offset.map {
            OffsetCommitValue(offset: $0, commitTimestamp: now.wall.nanosecondsSince1970 / 1_000_000)
        }
        topic.append(
            to: self.partition(of: group), key: key.encoded(), value: value?.encoded(),
            timestamp: now.wall.nanosecondsSince1970 / 1_000_000, isOpen: isOpen)
    }

    /// Writes a generation with so many members; `nil` deletes the group's record.
    func generation(_ group: GroupID, _ generation: Int32?, members: Int = 1) {
        let value = generation.map { generation in
            GroupMetadataValue(
                protocolType: "consumer", generation: generation, protocolName: members > 0 ? "range" : nil,
                members: (0..<members).map { index in
                    .init(
                        memberID: "m\(index)", clientID: "c\(index)", clientHost: "/127.0.0.1",
                        rebalanceTimeout: 60_000, sessionTimeout: 45_000,
                        subscription: ConsumerSubscription(topics: ["t"]).encoded(),
                        assignment: ConsumerAssignment(partitions: []).encoded())
                })
        }
        topic.append(
            to: partition(of: group), key: GroupMetadataKey(group: group).encoded(),
            value: value?.encoded(), timestamp: now.wall.nanosecondsSince1970 / 1_000_000)
    }

    /// The group as its coordinator forgets it: out of the list, tombstones in the topic.
    func delete(_ group: GroupID) {
        let commits = source.withCluster { cluster in
            cluster.groups.removeValue(forKey: group)?.commits ?? [:]
        }
        for (name, offsets) in commits {
            for partition in offsets.keys { record(group, name, partition.rawValue, nil) }
        }
        generation(group, nil)
    }
}

/// Clocks that stand still, sleepers and log lines of a bench.
private final class BenchTime: Sendable {
    private struct Sleeper {
        var duration: Duration
        var continuation: CheckedContinuation<Void, Never>
    }

    private struct State {
        var now = Duration.zero
        var sleepers: [Sleeper] = []
        var lines: [(LogLevel, String)] = []
        var isOver = false
    }

    private let state = Mutex(State())

    func now() -> Moment {
        let now = state.withLock { $0.now }
        return Moment(
            wall: WallTime(
                nanosecondsSince1970: 1_700_000_000_000_000_000 + now.components.seconds * 1_000_000_000),
            monotonic: MonotonicTime(sinceOrigin: now))
    }

    func advance(by duration: Duration) { state.withLock { $0.now += duration } }

    /// Sleeps until it is woken or cancelled, however long that takes.
    func sleep(_ duration: Duration) async throws {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isOver = state.withLock { state -> Bool in
                    if Task.isCancelled || state.isOver { return true }
                    state.sleepers.append(Sleeper(duration: duration, continuation: continuation))
                    return false
                }
                if isOver { continuation.resume() }
            }
        } onCancel: {
            // Who was cancelled cannot be told apart; waking early harms nobody here.
            take { $0 == duration }
        }
    }

    /// Waits for a sleeper of this length and wakes it.
    func wake(_ duration: Duration) async {
        await Eventually.comes { take { $0 == duration } > 0 }
    }

    func wakeAll() {
        state.withLock { $0.isOver = true }
        take { _ in true }
    }

    @discardableResult
    private func take(_ isDue: (Duration) -> Bool) -> Int {
        let due = state.withLock { state -> [Sleeper] in
            let due = state.sleepers.filter { isDue($0.duration) }
            state.sleepers.removeAll { isDue($0.duration) }
            return due
        }
        for sleeper in due { sleeper.continuation.resume() }
        return due.count
    }

    func log(_ record: LogRecord) { state.withLock { $0.lines.append((record.level, record.message)) } }

    func lines(_ level: LogLevel) -> [String] {
        state.withLock { state in state.lines.filter { $0.0 == level }.map(\.1) }
    }
}
