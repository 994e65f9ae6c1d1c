import ClusterAccess
import GroupJournal
import LagModel
import Testing

@testable import Monitor

@Suite struct PartitionProgressTests {
    /// One partition over two rounds, and how it is used in the second.
    struct Row: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var before: (stable: Int64, high: Int64)?
        var ends: (stable: Int64, high: Int64)
        var position: Int64?
        var openPosition: Int64?
        var failure: ClusterError.Reason?
        var state: OffsetsTopicStatus.State
    }

    static let rows = [
        Row(testDescription: "nothing delivered yet", ends: (5, 5), state: .loading),
        Row(testDescription: "an empty partition", ends: (0, 0), position: 0, state: .current),
        Row(testDescription: "read to its end", ends: (5, 5), position: 5, state: .current),
        Row(testDescription: "one record behind", ends: (5, 5), position: 4, state: .loading),
        Row(testDescription: "beyond the end of that moment", ends: (5, 5), position: 9, state: .current),
        Row(
            testDescription: "a transaction under way", before: (5, 5), ends: (7, 9), position: 7,
            state: .current),
        Row(
            testDescription: "a transaction that does not move on, its end not yet read", before: (7, 9),
            ends: (7, 9), position: 7, state: .loading),
        Row(
            testDescription: "a transaction that does not move on", before: (7, 9), ends: (7, 9), position: 7,
            openPosition: 9, state: .blocked),
        Row(
            testDescription: "an open transaction in the first round", ends: (7, 9), position: 7,
            openPosition: 9, state: .blocked),
        Row(
            testDescription: "a transaction that has ended", before: (7, 9), ends: (10, 10), position: 10,
            openPosition: 9, state: .current),
        Row(
            testDescription: "refused", ends: (5, 5), failure: .topicUnauthorized, state: .unavailable),
        Row(
            testDescription: "stuck after a failure", ends: (5, 5), position: 3, failure: .notLeader,
            state: .unavailable),
    ]

    @Test(arguments: rows)
    func state(_ row: Row) {
        var progress = PartitionProgress()
        if let position = row.position { progress.read(to: position, isolation: .committed) }
        if let before = row.before {
            progress.observe(.init(lastStable: before.stable, highWatermark: before.high))
        }
        progress.observe(.init(lastStable: row.ends.stable, highWatermark: row.ends.high))
        if let open = row.openPosition { progress.read(to: open, isolation: .uncommitted) }
        if let failure = row.failure { progress.fail(failure) }
        #expect(progress.state == row.state)
    }

    @Test func withoutEndsItIsUnavailableWithTheReason() {
        var progress = PartitionProgress()
        progress.read(to: 5, isolation: .committed)
        progress.observe(failure: .leaderUnavailable)
        #expect(progress.state == .unavailable)
        #expect(progress.failure == .leaderUnavailable)
        progress.observe(.init(lastStable: 5, highWatermark: 5))
        #expect(progress.state == .current)
    }
}

@Suite struct ShardLeaseTests {
    private func time(_ seconds: Int) -> MonotonicTime { MonotonicTime(sinceOrigin: .seconds(seconds)) }

    @Test func signsKeepItValid() {
        var lease = ShardLease(session: .seconds(10), now: time(0))
        for second in stride(from: 5, through: 50, by: 5) {
            lease.sign(at: time(second))
            #expect(lease.isValid(at: time(second)))
        }
        #expect(lease.end(at: time(50)) == time(60))
        #expect(lease.isValid(at: time(60)))
        #expect(!lease.isValid(at: time(61)))
    }

    @Test func afterAGapItIsSuspectUntilTheGroupSpeaks() {
        var lease = ShardLease(session: .seconds(10), now: time(0))
        lease.sign(at: time(30))
        #expect(!lease.isValid(at: time(30)))
        #expect(lease.end(at: time(30)) == nil)
        lease.sign(at: time(35))
        #expect(!lease.isValid(at: time(35)))
        lease.settle(at: time(36))
        #expect(lease.isValid(at: time(36)))
    }

    @Test func silenceOfTheGroupForAWholeSessionMeansThatAllIsWell() {
        var lease = ShardLease(session: .seconds(10), now: time(0))
        lease.sign(at: time(30))
        lease.sign(at: time(36))
        #expect(!lease.isValid(at: time(36)))
        lease.sign(at: time(40))
        #expect(lease.isValid(at: time(40)))
    }
}

@Suite struct ReconcilerTests {
    private func offsets(_ values: [Int32: Int64]) -> CommittedOffsets {
        let sorted = values.sorted { $0.key < $1.key }
        return CommittedOffsets(topics: [
            .init(name: "t", partitions: sorted.map { PartitionID($0.key) }, offsets: sorted.map(\.value))
        ])
    }

    private func time(_ seconds: Int) -> MonotonicTime { MonotonicTime(sinceOrigin: .seconds(seconds)) }

    @Test func everyGroupHasItsTurnWithinTheInterval() {
        var reconciler = Reconciler()
        let groups = (0..<100).map { (id: GroupID("g\($0)"), broker: BrokerID(Int32($0 % 2))) }
        var turns: [GroupID: Int] = [:]
        for second in stride(from: 0, through: 600, by: 10) {
            let chosen = reconciler.choose(
                among: groups, at: time(second), interval: .seconds(300), budget: 4)
            #expect(chosen.count <= 8)
            for group in chosen { turns[group, default: 0] += 1 }
        }
        #expect(groups.allSatisfy { (1...3).contains(turns[$0.id] ?? 0) })
    }

    @Test func theBudgetOfABrokerIsNotExceeded() {
        var reconciler = Reconciler()
        let groups = (0..<50).map { (id: GroupID("g\($0)"), broker: BrokerID(1)) }
        _ = reconciler.choose(among: groups, at: time(0), interval: .seconds(10), budget: 3)
        for second in [100, 110, 120] {
            let chosen = reconciler.choose(among: groups, at: time(second), interval: .seconds(10), budget: 3)
            #expect(chosen.count == 3)
        }
    }

    @Test func onlyWhatStaysDifferentIsADifference() {
        var reconciler = Reconciler()
        let followed = offsets([0: 5])
        func judge(_ followed: CommittedOffsets, _ told: CommittedOffsets) -> Reconciler.Verdict {
            reconciler.compare("g", followed: followed, told: told, isVisible: { _ in true })
        }
        #expect(judge(followed, followed) == .agrees)
        #expect(judge(followed, offsets([0: 6])) == .mayDiffer)
        #expect(judge(offsets([0: 6]), offsets([0: 7])) == .mayDiffer)
        #expect(judge(offsets([0: 6]), offsets([0: 7])) == .differs)
        #expect(reconciler.differences == 1)
        #expect(judge(offsets([0: 7]), offsets([0: 7])) == .agrees)
    }

    @Test func whatTheCoordinatorMayNotTellIsNoDifference() {
        var reconciler = Reconciler()
        var told = offsets([0: 5])
        told.failures = [
            PartitionFailure(
                topic: "t", partition: PartitionID(1),
                error: ClusterError(.unstableOffset, operation: "list committed offsets"))
        ]
        var followed = offsets([0: 5, 1: 6])
        followed.topics.append(.init(name: "hidden", partitions: [PartitionID(0)], offsets: [1]))
        let verdict = reconciler.compare("g", followed: followed, told: told, isVisible: { $0 == "t" })
        #expect(verdict == .agrees)
    }
}
