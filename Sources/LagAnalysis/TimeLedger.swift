package import ClusterAccess
package import LagModel

/// Remembers what look-ups by time have taught, and turns it into lag in seconds, round by round.
///
/// A pure value. Facts are kept for partitions with lag only: about 150 bytes for each.
package struct TimeLedger: Sendable {
    /// How long a partition whose look-up was refused is left alone.
    private static let refusalPause = Duration.seconds(600)

    private struct Refusal {
        var reason: ClusterError.Reason
        var until: MonotonicTime
    }

    private let tolerance: TimeTolerance
    private var indices: [TopicName: [Int32: TimeIndex]] = [:]
    private var refusals: [TopicName: [Int32: Refusal]] = [:]
    private var requests: Int64 = 0
    /// Partitions of this round that nobody leads.
    private var leaderless: [TopicName: [Int32]] = [:]

    package init(tolerance: TimeTolerance) { self.tolerance = tolerance }

    /// Facts remembered now, for tests and measurements.
    package var factCount: Int {
        indices.values.reduce(0) { $1.values.reduce($0) { $0 + $1.count } }
    }

    /// What is to be asked of each leader, so that all lag of the snapshot gets its age.
    ///
    /// Nothing where `samples` know it already. Facts about other partitions are forgotten.
    /// ``finish(_:samples:into:)`` takes the surveys back.
    package mutating func begin(
        _ snapshot: ClusterSnapshot, samples: SampleLedger? = nil
    ) -> [BrokerID: TimeSurvey] {
        let now = snapshot.endOffsetsRead
        var old = indices
        indices = [:]
        leaderless = [:]
        forgetRefusals(at: now.monotonic)
        var places: [BrokerID: [TimeSurvey.Place]] = [:]
        for (topic, offsets) in zip(snapshot.topics, snapshot.offsetsWithLag()) where !offsets.isEmpty {
            var known = old.removeValue(forKey: topic.name) ?? [:]
            for (partition, offsets) in offsets.sorted(by: { $0.key < $1.key }) {
                guard let start = topic.logStart[partition], let end = topic.highWatermark[partition] else {
                    continue
                }
                let offsets = offsets.filter { offset in
                    samples?.age(of: topic.name, partition, at: offset, end: end, now: now.wall) == nil
                }
                if offsets.isEmpty { continue }
                var index = known.removeValue(forKey: partition) ?? TimeIndex()
                index.turn(logStart: start, highWatermark: end)
                let leader = Int(partition) < topic.leaders.count ? topic.leaders[Int(partition)] : -1
                if leader < 0 { leaderless[topic.name, default: []].append(partition) }
                guard leader >= 0, refusals[topic.name]?[partition] == nil else {
                    indices[topic.name, default: [:]][partition] = index
                    continue
                }
                places[BrokerID(leader), default: []].append(
                    TimeSurvey.Place(
                        topic: topic.name, partition: PartitionID(partition), offsets: offsets.sorted(),
                        index: index))
            }
        }
        return places.mapValues { TimeSurvey(places: $0, now: now.wall, tolerance: tolerance) }
    }

    private mutating func forgetRefusals(at now: MonotonicTime) {
        guard !refusals.isEmpty else { return }
        refusals = refusals.compactMapValues { topic in
            let standing = topic.filter { now < $0.value.until }
            return standing.isEmpty ? nil : standing
        }
    }

    /// Takes the surveys back and gives every partition of the snapshot its age, from `samples` where those
    /// know it.
    package mutating func finish(
        _ surveys: [TimeSurvey], samples: SampleLedger? = nil, into snapshot: inout ClusterSnapshot
    ) {
        var status = TimeLookupStatus()
        var failures: [TopicName: [Int32: ClusterError.Reason]] = [:]
        for survey in surveys {
            requests = requests.saturatingAdd(Int64(survey.requests))
            for var place in survey.places {
                let partition = place.partition.rawValue
                if let reason = place.failure {
                    failures[place.topic, default: [:]][partition] = reason
                    note(reason, of: place, at: snapshot.endOffsetsRead.monotonic)
                }
                let pending = place.offsets.count { isPending($0, place.index, survey.now) }
                status.pending += pending
                if pending == 0 { place.index.rest() }
                place.index.prune(around: place.offsets)
                indices[place.topic, default: [:]][partition] = place.index
            }
        }
        for (topic, refused) in refusals {
            for (partition, refusal) in refused {
                failures[topic, default: [:]][partition] = refusal.reason
            }
        }
        for (topic, partitions) in leaderless {
            for partition in partitions { failures[topic, default: [:]][partition] = .leaderUnavailable }
        }
        status.requests = requests
        for number in snapshot.groups.indices {
            fill(&snapshot, group: number, samples, failures: failures, absent: &status.absent)
        }
        snapshot.timeLookups = status
    }

    private func isPending(_ offset: Int64, _ index: TimeIndex, _ now: WallTime) -> Bool {
        switch index.question(about: offset, now: now, tolerance: tolerance) {
        case .ask: true
        case .settled, .noTimestamps: false
        }
    }

    /// What a person would have to change is not asked about in every round.
    private mutating func note(
        _ reason: ClusterError.Reason, of place: TimeSurvey.Place, at now: MonotonicTime
    ) {
        guard !reason.isRetriable, reason != .closed, reason != .cancelled else { return }
        refusals[place.topic, default: [:]][place.partition.rawValue] = Refusal(
            reason: reason, until: now + Self.refusalPause)
    }
}

