import ClusterAccess

/// One round's topics as the group ledgers look them up.
struct TopicRound {
    private(set) var topics: [TopicFacts] = []
    /// Position of each topic by name.
    var index: [TopicName: Int] = [:]
    /// Partitions whose log may not be the one of the last round, by position of their topic.
    var regressed: [Int: Set<Int32>] = [:]
    /// Parallel to `topics`: the log stands as it stood in the last round.
    var isSame: [Bool] = []
    /// Where each topic of the last round stands now, -1 for one that is gone; `nil` when all stand where
    /// they stood.
    var places: [Int32]?
    let moment: Moment
    /// When the end offsets of the last round were read; `nil` in the first one.
    let before: MonotonicTime?

    init(topics: [TopicFacts], moment: Moment, before: MonotonicTime?) {
        self.topics = topics
        self.moment = moment
        self.before = before
        isSame = Array(repeating: false, count: topics.count)
    }

    /// No round at all.
    init() {
        self.init(
            topics: [],
            moment: Moment(
                wall: WallTime(nanosecondsSince1970: 0), monotonic: MonotonicTime(sinceOrigin: .zero)),
            before: nil)
    }

    static func index(of topics: [TopicFacts]) -> [TopicName: Int] {
        Dictionary(topics.enumerated().map { ($1.name, $0) }) { first, _ in first }
    }

    /// Where the topics of an older round stand in a new one, -1 for those that are gone.
    static func places(of old: Self, in new: Self) -> [Int32] {
        old.topics.map { topic in Int32(truncatingIfNeeded: new.index[topic.name] ?? -1) }
    }
}
