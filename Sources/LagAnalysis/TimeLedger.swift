package import ClusterAccess
package import LagModel

/// Remembers what look-ups by time have taught, and turns it into lag in seconds, round by round.
///
/// A pure value. Facts are kept for partitions with lag only: about 150 bytes for each. A topic is looked at
/// again when its log or one of its readers with lag is not what it was, or a place in it is not settled: in
/// all others a look would ask nothing, learn nothing and give the same ages.
package struct TimeLedger: Sendable {
    /// How long a partition whose look-up was refused is left alone.
    private static let refusalPause = Duration.seconds(600)

    private struct Refusal {
        var reason: ClusterError.Reason
        var until: MonotonicTime
    }

    /// One partition with lag.
    struct Place: Sendable {
        var partition: Int32
        var index: TimeIndex
        /// Why the last round could not ask about it.
        var failure: ClusterError.Reason?
    }

    /// One topic of the last snapshot.
    struct Topic: Sendable {
        var name: TopicName
        /// Ascending by partition.
        var places: [Place] = []
        /// Groups with lag, as of the last round.
        var readerCount = 0
        /// Places of which the last look has not shown that they are known for good.
        var unsettledCount = 0
        /// Whether this round looks at it.
        var isOpen = true
    }

    let tolerance: TimeTolerance
    /// Parallel to the topics of the snapshot.
    private(set) var topics: [Topic] = []
    private var refusals: [TopicName: [Int32: Refusal]] = [:]
    private var requests: Int64 = 0

    package init(tolerance: TimeTolerance) { self.tolerance = tolerance }

    /// Facts remembered now, for tests and measurements.
    package var factCount: Int {
        topics.reduce(0) { $1.places.reduce($0) { $0 + $1.index.count } }
    }

    /// What is to be asked of each leader, so that all lag of the snapshot gets its age.
    ///
    /// Nothing where `samples` know it already. Facts about other partitions are forgotten. Without
    /// `changes`, and with samples, every topic is looked at. ``finish(_:samples:changes:into:)`` takes the
    /// surveys back.
    package mutating func begin(
        _ snapshot: ClusterSnapshot, samples: SampleLedger? = nil, changes: RoundChanges? = nil
    ) -> [BrokerID: TimeSurvey] {
        let now = snapshot.endOffsetsRead
        forgetRefusals(at: now.monotonic)
        arrange(snapshot.topics)
        let readers = open(snapshot, samples == nil ? changes : nil)
        var surveyed: [BrokerID: [TimeSurvey.Place]] = [:]
        for number in topics.indices where topics[number].isOpen {
            let (name, log) = (topics[number].name, snapshot.topics[number])
            let refused = refusals[name]
            var known = topics[number].places[...]
            var places: [Place] = []
            readers.places(in: number, of: snapshot).forEachPartition { partition, offsets in
                guard let start = log.logStart[partition], let end = log.highWatermark[partition] else {
                    return
                }
                var offsets = offsets
                if let samples {
                    offsets.removeAll {
                        samples.age(of: name, partition, at: $0, end: end, now: now.wall) != nil
                    }
                }
                if offsets.isEmpty { return }
                while let first = known.first, first.partition < partition { known.removeFirst() }
                var index = TimeIndex()
                if known.first?.partition == partition, let found = known.popFirst() { index = found.index }
                index.turn(logStart: start, highWatermark: end)
                let leader = Int(partition) < log.leaders.count ? log.leaders[Int(partition)] : -1
                let refusal = refused?[partition]?.reason
                if leader < 0 || refusal != nil {
                    let failure = leader < 0 ? .leaderUnavailable : refusal
                    places.append(Place(partition: partition, index: index, failure: failure))
                    return
                }
                surveyed[BrokerID(leader), default: []].append(
                    TimeSurvey.Place(
                        topic: name, partition: PartitionID(partition), offsets: offsets, index: index,
                        slot: (number, places.count)))
                // The survey has the facts until it comes back, alone, so that they are not copied.
                places.append(Place(partition: partition, index: TimeIndex()))
            }
            topics[number].places = places
            topics[number].unsettledCount = places.count
        }
        return surveyed.mapValues { TimeSurvey(places: $0, now: now.wall, tolerance: tolerance) }
    }

    /// Finds the readers with lag, and the topics to look at.
    ///
    /// Readers that are what they were had lag in the last round too; so when none is new and there are as
    /// many as there were, they are the same ones.
    private mutating func open(_ snapshot: ClusterSnapshot, _ changes: RoundChanges?) -> LagReaders {
        for number in topics.indices {
            topics[number].isOpen =
                topics[number].unsettledCount > 0 || !(changes?.topicIsSame[number] ?? false)
        }
        let readers = LagReaders(snapshot) { group, place, topic in
            guard let changes, !changes.groups[group].isSame(topic: place) else { return }
            topics[topic].isOpen = true
        }
        for number in topics.indices {
            let count = readers.count(of: number)
            if count == topics[number].readerCount { continue }
            topics[number].isOpen = true
            topics[number].readerCount = count
        }
        return readers
    }

    /// Makes the topics those of a snapshot, ascending by name in both.
    private mutating func arrange(_ now: [TopicSnapshot]) {
        if now.count == topics.count, now.indices.allSatisfy({ now[$0].name == topics[$0].name }) { return }
        var known = Dictionary(topics.map { ($0.name, $0) }) { first, _ in first }
        topics = now.map { known.removeValue(forKey: $0.name) ?? Topic(name: $0.name) }
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
    ///
    /// Notes in `changes` which groups have other ages than in the last snapshot on a topic of which nothing
    /// else is new.
    package mutating func finish(
        _ surveys: consuming [TimeSurvey], samples: SampleLedger? = nil, changes: inout RoundChanges?,
        into snapshot: inout ClusterSnapshot
    ) {
        var status = TimeLookupStatus()
        for number in surveys.indices {
            requests = requests.saturatingAdd(Int64(surveys[number].requests))
            for place in surveys[number].places.indices {
                status.pending += take(place, of: &surveys[number], at: snapshot.endOffsetsRead.monotonic)
            }
        }
        status.requests = requests
        fill(&snapshot, samples, &changes, absent: &status.absent)
        snapshot.timeLookups = status
    }

    /// The same without anything known of the last round.
    package mutating func finish(
        _ surveys: [TimeSurvey], samples: SampleLedger? = nil, into snapshot: inout ClusterSnapshot
    ) {
        var changes: RoundChanges?
        finish(surveys, samples: samples, changes: &changes, into: &snapshot)
    }

    /// Takes one place back; returns of how many offsets in it more is to be asked.
    private mutating func take(_ number: Int, of survey: inout TimeSurvey, at now: MonotonicTime) -> Int {
        // Alone, so that it is not copied.
        var index = survey.takeIndex(of: number)
        let place = survey.places[number]
        if let reason = place.failure { note(reason, of: place, at: now) }
        var (pending, isSettled) = (0, place.failure == nil)
        for offset in place.offsets
        where !index.isSettled(at: offset, now: survey.now, tolerance: tolerance) {
            isSettled = false
            switch index.question(about: offset, now: survey.now, tolerance: tolerance) {
            case .ask: pending += 1
            case .settled, .noTimestamps: break
            }
        }
        if pending == 0 { index.rest() }
        index.prune(around: place.offsets)
        let slot = place.slot
        topics[slot.topic].places[slot.place].index = index
        topics[slot.topic].places[slot.place].failure = place.failure
        if isSettled { topics[slot.topic].unsettledCount -= 1 }
        return pending
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
