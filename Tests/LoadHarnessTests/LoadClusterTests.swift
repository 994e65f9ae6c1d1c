import ClusterAccess
import LagwardenTestKit
import OffsetsTopic
import Testing

@testable import LoadHarness

@Suite("A scripted cluster that is arithmetic")
struct LoadClusterTests {
    private static let start: Int64 = 1_700_000_000_000

    @Test(
        "A look-up by time finds the first record that is not older", arguments: [0, 1, 5, 63, 64, 65, 200])
    func lookUpByTime(blocks: Int) {
        var topic = LoadTopic(name: "t", partitions: 20, created: Self.start)
        var random = SeededRandom(seed: UInt64(blocks))
        var time = Self.start
        for _ in 0..<blocks {
            time += Int64.random(in: 0...30_000, using: &random)
            topic.append(at: time)
        }
        for partition in [0, 7, 19] {
            let first = topic.offset(.logStart, of: partition)
            let end = topic.offset(.highWatermark, of: partition)
            #expect(topic.timestamp(of: first - 1, partition: partition) == nil)
            #expect(topic.timestamp(of: end, partition: partition) == nil)
            for _ in 0..<300 {
                let asked = Int64.random(in: (Self.start - 11_000_000)...(time + 40_000), using: &random)
                guard let found = topic.firstRecord(of: partition, atLeast: asked) else {
                    #expect(topic.timestamp(of: end - 1, partition: partition).map { $0 < asked } == true)
                    continue
                }
                #expect(topic.timestamp(of: found, partition: partition).map { $0 >= asked } == true)
                if found > first {
                    #expect(topic.timestamp(of: found - 1, partition: partition).map { $0 < asked } == true)
                }
            }
        }
    }

    @Test("Bytes of commits are those of the encoder, for every partition and for tombstones")
    func commitBytes() throws {
        let topic: TopicName = "orders.incoming.events-100000"
        let commits = OffsetsEntry.Commits(topic: topic, partitions: 300, end: 1_000_000, standing: 9)
        for isKept in [true, false] {
            let entry = OffsetsEntry(
                owner: 7, time: Self.start, group: "g",
                content: isKept ? .commits(commits) : .forgottenCommits(topic, partitions: 300))
            var batch = RecordBatch()
            entry.append(3..<300, offset: 50, to: &batch)
            #expect(batch.count == 297)
            for index in 0..<batch.count {
                let partition = index + 3
                let key = OffsetCommitKey(
                    group: "g", topic: topic, partition: PartitionID(Int32(partition)))
                let value = OffsetCommitValue(
                    offset: commits.offset(partition), leaderEpoch: 3, commitTimestamp: Self.start)
                #expect(batch.key(index).map(Array.init) == key.encoded())
                #expect(batch.value(index).map(Array.init) == (isKept ? value.encoded() : nil))
                #expect(batch.offsets[index] == Int64(50 + index))
                #expect(batch.partitions[index] == PartitionID(7))
            }
        }
    }

    @Test("The same seed gives the same life, and the numbers of groups and topics stay")
    func seeds() {
        let shape = Soak(rounds: 2_000).shape
        var (first, second) = (
            LoadCluster(shape, seed: 3, at: Self.start), LoadCluster(shape, seed: 3, at: Self.start)
        )
        let names = Set(first.groups.map(\.id))
        for round in 1...50 {
            let time = Self.start + Int64(round) * 10_000
            let written = first.live(percent: 10, at: time)
            #expect(written.map(\.count) == second.live(percent: 10, at: time).map(\.count))
        }
        #expect(first.groups.map(\.id) == second.groups.map(\.id))
        #expect(first.ends == second.ends)
        #expect(first.groups.count == shape.groups && first.groupPlaces.count == shape.groups)
        #expect(first.topics.count == shape.topics && first.topicPlaces.count == shape.topics)
        #expect(Set(first.groups.map(\.id)).subtracting(names).count > 20)
    }

    @Test(
        "Commits stay before the ends by what the sum of lags says", arguments: LoadShape.all(isQuick: true))
    func lagSums(shape: LoadShape) {
        var cluster = LoadCluster(shape, at: Self.start)
        for percent in [100, 10, 1] { _ = cluster.churn(percent: percent, at: Self.start + 1) }
        var sum: Int64 = 0
        var count = 0
        for group in cluster.groups {
            for topic in cluster.commits(of: group.id).topics {
                let log = cluster.topics.first { $0.name == topic.name }
                for (partition, offset) in zip(topic.partitions, topic.offsets) {
                    sum += (log?.offset(.highWatermark, of: Int(partition.rawValue)) ?? 0) - offset
                    count += 1
                }
            }
        }
        #expect(sum == cluster.lagSum())
        #expect(sum > 0)
        #expect(count == shape.groupPartitions)
    }
}
