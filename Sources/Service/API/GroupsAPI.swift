import ClusterAccess
import HTTPService
import LagModel
import Monitor

/// `GET /api/v1/groups`: all groups of all clusters, a page at a time, the worst lag first.
struct GroupsAPI {
    struct Answer: Encodable {
        /// Groups that match, on all pages.
        var total: Int
        var offset: Int
        var limit: Int
        var groups: [Group]
    }

    /// One group in the list; what is unknown is left out.
    struct Group: Encodable {
        var cluster: String
        var group: String
        var type: String?
        var state: String?
        var stateSeconds: Double?
        var coordinator: Int32?
        var members: Int?
        var idleMembers: Int?
        var partitions: Int?
        var unknownPartitions: Int?
        var unassignedPartitions: Int?
        var lag: Int64?
        var lagMax: Int64?
        var lagMean: Double?
        var stableLag: Int64?
        var lagGrowthRecordsPerSecond: Double?
        /// Age of the oldest unread record of all partitions.
        var lagSeconds: Double?
        /// How far off that can be.
        var lagSecondsError: Double?
        /// Until nothing is unread; left out while the group does not catch up.
        var catchUpSeconds: Double?
        var catchUpImpossible: Bool?
        /// Where the commits shown come from: `offsets` (the offsets topic) or `admin` (the coordinator).
        var source: String
        /// How much older the commits are than the end offsets; left out where both were read in the last
        /// round.
        var offsetsAgeSeconds: Double?
        /// Generation id or epoch.
        var generation: Int32?
        var rebalancing: Bool?
        var rebalances: Int64
        /// `offsets`: exact, from generations and epochs; `observed`: a lower bound from polling.
        var rebalancesSource: String
        /// All causes, those that did not occur with 0.
        var rebalanceCauses: [String: Int64]?
        var rebalanceDuration: RebalanceDuration?
        var recordsConsumed: Int64
        var recordsLost: Int64
        var unavailable: String?
        /// How fine the group is in `/metrics`: `partition`, `topic`, `group` or `summary`.
        var exportLevel: String
        /// Series of the group that `/metrics` leaves out because of `limits.series`.
        var seriesFolded: Int
        /// What recent rounds say of the group, without thresholds.
        var evaluation: GroupEvaluationAnswer?
    }

    /// Rebalances that ended, each at least as long as it counts here.
    struct RebalanceDuration: Encodable {
        var count: Int64
        var sumSeconds: Double

        init(_ histogram: DurationHistogram) {
            count = histogram.counts.reduce(0) { $0.saturatingAdd($1) }
            sumSeconds = histogram.sumSeconds
        }
    }

    private enum Order: String, CaseIterable {
        case lag, name, members
    }

    static func respond(_ request: HTTPRequest, _ clusters: [PublishedCluster]) -> HTTPResponse {
        do throws(ParameterProblem) {
            let page = try Page(request, defaultLimit: 100)
            let order = try order(of: request)
            let isAscending = try isAscending(request, order: order)
            let chosen = try clusters.chosen(by: request)
            let state = request.queryValue("state")
            var groups: [Group] = []
            for cluster in chosen {
                guard let snapshot = cluster.view.snapshot else { continue }
                for group in snapshot.groups where state == nil || group.state?.rawValue == state {
                    groups.append(row(group, in: snapshot))
                }
            }
            groups.sort { precedes($0, $1, order: order, isAscending: isAscending) }
            return APIResponse.json(
                Answer(
                    total: groups.count, offset: page.offset, limit: page.limit,
                    groups: Array(page.slice(of: groups))))
        } catch {
            return error.response
        }
    }

    private static func order(of request: HTTPRequest) throws(ParameterProblem) -> Order {
        guard let text = request.queryValue("sort") else { return .lag }
        guard let order = Order(rawValue: text) else {
            let choices = Order.allCases.map(\.rawValue).joined(separator: ", ")
            throw ParameterProblem(sentence: "sort must be one of \(choices), for example sort=lag")
        }
        return order
    }

