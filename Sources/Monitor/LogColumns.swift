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
    mutating func fill(_ kind: LogOffsetKind, from answers: [Answer]) {
        // Few topics are asked about their last stable offset, mostly none.
        if kind == .lastStable, !facts.contains(where: { $0.lastStable != nil }) { return }
        var isLoose = Array(repeating: before == nil, count: facts.count)
        let areExact = answers.map(Self.isExact)
        for (answer, isExact) in zip(answers, areExact) where !isExact {
            for place in answer.share.places { isLoose[place] = true }
        }
        for place in isLoose.indices where isLoose[place] {
            facts[place].set(kind, to: plan.topics[place].column(kind))
        }
        for (answer, isExact) in zip(answers, areExact) {
            // Looked at where they stand: a copy of an answer is four references.
            let (share, told) = (answer.share, answer.reply.topics.span)
            for position in told.indices {
                if isExact {
                    facts[share.places[position]]
                        .update(kind, told[position], isWhole: share.areWhole[position])
                } else if let place = place(of: told[position].name) {
                    facts[place].update(kind, told[position], isWhole: false)
                }
            }
        }
        guard let before else { return }
        for place in isLoose.indices where isLoose[place] {
            let old = before[place].column(kind)
            if facts[place].column(kind) == old { facts[place].set(kind, to: old) }
        }
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
    /// One end of the log; without a partition where that was not asked for.
    fileprivate func column(_ kind: LogOffsetKind) -> OffsetColumn {
        switch kind {
        case .logStart: logStart
        case .highWatermark: highWatermark
        case .lastStable: lastStable ?? OffsetColumn(unknownCount: 0)
        }
    }

    /// Nothing changes where that was not asked for.
    fileprivate mutating func set(_ kind: LogOffsetKind, to column: OffsetColumn) {
        switch kind {
        case .logStart: logStart = column
        case .highWatermark: highWatermark = column
        case .lastStable: if lastStable != nil { lastStable = column }
        }
    }

    /// Takes in some offsets of one end of the log; `isWhole` where they are those of all partitions.
    fileprivate mutating func update(_ kind: LogOffsetKind, _ told: borrowing TopicOffsets, isWhole: Bool) {
        switch kind {
        case .logStart: logStart.update(told, isWhole: isWhole)
        case .highWatermark: highWatermark.update(told, isWhole: isWhole)
        case .lastStable: lastStable?.update(told, isWhole: isWhole)
        }
    }

    fileprivate mutating func keep(_ old: TopicFacts) {
        name = old.name
        if leaders == old.leaders { leaders = old.leaders }
        if logStart == old.logStart { logStart = old.logStart }
        if highWatermark == old.highWatermark { highWatermark = old.highWatermark }
        if lastStable == old.lastStable { lastStable = old.lastStable }
    }
}

extension OffsetColumn {
    fileprivate mutating func update(_ told: borrowing TopicOffsets, isWhole: Bool) {
        if isWhole { become(told.offsets) } else { update(told.partitions, told.offsets) }
    }
}
