package import ClusterAccess

/// Remembers one cluster from round to round, and makes a snapshot of each.
///
/// A pure value: time comes with the facts. It forgets groups and topics that a round no longer names. What
/// is the same as in the last round, which costs a look where its columns kept their storage, is not walked
/// through again.
package struct ClusterLedger {
    package struct Settings: Sendable {
        /// Name of the cluster, the `cluster` label.
        package var cluster: String
        package var constantLabels: [ClusterSnapshot.ConstantLabel]
        package var topicGranularity: Granularity
        /// Over how long growth of lag is measured.
        package var growthWindow: Duration

        package init(
            cluster: String, constantLabels: [ClusterSnapshot.ConstantLabel] = [],
            topicGranularity: Granularity = .partition, growthWindow: Duration = .seconds(300)
        ) {
            self.cluster = cluster
            self.constantLabels = constantLabels
            self.topicGranularity = topicGranularity
            self.growthWindow = growthWindow
        }
    }

    private let settings: Settings
    /// Parallel to the topics of the last round.
    private var topics: [TopicLedger] = []
    /// Parallel to the groups of the last round.
    private var groups: [GroupLedger] = []
    /// The last round's topics.
    private var round = TopicRound()
    private var lastRead: Moment?
    /// Number of the last round of facts, where that had one.
    private var lastNews: Int64?

    package init(settings: Settings) { self.settings = settings }

    /// Compares a round with the ones before and publishes what follows.
    package mutating func absorb(_ facts: RoundFacts) -> ClusterSnapshot {
        absorb(facts, reusing: nil).snapshot
    }

    /// The same, taking over what did not change from `last`, the snapshot of the last round, with all that
    /// later stages found out about it.
    ///
    /// Changes are `nil` where there is no such snapshot: nothing was taken over then.
    package mutating func absorb(
        _ facts: RoundFacts, reusing last: ClusterSnapshot?
    ) -> (snapshot: ClusterSnapshot, changes: RoundChanges?) {
        var last = last
        if last?.endOffsetsRead != lastRead || last?.groups.count != groups.count
            || last?.topics.count != topics.count
        {
            last = nil
        }
        let topicPlaces = Self.arrange(&topics, by: facts.topics.map(\.name))
        let topicSnapshots = absorb(facts.topics, places: topicPlaces, at: facts.endOffsetsRead, last)
        let news = news(in: facts)
        let groupPlaces = news == nil ? Self.arrange(&groups, by: facts.groups.map(\.id)) : nil
        let (groupSnapshots, groupChanges) = absorb(
            facts.groups, news: news, places: groupPlaces, last?.groups)
        var unavailable = facts.unavailable
        for place in groupSnapshots.indices {
            guard let reason = groupSnapshots[place].unavailable else { continue }
            unavailable[.init(scope: .group, reason: reason), default: 0] += 1
        }
        var snapshot = ClusterSnapshot(
            cluster: settings.cluster, constantLabels: settings.constantLabels, round: facts.round,
            endOffsetsRead: facts.endOffsetsRead, clusterID: facts.clusterID, controller: facts.controller,
            brokers: facts.brokers, topics: topicSnapshots, groups: groupSnapshots,
            unavailable: unavailable, topicGranularity: settings.topicGranularity,
            offsetsTopic: facts.offsetsTopic, source: facts.source)
        snapshot.requestPlan = facts.requestPlan
        defer { lastRead = facts.endOffsetsRead }
        guard last != nil else { return (snapshot, nil) }
        let changes = RoundChanges(
            topicIsSame: round.isSame, areTopicsSame: topicPlaces == nil, groups: groupChanges,
            areGroupsSame: groupPlaces == nil)
        return (snapshot, changes)
    }

    private mutating func absorb(
        _ facts: [TopicFacts], places: [Int32]?, at moment: Moment, _ last: ClusterSnapshot?
    ) -> [TopicSnapshot] {
        let old = round
        round = TopicRound(topics: facts, moment: moment, before: lastRead?.monotonic)
        round.index = places == nil ? old.index : TopicRound.index(of: facts)
        if places != nil { round.places = TopicRound.places(of: old, in: round) }
        var snapshots: [TopicSnapshot] = []
        snapshots.reserveCapacity(facts.count)
        for (place, topic) in facts.enumerated() {
            let before = places.map { Int($0[place]) } ?? place
            let wasSettled = topics[place].regressed.isEmpty
            if before >= 0, wasSettled, old.topics[before] == topic {
                round.isSame[place] = true
                if let last {
                    snapshots.append(last.topics[before])
                    continue
                }
            } else {
                topics[place].absorb(topic)
            }
            if !topics[place].regressed.isEmpty { round.regressed[place] = topics[place].regressed }
            snapshots.append(topics[place].snapshot(of: topic))
        }
        return snapshots
    }

    /// Groups whose facts may be others than the last round's; `nil` where that is not known, or they are not
    /// the groups of the last round.
    private mutating func news(in facts: RoundFacts) -> [Int32]? {
        defer { lastNews = facts.news?.round }
        guard let news = facts.news, let lastNews, news.round == lastNews + 1,
            facts.groups.count == groups.count
        else { return nil }
        return news.groups
    }

    private mutating func absorb(
        _ facts: [GroupFacts], news: [Int32]?, places: [Int32]?, _ last: SharedList<GroupSnapshot>?
    ) -> (snapshots: SharedList<GroupSnapshot>, changes: [RoundChanges.Group]) {
        let (window, round) = (settings.growthWindow, round)
        let still = RoundChanges.Group(isSame: true, sameTopics: [])
        var changes = Array(repeating: still, count: facts.count)
        // In one go where all stand where they stood: what is new is then put in its place.
        var snapshots = places == nil ? last ?? [] : []
        let areThere = !snapshots.isEmpty
        if !areThere { snapshots.reserveCapacity(facts.count) }
        var next = 0
        for place in facts.indices {
            let before = places.map { Int($0[place]) } ?? place
            var isNews = true
            if let news {
                isNews = next < news.count && Int(news[next]) == place
                if isNews { next += 1 }
            }
            // Most groups by far: their facts are not even looked at.
            let isStill =
                isNews ? groups[place].isStill(facts[place], in: round) : groups[place].isStill(in: round)
            if let last, before >= 0, isStill {
                if !areThere { snapshots.append(sharing: before, of: last) }
                changes[place].hasNewGrowth = groups[place].renew(
                    place, of: &snapshots, in: round, growthWindow: window)
                continue
            }
            let snapshot = groups[place].absorb(
                facts[place], in: round, growthWindow: window,
                reusing: before >= 0 ? last?[before] : nil)
            changes[place] = groups[place].takeChange()
            if areThere { snapshots.replace(at: place, with: snapshot) } else { snapshots.append(snapshot) }
        }
        return (snapshots, changes)
    }

    /// Brings ledgers into the order of `names`, both ascending, with new ones for names that are new.
    ///
    /// Returns where each name stood before, -1 for a new one, or `nil` when all stand where they stood.
    private static func arrange<Ledger: LedgerOfName>(
        _ ledgers: inout [Ledger], by names: [Ledger.Name]
    ) -> [Int32]? {
        if names.count == ledgers.count, names.indices.allSatisfy({ names[$0] == ledgers[$0].name }) {
            return nil
        }
        var known = Dictionary(zip(ledgers.lazy.map(\.name), ledgers.indices)) { first, _ in first }
        var places: [Int32] = []
        var kept: [Ledger] = []
        places.reserveCapacity(names.count)
        kept.reserveCapacity(names.count)
        for name in names {
            if let place = known.removeValue(forKey: name) {
                places.append(Int32(truncatingIfNeeded: place))
                kept.append(ledgers[place])
            } else {
                places.append(-1)
                kept.append(Ledger(name: name))
            }
        }
        ledgers = kept
        return places
    }
}

/// What remembers one topic or group, and which.
protocol LedgerOfName {
    associatedtype Name: Hashable

    var name: Name { get }

    init(name: Name)
}
