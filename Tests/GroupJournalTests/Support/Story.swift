import ClusterAccess
import LagwardenTestKit

/// What one record means, as the test wrote it.
struct Event: Sendable {
    enum Meaning: Sendable {
        /// A number of one of the protocols and, for classic groups, how many members are in it.
        case number(Kind, Int32, members: Int)
        case numberEnds(Kind)
        case member(String)
        case memberGone(String)
        case commit(topic: String, partition: Int32, Int64)
        case commitGone(topic: String, partition: Int32)
        /// Assignments and the like, which count nothing.
        case detail
    }

    enum Kind: Sendable { case classic, consumer }

    var group: String
    var time: Int64
    var meaning: Meaning
}

/// A random history of some groups of one partition: as records, and as what they mean.
struct Story: Sendable {
    private(set) var script = Script()
    private(set) var events: [Event] = []
    private var random: SeededRandom
    private var numbers: [String: Int32] = [:]
    private var members: [String: [String]] = [:]
    private var nextMember = 0

    init(seed: UInt64, writes: Int) {
        random = SeededRandom(seed: seed)
        for _ in 0..<writes { write() }
    }

    private mutating func chance(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &random) < percent }

    private mutating func tell(_ group: String, _ meaning: Event.Meaning) {
        events.append(Event(group: group, time: script.now, meaning: meaning))
    }

    private mutating func write() {
        if chance(80) { script.wait(Int64.random(in: 1...50, using: &random)) }
        let group = ["g", "h", "i"].randomElement(using: &random) ?? "g"
        switch Int.random(in: 0..<12, using: &random) {
        case 0...3: for _ in 0...Int.random(in: 0...2, using: &random) { commit(group) }
        case 4, 5: generation(group)
        case 6: endGeneration(group)
        case 7: convert(group)
        case 8, 9: consumer(group)
        case 10:
            endEpoch(group)
            if chance(50) { removeCommits(group) }
        default:
            if chance(50) { removeCommits(group) }
            endGeneration(group)
            if chance(20) { generation(group) }
        }
    }

    private mutating func commit(_ group: String) {
        let topic = ["t", "u"].randomElement(using: &random) ?? "t"
        let partition = Int32.random(in: 0..<3, using: &random)
        if chance(15) {
            script.commit(group, topic, partition, to: chance(50) ? nil : -1)
            tell(group, .commitGone(topic: topic, partition: partition))
        } else {
            let offset = Int64.random(in: 0..<100, using: &random)
            script.commit(group, topic, partition, to: offset)
            tell(group, .commit(topic: topic, partition: partition, offset))
        }
    }

    private mutating func removeCommits(_ group: String) {
        for topic in ["t", "u"] {
            for partition: Int32 in 0..<3 {
                script.commit(group, topic, partition, to: nil)
                tell(group, .commitGone(topic: topic, partition: partition))
            }
        }
    }

    private mutating func nextNumber(_ group: String) -> Int32 {
        let before = numbers[group] ?? 0
        let number: Int32 =
            switch Int.random(in: 0..<10, using: &random) {
            case 0: 1
            case 1: before
            case 2: before + 3
            default: before + 1
            }
        numbers[group] = number
        return number
    }

    private mutating func generation(_ group: String, number: Int32? = nil) {
        let number = number ?? nextNumber(group)
        numbers[group] = number
        let count = Int.random(in: 0...3, using: &random)
        let members = (0..<count).map { index -> Script.Member in
            let id = "c\(Int.random(in: 0..<5, using: &random))-\(index)"
            return Script.Member(id, instance: chance(30) ? "i\(index)" : nil, [Int32(index)])
        }
        script.generation(group, number, members, joined: Int64.random(in: 0..<100, using: &random))
        tell(group, .number(.classic, number, members: count))
    }

    private mutating func endGeneration(_ group: String) {
        script.endGeneration(group)
        tell(group, .numberEnds(.classic))
    }

    private mutating func endEpoch(_ group: String) {
        if chance(70) {
            for member in members[group] ?? [] { gone(group, member) }
            script.targetEpoch(group, nil)
            tell(group, .detail)
        }
        script.epoch(group, nil)
        tell(group, .numberEnds(.consumer))
    }

    private mutating func gone(_ group: String, _ member: String) {
        script.gone(group, member)
        for _ in 0..<2 { tell(group, .detail) }
        tell(group, .memberGone(member))
        members[group]?.removeAll { $0 == member }
    }

    private mutating func epoch(_ group: String, _ number: Int32) {
        numbers[group] = number
        script.epoch(group, number, hash: Int64.random(in: 0..<3, using: &random))
        tell(group, .number(.consumer, number, members: 0))
    }

    private mutating func join(_ group: String) -> String {
        nextMember += 1
        let member = "m\(nextMember)"
        script.member(group, member, instance: chance(30) ? "i\(nextMember % 3)" : nil)
        tell(group, .member(member))
        members[group, default: []].append(member)
        return member
    }

    private mutating func consumer(_ group: String) {
        if chance(50) || members[group, default: []].isEmpty {
            _ = join(group)
        } else if let member = members[group]?.randomElement(using: &random) {
            gone(group, member)
        }
        if chance(80) { epoch(group, nextNumber(group)) }
        let number = numbers[group] ?? 0
        if chance(60) {
            script.targetEpoch(group, number)
            tell(group, .detail)
        }
        for member in members[group] ?? [] where chance(60) {
            script.current(group, member, epoch: number, state: chance(20) ? 1 : 0)
            tell(group, .detail)
        }
    }

    private mutating func convert(_ group: String) {
        let number = numbers[group] ?? 0
        if chance(50) {
            endGeneration(group)
            _ = join(group)
            epoch(group, number)
            if chance(50) {
                _ = join(group)
                epoch(group, number + 1)
            }
        } else {
            for member in members[group] ?? [] { gone(group, member) }
            script.epoch(group, nil)
            tell(group, .numberEnds(.consumer))
            generation(group, number: number)
        }
    }

    /// The same in batches that are cut anywhere, with ends of the partition where a write ends.
    func cut(seed: UInt64, _ records: [Record]? = nil) -> [RecordBatch] {
        var random = SeededRandom(seed: seed)
        let records = records ?? script.records
        var batches: [RecordBatch] = []
        var batch = RecordBatch()
        for (index, record) in records.enumerated() {
            batch.append(
                partition: record.partition, offset: record.offset, timestamp: record.timestamp,
                key: record.key, value: record.value)
            let isLast = index + 1 == records.count
            guard isLast || Int.random(in: 0..<3, using: &random) == 0 else { continue }
            let isWritten =
                isLast || events[index].group != events[index + 1].group
                || record.timestamp != records[index + 1].timestamp
            if isWritten, isLast || Bool.random(using: &random) {
                batch.appendEnd(of: record.partition, offset: record.offset + 1)
            }
            batches.append(batch)
            batch = RecordBatch()
        }
        return batches
    }
}
