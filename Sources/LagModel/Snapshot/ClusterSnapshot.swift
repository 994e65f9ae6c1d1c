package import ClusterAccess

/// What one round found out about one cluster; immutable, read by scrapes and the API without locks.
///
/// Columnar: topics hold arrays by partition, groups hold parallel arrays of partition and commit. Lag is not
/// stored but computed from the columns while rendering.
package struct ClusterSnapshot: Sendable {
    /// Name from the configuration, the `cluster` label.
    package var cluster: String
    /// Labels from the configuration that follow the standard ones on every series of this cluster.
    package var constantLabels: [ConstantLabel]
    /// Number of the round that made it, from 1.
    package var round: Int64
    /// When the end offsets were read, on the wall clock.
    package var endOffsetsRead: Moment
    package var clusterID: String?
    package var controller: BrokerID?
    /// Ascending by id.
    package var brokers: [BrokerStatus]
    /// Topics that some group commits to, or all with `topics.all`; ascending by name.
    package var topics: [TopicSnapshot]
    /// Ascending by group id; those that stay as they were are shared with the snapshot before.
    package var groups: SharedList<GroupSnapshot>
    /// How many groups, topics or partitions have no number, and why.
    package var unavailable: [Unavailable: Int]
    /// Granularity of the families about topics.
    package var topicGranularity: Granularity
    /// How far the offsets topic is read; `nil` where it is not asked for.
    package var offsetsTopic: OffsetsTopicStatus?
    /// Where commits came from in this round.
    package var source: CommitSource
    /// What lag in seconds has cost; `nil` where it is switched off.
    package var timeLookups: TimeLookupStatus? = nil
    /// `__consumer_offsets` as metadata describes it; `nil` where this user may not see it.
    package var offsetsTopicReplication: OffsetsTopicReplication? = nil
    /// `offsets.retention.minutes` of the brokers; `nil` where it was not read.
    package var offsetsRetention: Duration? = nil
    /// What reading single records has brought; `nil` where none are read.
    package var lagSamples: LagSampleStatus? = nil
    /// Within which bounds it is exported, and what is left out for their sake.
    package var series = SeriesPlan()
    /// Which groups' coordinators were asked; `nil` where nobody is.
    package var requestPlan: RequestPlanStatus? = nil

    package init(
        cluster: String, constantLabels: [ConstantLabel] = [], round: Int64, endOffsetsRead: Moment,
        clusterID: String? = nil, controller: BrokerID? = nil, brokers: [BrokerStatus] = [],
        topics: [TopicSnapshot] = [], groups: SharedList<GroupSnapshot> = [],
        unavailable: [Unavailable: Int] = [:], topicGranularity: Granularity = .partition,
        offsetsTopic: OffsetsTopicStatus? = nil, source: CommitSource = .admin
    ) {
        self.cluster = cluster
        self.constantLabels = constantLabels
        self.round = round
        self.endOffsetsRead = endOffsetsRead
        self.clusterID = clusterID
        self.controller = controller
        self.brokers = brokers
        self.topics = topics
        self.groups = groups
        self.unavailable = unavailable
        self.topicGranularity = topicGranularity
        self.offsetsTopic = offsetsTopic
        self.source = source
    }

    /// A label that the configuration adds to a cluster's series.
    package struct ConstantLabel: Hashable, Sendable {
        package var name: String
        package var value: String

        package init(name: String, value: String) {
            self.name = name
            self.value = value
        }
    }

    /// One broker and whether it answered in this round.
    package struct BrokerStatus: Hashable, Sendable {
        package var broker: ClusterMetadata.Broker
        package var isUp: Bool

        package init(broker: ClusterMetadata.Broker, isUp: Bool) {
            self.broker = broker
            self.isUp = isUp
        }
    }

    /// Something that has no number in this snapshot, counted by scope and reason.
    package struct Unavailable: Hashable, Sendable {
        package var scope: Scope
        package var reason: ClusterError.Reason

        package init(scope: Scope, reason: ClusterError.Reason) {
            self.scope = scope
            self.reason = reason
        }

        /// What a person can do about it, as one sentence.
        package var remedy: String {
            if scope == .configuration, reason == .topicUnauthorized {
                return "Grant DescribeConfigs on the topic to this user."
            }
            if scope == .configuration, reason == .clusterUnauthorized {
                return "Grant DescribeConfigs on the cluster to this user."
            }
            return reason.remedy
        }

        package enum Scope: String, CaseIterable, Hashable, Sendable {
            case broker, group, topic, partition
            /// Settings of a topic or of the brokers; what follows from them is missing, nothing else.
            case configuration
        }
    }
}

/// How well the topic that holds all commits is replicated.
package struct OffsetsTopicReplication: Hashable, Sendable {
    package var partitionCount: Int
    /// Ascending numbers of those with fewer replicas in sync than they have.
    package var underReplicated: [Int32]

    package init(partitionCount: Int, underReplicated: [Int32]) {
        self.partitionCount = partitionCount
        self.underReplicated = underReplicated
    }
}

extension ClusterSnapshot {
    /// How much older the reading of a group's commits is than that of the end offsets; `nil` where both are
    /// of this round.
    package func offsetsAge(of group: GroupSnapshot) -> Duration? {
        group.commitsRead.map { max(.zero, endOffsetsRead.monotonic - $0.monotonic) }
    }
}
