package import ClusterAccess
package import LagModel

/// Which records are to be read at the offsets where groups are behind, and what those read have told.
///
/// A pure value. What was read at an offset is true of it as long as the log is the same, so a group that
/// stands still costs one reading, and one whose lag is nothing but markers one for each new end. Kept for
/// partitions with lag only.
package struct SampleLedger: Sendable {
    /// Age at which something read is read again: the log may have been replaced unseen.
    private static let memoryAge = Duration.seconds(600)

    private enum Sample: Hashable, Sendable {
        /// The first record at or after the offset, in milliseconds since 1970; `nil` without a timestamp.
        case record(Int64?)
        /// No record before this offset.
        case nothing(until: Int64)
    }

    private struct Memory: Sendable {
        var sample: Sample
        var read: MonotonicTime
    }

    /// One record to be read, and the offset that it is read for.
    package struct Question: Hashable, Sendable {
        /// Where the group stands: the key of what is remembered.
        var offset: Int64
        package var request: SampleRequest
    }

    private var memories: [TopicName: [Int32: [Int64: Memory]]] = [:]
    /// High watermarks of the round before; one that falls belongs to another log.
    private var ends: [TopicName: [Int32: Int64]] = [:]
    private var refused: Set<TopicName> = []
    private var outcomes: [LagSampleStatus.Outcome: Int64] = [:]
    /// Where the next round begins to ask, so that a budget reaches everybody in turn.
    private var cursor = 0

    package init() {}

    /// Records remembered now, for tests and measurements.
    package var count: Int { memories.values.reduce(0) { $1.values.reduce($0) { $0 + $1.count } } }

    /// The records to read so that all lag of the snapshot gets its age, at most `limit`.
    ///
    /// In batches, in each of which a partition comes once. What is known of other places is forgotten.
    package mutating func begin(_ snapshot: ClusterSnapshot, limit: Int) -> [[Question]] {
        let now = snapshot.endOffsetsRead.monotonic
        var (old, oldEnds) = (memories, ends)
        (memories, ends) = ([:], [:])
        var questions: [Question] = []
        let readers = LagReaders(snapshot)
        for (number, topic) in snapshot.topics.enumerated() where readers.count(of: number) > 0 {
            let known = old.removeValue(forKey: topic.name) ?? [:]
            let knownEnds = oldEnds.removeValue(forKey: topic.name) ?? [:]
            readers.places(in: number, of: snapshot).forEachPartition { partition, offsets in
                guard let end = topic.highWatermark[partition] else { return }
                ends[topic.name, default: [:]][partition] = end
                let isSameLog = knownEnds[partition].map { $0 <= end } ?? false
                let readable = min(end, topic.lastStable?[partition] ?? end)
                for offset in offsets where offset < readable {
                    let memory = isSameLog ? known[partition]?[offset] : nil
                    var start = offset
                    if let memory, now - memory.read < Self.memoryAge {
                        memories[topic.name, default: [:]][partition, default: [:]][offset] = memory
                        switch memory.sample {
                        case .record: continue
                        case .nothing(let until):
                            if until >= readable { continue }
                            start = max(start, until)
                        }
                    }
                    let request = SampleRequest(
                        topic: topic.name, partition: PartitionID(partition), offset: start, end: readable)
                    questions.append(Question(offset: offset, request: request))
                }
            }
        }
        return Self.batches(take(limit, of: questions))
    }

    /// `limit` of them, those after the ones that were taken last.
    private mutating func take(_ limit: Int, of questions: [Question]) -> [Question] {
        guard questions.count > limit, limit > 0 else {
            cursor = 0
            return Array(questions.prefix(max(0, limit)))
        }
        let start = cursor % questions.count
        cursor = (start + limit) % questions.count
        return Array((questions[start...] + questions[..<start]).prefix(limit))
    }

    private static func batches(_ questions: [Question]) -> [[Question]] {
        struct Place: Hashable {
            var topic: TopicName
            var partition: PartitionID
        }
        var batches: [[Question]] = []
        var counts: [Place: Int] = [:]
        for question in questions {
            let place = Place(topic: question.request.topic, partition: question.request.partition)
            let batch = counts[place, default: 0]
            counts[place] = batch + 1
            if batch == batches.count { batches.append([]) }
            batches[batch].append(question)
        }
        return batches
    }

    /// Takes in the answers to one batch, parallel to it; returns topics that may not be read, each once
    /// until it may again.
    package mutating func absorb(
        _ replies: [SampleReply], to batch: [Question], at now: MonotonicTime
    ) -> [TopicName] {
        var newlyRefused: [TopicName] = []
        for (question, reply) in zip(batch, replies) {
            let request = question.request
            switch reply {
            case .record(_, let timestamp):
                count(.record)
                refused.remove(request.topic)
                note(.record(timestamp), for: question, at: now)
            case .nothing:
                count(.markers)
                refused.remove(request.topic)
                note(.nothing(until: request.end), for: question, at: now)
            case .failure(let error):
                count(.failed(error.reason))
                if error.reason == .topicUnauthorized, refused.insert(request.topic).inserted {
                    newlyRefused.append(request.topic)
                }
            }
        }
        return newlyRefused
    }

    private mutating func count(_ outcome: LagSampleStatus.Outcome) {
        outcomes[outcome] = (outcomes[outcome] ?? 0).saturatingAdd(1)
    }

    private mutating func note(_ sample: Sample, for question: Question, at now: MonotonicTime) {
        let partition = question.request.partition.rawValue
        memories[question.request.topic, default: [:]][partition, default: [:]][question.offset] =
            Memory(sample: sample, read: now)
    }
}

