import ClusterAccess

/// Which records of one call are still to be read, and what has been answered.
struct SampleRound {
    struct Place: Hashable, Sendable {
        var topic: TopicName
        var partition: PartitionID
    }

    private let requests: [SampleRequest]
    private let context: RequestContext
    private var replies: [SampleReply?]
    private var indices: [Place: Int] = [:]
    /// Indices of requests that nobody reads for yet, the next one last.
    private var waiting: [Int] = []
    /// Partitions that are being read for their first record.
    private(set) var active: Set<Place> = []
    /// Partitions that are still being read although all is known of them.
    private var finished: Set<Place> = []

    /// Answers at once where nothing lies between offset and end, and where a partition comes a second time.
    init(_ requests: [SampleRequest], _ context: RequestContext) {
        self.requests = requests
        self.context = context
        replies = Array(repeating: nil, count: requests.count)
        for (index, request) in requests.enumerated() {
            let place = Place(topic: request.topic, partition: request.partition)
            if request.offset < 0 || request.partition.rawValue < 0 || indices[place] != nil {
                replies[index] = .failure(context.error(.invalidRequest, "a partition comes once"))
            } else if request.offset >= request.end {
                replies[index] = .nothing
            } else {
                indices[place] = index
                waiting.append(index)
            }
        }
        waiting.reverse()
    }

    /// Topics of which something is still to be read.
    var topics: Set<TopicName> {
        Set(waiting.lazy.map { requests[$0].topic }).union(active.lazy.map(\.topic))
    }

    /// Partitions of a topic of which something is still to be read.
    func open(in topic: TopicName) -> [PartitionID] {
        let next = waiting.lazy.map { requests[$0] }.filter { $0.topic == topic }.map(\.partition)
        return Array(next) + active.lazy.filter { $0.topic == topic }.map(\.partition)
    }

    var isDone: Bool { waiting.isEmpty && active.isEmpty }

    /// The next requests to read for, so that at most `limit` partitions are read at a time.
    mutating func begin(upTo limit: Int) -> [SampleRequest] {
        var begun: [SampleRequest] = []
        while active.count + finished.count < limit, let index = waiting.popLast() {
            guard replies[index] == nil else { continue }
            let request = requests[index]
            active.insert(Place(topic: request.topic, partition: request.partition))
            begun.append(request)
        }
        return begun
    }

    /// A record came; `timestamp` in milliseconds since 1970.
    mutating func record(_ place: Place, offset: Int64, timestamp: Int64?) {
        guard active.contains(place), let index = indices[place], offset >= requests[index].offset
        else { return }
        let isAfterEnd = offset >= requests[index].end
        answer(place, isAfterEnd ? .nothing : .record(offset: offset, timestamp: timestamp))
    }

    /// The partition was read up to its last stable offset.
    ///
    /// Where that lies before the end that was asked for, a transaction is open, or the log was cut.
    mutating func reachedEnd(_ place: Place, offset: Int64) {
        guard let index = indices[place] else { return }
        let isWhole = offset >= requests[index].end
        answer(place, isWhole ? .nothing : .failure(context.error(.unstableOffset)))
    }

    mutating func fail(_ place: Place, _ error: ClusterError) { answer(place, .failure(error)) }

    /// Fails everything of a topic that has no answer yet.
    mutating func fail(_ topic: TopicName, _ error: ClusterError) {
        for partition in open(in: topic) { fail(Place(topic: topic, partition: partition), error) }
    }

    /// Fails all that has no answer yet.
    mutating func failRest(_ error: (TopicName) -> ClusterError) {
        for topic in topics { fail(topic, error(topic)) }
    }

    /// Partitions that need not be read any more, once.
    mutating func takeFinished() -> Set<Place> {
        defer { finished = [] }
        return finished
    }

    /// One answer for each request, in their order; all are there when ``isDone``.
    func answers(otherwise error: ClusterError) -> [SampleReply] {
        replies.map { $0 ?? .failure(error) }
    }

    private mutating func answer(_ place: Place, _ reply: SampleReply) {
        guard let index = indices[place], replies[index] == nil else { return }
        replies[index] = reply
        if active.remove(place) != nil {
            finished.insert(place)
        } else {
            waiting.removeAll { $0 == index }
        }
    }
}