extension TimeLedger {
    private func fill(
        _ snapshot: inout ClusterSnapshot, group number: Int, _ samples: SampleLedger?,
        failures: [TopicName: [Int32: ClusterError.Reason]],
        absent: inout [TimeLookupStatus.Absence: Int]
    ) {
        var groupAges: [LagAge] = []
        var isKnown = snapshot.groups[number].totals?.unknownPartitions == 0
        for place in snapshot.groups[number].topics.indices {
            let topic = snapshot.groups[number].topics[place]
            var column = LagAgeColumn(unknownCount: topic.partitions.count)
            let known = indices[topic.name]
            for position in topic.partitions.indices {
                guard let lag = snapshot.lag(of: topic, at: position)?.lag else { continue }
                if lag == 0 {
                    column[position] = LagAge(age: .zero)
                    continue
                }
                let partition = topic.partitions[position]
                if let samples, let age = samples.age(of: topic, at: position, in: snapshot) {
                    column[position] = age
                    continue
                }
                let verdict = age(
                    of: topic.committed[position], in: known?[partition],
                    failure: failures[topic.name]?[partition], now: snapshot.endOffsetsRead.wall)
                switch verdict {
                case .success(let age): column[position] = age
                case .failure(let reason): absent[reason, default: 0] += 1
                }
            }
            let age = topic.totals.unknownPartitions == 0 ? column.maximum : nil
            snapshot.groups[number].topics[place].lagAges = column
            snapshot.groups[number].topics[place].lagAge = age
            if let age { groupAges.append(age) } else if !topic.partitions.isEmpty { isKnown = false }
        }
        snapshot.groups[number].lagAge = isKnown ? groupAges.max { $0.age < $1.age } : nil
    }

    private func age(
        of offset: Int64, in index: TimeIndex?, failure: ClusterError.Reason?, now: WallTime
    ) -> Result<LagAge, TimeLookupStatus.Absence> {
        if let bracket = index?.bracket(of: offset, now: now), bracket.isTelling(at: now, tolerance) {
            return .success(bracket.age(at: now))
        }
        if index?.lacksTimestamps(from: offset) == true { return .failure(.noTimestamps) }
        return .failure(failure.map { .failed($0) } ?? .pending)
    }
}
