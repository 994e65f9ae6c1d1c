import ClusterAccess
import LagModel

/// One group of a partition: its number, its members by protocol, and what was counted.
struct GroupEntry: Sendable {
    let id: GroupID
    /// Places of its topics' columns, in the order in which they were met.
    var columns: [Int] = [] {
        didSet { columnsByName = nil }
    }
    /// The same by name of topic; `nil` where they are to be sorted anew.
    var columnsByName: [Int]?
    /// What was last shown of it beside its commits; `nil` where records have changed it since.
    var shownIdentity: GroupIdentity?
    /// A record has changed it since it was last looked at for a round.
    var isTouched = false
    /// Its place among the groups that rounds read; `nil` while it is not among them.
    var followedPlace: Int?
    /// Partitions with a commit, over all topics.
    var commitCount = 0
    /// Generation or epoch.
    private(set) var number: GroupNumber?
    /// A number that was ended by a tombstone and may go on in another protocol.
    var carried: GroupNumber?
    var classic: ClassicGroup?
    var consumer: ConsumerGroup?
    /// Member ids of a share or streams group.
    private(set) var otherMembers: Set<String> = []
    var changes = MemberChanges()

    private(set) var rebalances: Int64 = 0
    private(set) var causes: [RebalanceCause: Int64] = [:]
    /// `nil` before the first duration.
    private var durations: DurationHistogram?
    private(set) var state: GroupState?
    private(set) var stateSince: WallTime?
    /// Offset of the record that left the group without members; `Int64.max` while it has some, or is simple.
    private(set) var memberlessFrom = Int64.max
    /// When a coordinator was first seen on the way to the next generation.
    private var notedRebalancing: WallTime?
    private var lastStep: WallTime?

    init(id: GroupID) { self.id = id }

    /// Some record speaks of the group.
    var isPresent: Bool { number != nil || commitCount > 0 }

    /// Nothing at all is known of the group any more.
    var isVacuous: Bool {
        !isPresent && carried == nil && consumer == nil && classic == nil && otherMembers.isEmpty
    }

    /// The group is gone: one that comes under its name is another.
    ///
    /// Records of members may still be there.
    mutating func startOver() {
        let before = self
        self = GroupEntry(id: id)
        consumer = before.consumer
        otherMembers = before.otherMembers
        isTouched = before.isTouched
        followedPlace = before.followedPlace
    }

    /// Goes to a generation or epoch and returns by how many steps; `nil` for a new incarnation's number.
    mutating func step(to value: Int32, of type: GroupProtocol) -> Int64? {
        let before = base(for: type)
        number = GroupNumber(type: type, value: max(0, value))
        carried = nil
        guard let before, before <= max(0, value) else { return nil }
        return Int64(max(0, value)) - Int64(before)
    }

    /// The number that a step is counted from; one that was ended counts only for another protocol.
    func base(for type: GroupProtocol) -> Int32? {
        if let number { return number.value }
        return carried?.type == type ? nil : carried?.value
    }

    /// Ends the number if it is of this protocol; says whether it was.
    mutating func endNumber(of type: GroupProtocol) -> Bool {
        guard let ended = number, ended.type == type else { return false }
        carried = ended
        number = nil
        state = nil
        stateSince = nil
        memberlessFrom = .max
        return true
    }

    /// Counts steps, the last of them for `cause`: those before it left no record.
    mutating func count(_ steps: Int64, _ cause: RebalanceCause, at place: RecordPlace) {
        guard steps > 0 else { return }
        changes = MemberChanges()
        notedRebalancing = nil
        lastStep = place.time
        guard place.isLive else { return }
        rebalances = rebalances.saturatingSum(steps)
        if steps > 1 { causes[.unknown] = causes[.unknown, default: 0].saturatingSum(steps - 1) }
        causes[cause, default: 0] += 1
    }

    mutating func countReturn(at place: RecordPlace) {
        if place.isLive { causes[.staticMemberReturned, default: 0] += 1 }
    }

    mutating func recordDuration(from start: WallTime, to end: WallTime) {
        var histogram = durations ?? Self.noDurations
        histogram.record(seconds: max(0, (end - start).seconds))
        durations = histogram
    }

    /// When the rebalance before a record began, as far as anything tells.
    func rebalanceStart(joined: WallTime?) -> WallTime? {
        guard let notedRebalancing else { return joined }
        return joined.map { min($0, notedRebalancing) } ?? notedRebalancing
    }

    mutating func noteRebalancing(at time: WallTime) {
        guard number?.type == .classic, lastStep.map({ time > $0 }) ?? true else { return }
        notedRebalancing = min(time, notedRebalancing ?? time)
    }

    mutating func forgetRebalancing() { notedRebalancing = nil }

    /// Enters a state; one that the group is in already goes on unless it was `interrupted`.
    mutating func enter(_ state: GroupState, since: WallTime?, interrupted: Bool = false) {
        guard state != self.state || interrupted else { return }
        self.state = state
        stateSince = since
    }

    /// To be told after each record of members or number.
    mutating func updateMemberless(at place: RecordPlace) {
        guard number != nil, memberCount == 0 else {
            memberlessFrom = .max
            return
        }
        if memberlessFrom == .max { memberlessFrom = place.offset }
    }

    var memberCount: Int {
        switch number?.type {
        case .classic: classic?.members.count ?? 0
        case .consumer: consumer?.memberCount ?? 0
        case .share, .streams: otherMembers.count
        case nil: 0
        }
    }

    mutating func joinOther(_ memberID: String) {
        if otherMembers.insert(memberID).inserted {
            _ = changes.join(MemberIdentity(memberID: memberID, instanceID: nil), memberID: memberID)
        }
    }

    mutating func leaveOther(_ memberID: String) {
        if otherMembers.remove(memberID) != nil {
            changes.leave(MemberIdentity(memberID: memberID, instanceID: nil), memberID: memberID)
        }
    }

    private static let noDurations = DurationHistogram(bounds: DurationHistogram.rebalanceBounds)

    /// Durations that were recorded, none of them included.
    var rebalanceDurations: DurationHistogram { durations ?? Self.noDurations }
}

/// Generation of a classic group or epoch of any other.
struct GroupNumber: Hashable, Sendable {
    var type: GroupProtocol
    /// Never negative.
    var value: Int32
}

/// Protocols whose groups have a generation or epoch.
enum GroupProtocol: Hashable, Sendable {
    case classic, consumer, share, streams

    var type: GroupType {
        switch self {
        case .classic: .classic
        case .consumer: .consumer
        case .share: .share
        case .streams: .streams
        }
    }
}