// MARK: - What is known

extension SampleLedger {
    /// The exact age of the oldest unread record at `offset`; `nil` where none was read.
    ///
    /// Zero where nothing but markers is unread up to `end`, the high watermark.
    package func age(
        of topic: TopicName, _ partition: Int32, at offset: Int64, end: Int64, now: WallTime
    ) -> LagAge? {
        switch memories[topic]?[partition]?[offset]?.sample {
        case .record(let timestamp?):
            return LagAge(age: max(.zero, now - WallTime(millisecondsSince1970: timestamp)))
        case .nothing(let until) where until >= end:
            return LagAge(age: .zero)
        case .record(nil), .nothing, nil:
            return nil
        }
    }

    /// The same for the `position`-th committed partition of a group's topic.
    func age(of topic: GroupTopicSnapshot, at position: Int, in snapshot: ClusterSnapshot) -> LagAge? {
        guard let index = topic.topicIndex, memories[topic.name] != nil else { return nil }
        let partition = topic.partitions[position]
        let log = snapshot.topics[index]
        guard let start = log.logStart[partition], let end = log.highWatermark[partition] else { return nil }
        return age(
            of: topic.name, partition, at: max(topic.committed[position], start), end: end,
            now: snapshot.endOffsetsRead.wall)
    }

    /// Marks stable lag that is nothing but markers as none, and says what reading has cost.
    package func finish(_ snapshot: inout ClusterSnapshot) {
        snapshot.lagSamples = LagSampleStatus(outcomes: outcomes)
        guard !memories.isEmpty else { return }
        for number in snapshot.groups.indices {
            var passed: Int64 = 0
            for place in snapshot.groups[number].topics.indices {
                let topic = snapshot.groups[number].topics[place]
                guard memories[topic.name] != nil else { continue }
                var (positions, lag): ([Int32], Int64) = ([], 0)
                for position in topic.partitions.indices {
                    guard let stable = snapshot.stableLag(of: topic, at: position), stable.lag > 0,
                        isPassed(topic, at: position, in: snapshot)
                    else { continue }
                    positions.append(topic.partitions[position])
                    lag = lag.saturatingAdd(stable.lag)
                }
                guard !positions.isEmpty else { continue }
                passed = passed.saturatingAdd(lag)
                snapshot.groups[number].topics[place].passedMarkers = positions
                snapshot.groups[number].topics[place].totals.subtractStable(lag)
            }
            if passed > 0 { snapshot.groups[number].totals?.subtractStable(passed) }
        }
    }

    /// Whether nothing but markers lies between a commit and the last stable offset.
    private func isPassed(
        _ topic: GroupTopicSnapshot, at position: Int, in snapshot: ClusterSnapshot
    ) -> Bool {
        guard let index = topic.topicIndex, snapshot.topics.indices.contains(index) else { return false }
        let partition = topic.partitions[position]
        guard let stable = snapshot.topics[index].lastStable?[partition] else { return false }
        let offset = max(topic.committed[position], snapshot.topics[index].logStart[partition] ?? 0)
        guard case .nothing(let until) = memories[topic.name]?[partition]?[offset]?.sample else {
            return false
        }
        return until >= stable
    }
}

extension LagTotals {
    /// Takes lag off that has turned out to be none.
    fileprivate mutating func subtractStable(_ lag: Int64) {
        stableLag = stableLag.map { max(0, $0.saturatingSubtract(lag)) }
    }
}
