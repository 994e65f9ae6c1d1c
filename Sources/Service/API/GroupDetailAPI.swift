import ClusterAccess
import HTTPService
import LagModel
import Monitor

/// `GET /api/v1/groups/{group}?cluster=`: one group with its members and partitions, a page of them at a
/// time.
struct GroupDetailAPI {
    struct Answer: Encodable {
        var summary: GroupsAPI.Group
        var protocolType: String
        var assignor: String
        var snapshotTimestamp: Double
        var stale: Bool
        var members: [Member]?
        /// What should be known of the group, the worst first; empty for a healthy one.
        var findings: [FindingsAPI.Row]
        var topics: [Topic]
        /// Partitions on all pages.
        var totalPartitions: Int
        var offset: Int
        var limit: Int
        /// The worst lag first.
        var partitions: [Partition]
    }

    struct Member: Encodable {
        var memberId: String
        var clientId: String
        var host: String
        var instanceId: String?
        /// Left out where nobody tells (Kafka Connect, share groups).
        var assignment: [Share]?
        /// Partitions beside `assignment` of topics that are known by their id only.
        var unnamedPartitions: Int?
        /// What the member is to own when reconciled (KIP-848).
        var targetAssignment: [Share]?
        var unnamedTargetPartitions: Int?
        /// The epoch that the member has reached (KIP-848).
        var epoch: Int32?
        /// What it owns is not yet its target (KIP-848).
        var reconciling: Bool?
        var sessionTimeoutSeconds: Double?
        var rebalanceTimeoutSeconds: Double?
    }

    struct Share: Encodable {
        var topic: String
        var partitions: [Int32]
    }

    struct Topic: Encodable {
        var topic: String
        var partitions: Int
        var unknownPartitions: Int
        var lag: Int64?
        var lagMax: Int64?
        var lagMean: Double?
        var stableLag: Int64?
        var lagGrowthRecordsPerSecond: Double?
        var lagSeconds: Double?
        var lagSecondsError: Double?
        var recordsConsumed: Int64
        var recordsLost: Int64
        var resetsBackward: Int64
        var resetsForward: Int64
        /// Offsets by which commits went back and were moved forward by these resets.
        var recordsRewound: Int64
        var recordsSkipped: Int64
        var commits: Int64?
        var commitMetadataBytes: Int64?
        var commitsRemoved: Int64?
        var lastCommitTimestamp: Double?
        var commitAgeSeconds: Double?
        /// Until the oldest unread record may be deleted.
        var lossMarginSeconds: Double?
        var retentionSeconds: Double?
        var retentionBytes: Int64?
    }

    struct Partition: Encodable {
        var topic: String
        var partition: Int32
        var committedOffset: Int64
        var logStartOffset: Int64?
        var highWatermark: Int64?
        var lastStableOffset: Int64?
        var lag: Int64?
        var stableLag: Int64?
        var lagSeconds: Double?
        var lagSecondsError: Double?
        /// Records deleted before the group read them, as it stands now.
        var lost: Int64?
        var ahead: Bool
        /// `OK`, `WARN`, `STOP`, `STALL` or `REWIND`.
        var status: String?
    }

    static func respond(_ request: HTTPRequest, _ clusters: [PublishedCluster]) -> HTTPResponse {
        let name = request.parameters["group"] ?? ""
        let id = GroupID(name)
        do throws(ParameterProblem) {
            let page = try Page(request, defaultLimit: 1000)
            let chosen = try clusters.chosen(by: request)
            var found: [(PublishedCluster, ClusterSnapshot, GroupSnapshot)] = []
            for cluster in chosen {
                guard let snapshot = cluster.view.snapshot,
                    let group = snapshot.groups.first(where: { $0.id == id })
                else { continue }
                found.append((cluster, snapshot, group.aged(to: snapshot.endOffsetsRead.wall)))
            }
            guard let (cluster, snapshot, group) = found.first else {
                return APIResponse.failure("no cluster's newest snapshot has a group \(name)", status: 404)
            }
            guard found.count == 1 else {
                let names = found.map(\.0.view.cluster).joined(separator: ", ")
                throw ParameterProblem(
                    sentence: "group \(name) exists in clusters \(names): say which, for example "
                        + "?cluster=\(cluster.view.cluster)")
            }
            return APIResponse.json(answer(group, in: snapshot, of: cluster, page: page))
        } catch {
            return error.response
        }
    }

