import LagModel

/// Which topics of a snapshot its groups read, as one array of numbers.
struct GroupTopics {
    /// Where the topics of each group end.
    private var ends: [Int] = []
    /// Positions in the snapshot's topics, in the order of groups.
    private var topics: [Int32] = []

    init() {}

    /// Of a snapshot's groups; `places` says of each where it stood in `before` if it is as it was, else -1.
    init(of groups: SharedList<GroupSnapshot>, after before: Self, _ places: [Int32]) {
        ends.reserveCapacity(groups.count)
        topics.reserveCapacity(before.topics.count)
        for position in groups.indices {
            let place = Int(places[position])
            if before.ends.indices.contains(place) {
                topics += before.topics[before.start(place)..<before.ends[place]]
            } else {
                let list = groups[position].topics
                for index in list.indices {
                    if let topic = list[index].topicIndex { topics.append(Int32(clamping: topic)) }
                }
            }
            ends.append(topics.count)
        }
    }

    private func start(_ group: Int) -> Int { group == 0 ? 0 : ends[group - 1] }

    /// Tells of each group and each of its topics, by their positions.
    func forEach(_ body: (_ group: Int, _ topic: Int) -> Void) {
        var index = 0
        for group in ends.indices {
            while index < ends[group] {
                body(group, Int(topics[index]))
                index += 1
            }
        }
    }
}
