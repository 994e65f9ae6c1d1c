import ClusterAccess

/// Pairs of offset and time, both strictly ascending: a bound on how time grows along a log.
struct TimeStaircase: Hashable, Sendable {
    struct Step: Hashable, Sendable {
        var offset: Int64
        /// Milliseconds since 1970.
        var time: Int64
    }

    private(set) var steps: [Step] = []

    /// The last step at or before `offset`.
    func last(upTo offset: Int64) -> Step? {
        let place = firstPlace { $0.offset > offset }
        return place > 0 ? steps[place - 1] : nil
    }

    /// The first step behind `offset`.
    func first(after offset: Int64) -> Step? {
        let place = firstPlace { $0.offset > offset }
        return place < steps.count ? steps[place] : nil
    }

    /// Puts a step in the place of those of its offset and those that ascend past it.
    ///
    /// What stays is before it in both offset and time, or behind it in both.
    mutating func insert(_ step: Step) {
        let start = firstPlace { $0.offset >= step.offset || $0.time >= step.time }
        let end = firstPlace { $0.offset > step.offset && $0.time > step.time }
        steps.replaceSubrange(start..<max(start, end), with: CollectionOfOne(step))
    }

    mutating func removeAll(where isGone: (Step) -> Bool) {
        // Nearly always nothing goes, and then nothing is copied.
        guard steps.contains(where: isGone) else { return }
        steps.removeAll(where: isGone)
    }

    /// Keeps the steps that are wanted, which is told of each.
    mutating func keep(_ isWanted: [Bool]) {
        var count = 0
        for (place, isWanted) in zip(steps.indices, isWanted) where isWanted {
            if count < place { steps[count] = steps[place] }
            count += 1
        }
        steps.removeLast(steps.count - count)
    }

    /// The first place where `isBehind` holds, which holds for all places behind it too.
    func firstPlace(where isBehind: (Step) -> Bool) -> Int { steps.firstPlace(where: isBehind) }
}