    private static func answer(
        _ group: GroupSnapshot, in snapshot: ClusterSnapshot, of cluster: PublishedCluster, page: Page
    ) -> Answer {
        var partitions = group.topics.flatMap { topic in
            topic.partitions.indices.map { partition(topic, at: $0, in: snapshot) }
        }
        partitions.sort { left, right in
            let lags = (left.lag ?? -1, right.lag ?? -1)
            return lags.0 != lags.1
                ? lags.0 > lags.1 : (left.topic, left.partition) < (right.topic, right.partition)
        }
        return Answer(
            summary: GroupsAPI.row(group, in: snapshot), protocolType: group.protocolType,
            assignor: group.assignor, snapshotTimestamp: snapshot.endOffsetsRead.wall.secondsSince1970,
            stale: cluster.isStale, members: group.members?.members.map(member),
            findings: group.findings.map { FindingsAPI.row($0, of: group.id, in: snapshot.cluster) },
            topics: group.topics.map { topic($0, in: snapshot) }, totalPartitions: partitions.count,
            offset: page.offset,
            limit: page.limit, partitions: Array(page.slice(of: partitions)))
    }

    private static func partition(
        _ topic: GroupTopicSnapshot, at position: Int, in snapshot: ClusterSnapshot
    ) -> Partition {
        let number = topic.partitions[position]
        let log = topic.topicIndex.map { snapshot.topics[$0] }
        let lag = snapshot.lag(of: topic, at: position)
        let age = topic.lagAges?[position, at: snapshot.endOffsetsRead.wall]
        return Partition(
            topic: topic.name.rawValue, partition: number, committedOffset: topic.committed[position],
            logStartOffset: log?.logStart[number], highWatermark: log?.highWatermark[number],
            lastStableOffset: log?.lastStable?[number], lag: lag?.lag,
            stableLag: snapshot.stableLag(of: topic, at: position)?.lag, lagSeconds: age?.age.seconds,
            lagSecondsError: age?.error.seconds, lost: lag?.lost,
            ahead: topic.ahead.contains(number),
            status: topic.statuses.indices.contains(position) ? topic.statuses[position]?.name : nil)
    }

    private static func member(_ member: GroupMember) -> Member {
        Member(
            memberId: member.memberID, clientId: member.clientID, host: member.host,
            instanceId: member.instanceID,
            assignment: member.isAssignmentKnown ? member.assignment.map(share) : nil,
            unnamedPartitions: member.isAssignmentKnown ? member.unnamedPartitions : nil,
            targetAssignment: member.targetAssignment?.map(share),
            unnamedTargetPartitions: member.targetAssignment == nil ? nil : member.unnamedTargetPartitions,
            epoch: member.epoch, reconciling: member.hasTarget ? member.isReconciling : nil,
            sessionTimeoutSeconds: member.sessionTimeout?.seconds,
            rebalanceTimeoutSeconds: member.rebalanceTimeout?.seconds)
    }

    private static func share(_ share: TopicPartitions) -> Share {
        Share(topic: share.topic.rawValue, partitions: share.partitions.map(\.rawValue))
    }

    private static func topic(_ topic: GroupTopicSnapshot, in snapshot: ClusterSnapshot) -> Topic {
        let retention = topic.topicIndex.flatMap { snapshot.topics[$0].retention }
        return Topic(
            topic: topic.name.rawValue, partitions: topic.totals.partitions,
            unknownPartitions: topic.totals.unknownPartitions, lag: topic.totals.lag,
            lagMax: topic.totals.lagMax, lagMean: topic.totals.lagMean, stableLag: topic.totals.stableLag,
            lagGrowthRecordsPerSecond: topic.lagGrowth, lagSeconds: topic.lagAge?.age.seconds,
            lagSecondsError: topic.lagAge?.error.seconds, recordsConsumed: topic.counters.consumed,
            recordsLost: topic.counters.lost, resetsBackward: topic.counters.resetsBackward,
            resetsForward: topic.counters.resetsForward, recordsRewound: topic.counters.rewoundRecords,
            recordsSkipped: topic.counters.skippedRecords, commits: topic.commits,
            commitMetadataBytes: topic.commitMetadataBytes, commitsRemoved: topic.commitsRemoved,
            lastCommitTimestamp: topic.lastCommit?.secondsSince1970,
            commitAgeSeconds: snapshot.commitAge(of: topic)?.seconds,
            lossMarginSeconds: topic.lossMargin?.seconds, retentionSeconds: retention?.time?.seconds,
            retentionBytes: retention?.bytes)
    }
}