    /// Largest lag and most members first, names from the start of the alphabet, unless asked otherwise.
    private static func isAscending(_ request: HTTPRequest, order: Order) throws(ParameterProblem) -> Bool {
        switch request.queryValue("order") {
        case nil: return order == .name
        case "asc": return true
        case "desc": return false
        default: throw ParameterProblem(sentence: "order must be asc or desc, for example order=desc")
        }
    }

    /// Unknown values come last in either direction; ties are ordered by name.
    private static func precedes(_ left: Group, _ right: Group, order: Order, isAscending: Bool) -> Bool {
        let values: (Int64?, Int64?)
        switch order {
        case .name:
            let names = ((left.group, left.cluster), (right.group, right.cluster))
            return isAscending ? names.0 < names.1 : names.1 < names.0
        case .lag: values = (left.lag, right.lag)
        case .members: values = (left.members.map(Int64.init), right.members.map(Int64.init))
        }
        switch values {
        case (let one?, let other?) where one != other: return isAscending ? one < other : one > other
        case (_?, nil): return true
        case (nil, _?): return false
        default: return (left.group, left.cluster) < (right.group, right.cluster)
        }
    }

    static func row(_ group: GroupSnapshot, in snapshot: ClusterSnapshot) -> Group {
        let age = snapshot.lagAge(of: group)
        return Group(
            cluster: snapshot.cluster, group: group.id.rawValue, type: group.type?.rawValue,
            state: group.state?.rawValue,
            stateSeconds: snapshot.timeInState(of: group)?.seconds, coordinator: group.coordinator?.rawValue,
            members: group.members?.members.count, idleMembers: group.members?.idleCount,
            partitions: group.totals?.partitions, unknownPartitions: group.totals?.unknownPartitions,
            unassignedPartitions: group.unassignedPartitions, lag: group.totals?.lag,
            lagMax: group.totals?.lagMax, lagMean: group.totals?.lagMean, stableLag: group.totals?.stableLag,
            lagGrowthRecordsPerSecond: group.lagGrowth, lagSeconds: age?.age.seconds,
            lagSecondsError: age?.error.seconds,
            catchUpSeconds: group.outlook?.catchUp?.seconds,
            catchUpImpossible: group.outlook?.isCatchUpImpossible,
            source: snapshot.takesCommitsFromTopic(group.id) ? "offsets" : "admin",
            offsetsAgeSeconds: snapshot.offsetsAge(of: group)?.seconds,
            generation: group.generation, rebalancing: group.isRebalancing,
            rebalances: group.rebalances.count,
            rebalancesSource: group.rebalances.source,
            rebalanceCauses: group.rebalanceHistory.map(causes),
            rebalanceDuration: group.rebalanceHistory.map { RebalanceDuration($0.durations) },
            recordsConsumed: group.topics.reduce(0) { $0.saturatingAdd($1.counters.consumed) },
            recordsLost: group.topics.reduce(0) { $0.saturatingAdd($1.counters.lost) },
            unavailable: group.unavailable?.rawValue, exportLevel: group.exportLevel.rawValue,
            seriesFolded: group.foldedSeries.total,
            evaluation: GroupEvaluationAnswer(of: group, in: snapshot))
    }

    private static func causes(of history: RebalanceHistory) -> [String: Int64] {
        Dictionary(
            uniqueKeysWithValues: RebalanceCause.allCases.map { ($0.rawValue, history.causes[$0] ?? 0) })
    }
}

extension ClusterSnapshot {
    /// Whether the commits of a group were read from the offsets topic.
    ///
    /// Where a transaction blocks the group's partition, rebalances come from the topic and commits do not.
    fileprivate func takesCommitsFromTopic(_ group: GroupID) -> Bool {
        guard let partitions = offsetsTopic?.partitions,
            let partition = CoordinatorPartition.of(group, count: partitions.count)
        else { return false }
        return partitions.contains { $0.id == partition && $0.state == .current }
    }
}
