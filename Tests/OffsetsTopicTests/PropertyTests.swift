import ClusterAccess
import LagwardenTestKit
import OffsetsTopic
import Testing

/// Properties over seeded random records and over damaged ones.
@Suite struct PropertyTests {
    @Test func whatIsEncodedIsDecoded() {
        var random = SeededRandom(seed: 1)
        for _ in 0..<2_000 {
            let key = OffsetCommitKey(
                group: GroupID(random.text()), topic: TopicName(random.text()),
                partition: PartitionID(.random(in: 0...(.max), using: &random)))
            let commit = OffsetCommitValue(
                offset: .random(in: .min...(.max), using: &random),
                leaderEpoch: Bool.random(using: &random) ? nil : .random(in: 0...(.max), using: &random),
                metadata: random.text(), commitTimestamp: .random(in: .min...(.max), using: &random))
            #expect(
                OffsetsRecord(key: key.encoded()[...], value: commit.encoded()[...])
                    == .offsetCommit(key, commit))
            #expect(OffsetsRecord(key: key.encoded()[...], value: nil) == .offsetCommit(key, nil))
            let group = random.group()
            let name = GroupID(random.text())
            #expect(
                OffsetsRecord(
                    key: GroupMetadataKey(group: name).encoded()[...], value: group.encoded()[...])
                    == .groupMetadata(name, group))
            let assignment = ConsumerAssignment(
                partitions: random.topicPartitions(), userData: random.blob())
            #expect(ConsumerAssignment(decoding: assignment.encoded()) == assignment)
            let subscription = ConsumerSubscription(
                topics: random.topicPartitions().map(\.topic), userData: random.blob(),
                owned: random.topicPartitions(), generation: Bool.random(using: &random) ? nil : 4,
                rack: Bool.random(using: &random) ? nil : random.text())
            #expect(ConsumerSubscription(decoding: subscription.encoded()) == subscription)
        }
    }

    @Test func textsTooLongForTheFormatAreCutAtACharacter() {
        let key = OffsetCommitKey(
            group: GroupID(String(repeating: "ä", count: 40_000)), topic: "t", partition: PartitionID(0))
        guard case .offsetCommit(let read, nil) = OffsetsRecord(key: key.encoded()[...], value: nil) else {
            Issue.record("not decoded")
            return
        }
        #expect(read.group.rawValue == String(repeating: "ä", count: 16_383))
        #expect(read.topic == "t")
    }

    /// Every damaged record gives a result; the decoder's answer to the same bytes is the same.
    @Test func damagedRecordsNeverTrap() {
        var random = SeededRandom(seed: 2)
        let samples = Sample.all
        var skipped = 0
        for round in 0..<150_000 {
            let sample = samples[round % samples.count]
            let key = random.damaged(sample.key)
            let value = random.damaged(sample.value ?? random.blob() ?? [])
            let record = OffsetsRecord(key: key[...], value: value[...])
            switch record {
            case .skipped: skipped += 1
            case .groupMetadata(_, let group?):
                for member in group.members {
                    _ = ConsumerAssignment(decoding: random.damaged(member.assignment))
                    _ = ConsumerSubscription(decoding: random.damaged(member.subscription))
                }
            default: break
            }
        }
        #expect(skipped > 0)
        #expect(skipped < 150_000)
    }

    @Test func everyPrefixOfARecordGivesAResult() {
        for sample in Sample.all {
            guard let value = sample.value else { continue }
            for length in 0..<value.count {
                let record = OffsetsRecord(key: sample.key[...], value: value[..<length])
                guard case .skipped = record else {
                    Issue.record("\(sample) cut to \(length) bytes was read as \(record)")
                    return
                }
            }
        }
    }
}

extension SeededRandom {
    fileprivate mutating func text() -> String {
        let alphabet: [Character] = ["a", "B", "0", "-", "_", ".", "ß", "日", "🦉", "\"", "\n", " "]
        return String(
            (0..<Int.random(in: 0...20, using: &self)).map { _ in
                alphabet.randomElement(using: &self) ?? "a"
            })
    }

    fileprivate mutating func blob() -> [UInt8]? {
        guard Bool.random(using: &self) else { return nil }
        return (0..<Int.random(in: 0...40, using: &self)).map { _ in UInt8.random(in: 0...255, using: &self) }
    }

    fileprivate mutating func topicPartitions() -> [TopicPartitions] {
        (0..<Int.random(in: 0...3, using: &self)).map { _ in
            TopicPartitions(
                topic: TopicName(text()),
                partitions: (0..<Int.random(in: 0...5, using: &self)).map { PartitionID(Int32($0)) })
        }
    }

    fileprivate mutating func group() -> GroupMetadataValue {
        GroupMetadataValue(
            protocolType: text(), generation: .random(in: 0...(.max), using: &self), protocolName: text(),
            leader: Bool.random(using: &self) ? nil : text(),
            currentStateTimestamp: Bool.random(using: &self) ? nil : 1_700_000_000_000,
            members: (0..<Int.random(in: 0...3, using: &self)).map { _ in
                .init(
                    memberID: text(), instanceID: Bool.random(using: &self) ? nil : text(), clientID: text(),
                    clientHost: text(), rebalanceTimeout: Bool.random(using: &self) ? nil : 300_000,
                    sessionTimeout: 45_000, subscription: blob() ?? [], assignment: blob() ?? [])
            })
    }

    /// The bytes with a few of them changed, dropped or added.
    fileprivate mutating func damaged(_ bytes: [UInt8]) -> [UInt8] {
        var bytes = bytes
        for _ in 0..<Int.random(in: 0...3, using: &self) {
            guard !bytes.isEmpty else { return blob() ?? [] }
            let place = Int.random(in: 0..<bytes.count, using: &self)
            switch Int.random(in: 0..<6, using: &self) {
            case 0: bytes[place] = .random(in: 0...255, using: &self)
            case 1: bytes[place] ^= 1 << UInt8.random(in: 0...7, using: &self)
            case 2: bytes[place] = Bool.random(using: &self) ? 0xff : 0x7f
            case 3: bytes.removeSubrange(place...)
            case 4: bytes.remove(at: place)
            default: bytes.insert(contentsOf: blob() ?? [0xff], at: place)
            }
        }
        return bytes
    }
}
