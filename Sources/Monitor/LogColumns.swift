import ClusterAccess
import LagModel

/// Columns by partition that leaders' answers fill in, in the arrays of the last round where they are equal.
struct LogColumns {
    /// Ascending by name.
    private(set) var facts: [TopicFacts]
    private let plan: LogPlan
    /// The columns of the last round, in the plan's order; `nil` where that was made by another plan.
    private let before: [TopicFacts]?
    private var index: [TopicName: Int]?

    /// One leader's answer about one end of the log, and what it was asked.
    typealias Answer = (share: LogPlan.Share, reply: LogOffsets)

    /// `before` are the columns that the last round made by this very plan, or by another.
    init(_ plan: LogPlan, before: [TopicFacts], isSamePlan: Bool) {
        self.plan = plan
        self.before = isSamePlan && before.count == plan.topics.count ? before : nil
        facts = self.before ?? plan.topics
    }

    /// Takes in all leaders' answers about one end of the log.
    ///
    /// A topic of which every partition was answered that was asked changes where answers differ from the
    /// last round. Any other begins without an offset.
    mutating func fill(_ column: WritableKeyPath<TopicFacts, OffsetColumn>, from answers: [Answer]) {
        var isLoose = Array(repeating: before == nil, count: facts.count)
        let areExact = answers.map(Self.isExact)
        for (answer, isExact) in zip(answers, areExact) where !isExact {
            for place in answer.share.places { isLoose[place] = true }
        }
        for place in isLoose.indices where isLoose[place] {
            facts[place][keyPath: column] = plan.topics[place][keyPath: column]
        }
        for (answer, isExact) in zip(answers, areExact) {
            if isExact {
                for position in answer.share.places.indices {
                    let (place, topic) = (answer.share.places[position], answer.reply.topics[position])
                    if answer.share.areWhole[position] {
                        facts[place][keyPath: column].become(topic.offsets)
                    } else {
                        facts[place][keyPath: column].update(topic.partitions, topic.offsets)
                    }
                }
            } else {
                for topic in answer.reply.topics {
                    guard let place = place(of: topic.name) else { continue }
                    facts[place][keyPath: column].update(topic.partitions, topic.offsets)
                }
            }
        }
        guard let before else { return }
        for place in isLoose.indices where isLoose[place] {
            let old = before[place][keyPath: column]
            if facts[place][keyPath: column] == old { facts[place][keyPath: column] = old }
        }
    }

    /// The same for last stable offsets, of topics that have them.
    mutating func fillStable(from answers: [Answer]) {
        guard facts.contains(where: { $0.lastStable != nil }) else { return }
        fill(\.stableColumn, from: answers)
    }

    /// What was asked was answered, in the same order.
    private static func isExact(_ answer: Answer) -> Bool {
        let (asked, told) = (answer.share.partitions, answer.reply.topics)
        guard asked.count == told.count else { return false }
        for place in asked.indices {
            guard asked[place].topic == told[place].name, asked[place].partitions == told[place].partitions,
                told[place].offsets.count == told[place].partitions.count
            else { return false }
        }
        return true
    }

    private mutating func place(of name: TopicName) -> Int? {
        let known =
            index ?? Dictionary(plan.topics.enumerated().map { ($1.name, $0) }) { first, _ in first }
        index = known
        return known[name]
    }

    /// The facts, in the arrays of `old` (ascending by name) where another plan made equal columns.
    func keeping(_ old: [TopicFacts]) -> [TopicFacts] {
        var kept = facts
        var next = 0
        for place in kept.indices {
            while next < old.count, old[next].name < kept[place].name { next += 1 }
            guard next < old.count, old[next].name == kept[place].name else { continue }
            kept[place].keep(old[next])
        }
        return kept
    }
}

extension TopicFacts {
    /// The last stable offsets, where there are to be some; nothing changes where not.
    fileprivate var stableColumn: OffsetColumn {
        get { lastStable ?? OffsetColumn(unknownCount: 0) }
        set { if lastStable != nil { lastStable = newValue } }
    }

    fileprivate mutating func keep(_ old: TopicFacts) {
        name = old.name
        if leaders == old.leaders { leaders = old.leaders }
        if logStart == old.logStart { logStart = old.logStart }
        if highWatermark == old.highWatermark { highWatermark = old.highWatermark }
        if lastStable == old.lastStable { lastStable = old.lastStable }
    }
}
