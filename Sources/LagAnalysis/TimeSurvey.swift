package import ClusterAccess

/// The look-ups of one round at one leader: what to ask next, and what the answers mean.
///
/// A pure value that the round moves to whoever asks the leader, and takes back.
package struct TimeSurvey: Sendable {
    /// One partition with lag, and the offsets in it that groups have come to.
    struct Place: Sendable {
        var topic: TopicName
        var partition: PartitionID
        /// Ascending, each once.
        var offsets: [Int64]
        var index: TimeIndex
        /// Where the ledger keeps it: position of the topic, and of the partition in there.
        var slot = (topic: 0, place: 0)
        /// Why it is not asked any more in this round.
        var failure: ClusterError.Reason?
    }

    private struct Candidate {
        var place: Int
        var time: Int64
        /// How much too wide the widest bracket is; infinite without one.
        var excess: Double
    }

    let now: WallTime
    let tolerance: TimeTolerance
    /// Ascending by topic and partition.
    private(set) var places: [Place]
    /// Places that were not settled when they were looked at last.
    private var open: [Int]
    /// Place and time of what was asked last, ascending by place.
    private var pending: [Candidate] = []
    /// Requests that answers have reported.
    package private(set) var requests = 0

    init(places: [Place], now: WallTime, tolerance: TimeTolerance) {
        self.places = places
        self.now = now
        self.tolerance = tolerance
        open = Array(places.indices)
    }

    /// A look-up for each partition that needs one, at most `limit`, the widest brackets first.
    ///
    /// Nothing when all brackets are narrow enough. ``absorb(_:)`` takes the answer.
    package mutating func nextQuestions(limit: Int) -> [TopicTimes] {
        var candidates: [Candidate] = []
        for place in open where places[place].failure == nil {
            if let candidate = candidate(for: place) { candidates.append(candidate) }
        }
        open = candidates.map(\.place)
        if candidates.count > limit {
            candidates.sort { ($0.excess, $1.place) > ($1.excess, $0.place) }
            candidates.removeLast(candidates.count - max(0, limit))
            candidates.sort { $0.place < $1.place }
        }
        pending = candidates
        return questions(candidates[...])
    }

    /// Candidates as the source takes them, topic by topic.
    private func questions(_ candidates: ArraySlice<Candidate>) -> [TopicTimes] {
        var questions: [TopicTimes] = []
        var rest = candidates
        while let first = rest.first {
            let topic = places[first.place].topic
            let end = rest.firstIndex { places[$0.place].topic != topic } ?? rest.endIndex
            questions.append(
                TopicTimes(
                    topic: topic, partitions: rest[..<end].map { places[$0.place].partition },
                    times: rest[..<end].map(\.time)))
            rest = rest[end...]
        }
        return questions
    }

    private func candidate(for number: Int) -> Candidate? {
        var widest: Candidate?
        for offset in places[number].offsets {
            let question = places[number].index.question(about: offset, now: now, tolerance: tolerance)
            guard case .ask(let time) = question else { continue }
            let bracket = places[number].index.bracket(of: offset, now: now)
            let excess = bracket?.excess(at: now, tolerance) ?? .infinity
            if excess > widest?.excess ?? -1 { widest = Candidate(place: number, time: time, excess: excess) }
        }
        return widest
    }

    /// Takes in the answer to what ``nextQuestions(limit:)`` gave last.
    ///
    /// A partition without one has failed, and so has one whose answer is not of its log.
    package mutating func absorb(_ reply: TimeLookup) {
        requests += reply.requests
        var isAnswered = [Bool](repeating: false, count: pending.count)
        var next = 0
        for topic in reply.topics {
            for answer in topic.answers {
                guard let asked = place(of: topic.name, answer.partition, from: &next, &isAnswered) else {
                    continue
                }
                let isAnswer = places[asked.place].index.learn(
                    time: asked.time, offset: answer.offset, timestamp: answer.timestamp)
                if !isAnswer { places[asked.place].failure = .other }
            }
        }
        for failure in reply.failures {
            guard let asked = place(of: failure.topic, failure.partition, from: &next, &isAnswered) else {
                continue
            }
            places[asked.place].failure = failure.error.reason
        }
        for (asked, isAnswered) in zip(pending, isAnswered) where !isAnswered {
            places[asked.place].failure = .other
        }
        pending = []
    }

    /// What was asked about a partition and is not answered yet; looked for at `next` first, since answers
    /// nearly always come in the order of the questions.
    private func place(
        of topic: TopicName, _ partition: PartitionID, from next: inout Int, _ isAnswered: inout [Bool]
    ) -> Candidate? {
        func isIt(_ number: Int) -> Bool {
            guard pending.indices.contains(number) else { return false }
            let place = pending[number].place
            return places[place].partition == partition && places[place].topic == topic
        }
        if !isIt(next) {
            next = pending.firstPlace { candidate in
                (places[candidate.place].topic, places[candidate.place].partition) >= (topic, partition)
            }
        }
        guard isIt(next), !isAnswered[next] else { return nil }
        isAnswered[next] = true
        next += 1
        return pending[next - 1]
    }

    /// Gives away what is known of a place.
    mutating func takeIndex(of place: Int) -> TimeIndex {
        var index = TimeIndex()
        swap(&index, &places[place].index)
        return index
    }

    /// Ends the survey: what is still open stays unanswered for this reason.
    package mutating func giveUp(_ reason: ClusterError.Reason) {
        for place in open where places[place].failure == nil { places[place].failure = reason }
        open = []
    }
}
