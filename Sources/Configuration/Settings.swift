package import ClusterAccess
package import StructuredLog

/// Everything that can be configured; the values that stand here are the defaults.
///
/// What each key means, its range and an example stand in `deploy/lagwarden.reference.yaml`, which a test
/// holds together with this file.
package struct Settings: Hashable, Sendable {
    package var clusters: [ClusterSettings] = []
    package var source = CommitSource.hybrid
    package var offsetsTopic = OffsetsTopicSettings()
    package var sharding = ShardingSettings()
    package var poll = PollSettings()
    package var lagSeconds = LagSecondsSettings()
    package var evaluation = EvaluationSettings()
    package var diagnosis = DiagnosisSettings()
    package var groups = NameFilter()
    package var topics = TopicSettings()
    package var granularity = GranularityRules()
    package var notifications = NotificationSettings()
    package var limits = LimitsSettings()
    package var web = WebSettings()
    package var log = LogSettings()

    package init() {}
}

/// One Kafka cluster and how it is talked to.
package struct ClusterSettings: Hashable, Sendable {
    /// Value of the `cluster` label.
    package var name = "default"
    /// `HOST:PORT` of brokers to begin with; required.
    package var brokers: [String] = []
    package var clientID = "lagwarden"
    /// The name our handles carry; it is never joined and nothing is committed under it.
    package var groupID = "lagwarden"
    /// Deadline of one request.
    package var requestTimeout = Duration.seconds(10)
    /// Requests that wait for an answer of one broker at the same time.
    package var maxInFlight = 32
    /// Requests that one broker is sent in a second.
    package var maxRequestsPerSecond = 1_000
    /// Partitions asked for in one ListOffsets request.
    package var offsetsChunk = 500
    /// librdkafka properties given in the file; secret by their names.
    package var properties: [String: Secret] = [:]
    /// Paths of the files that hold the values of properties.
    package var propertiesFiles: [String: String] = [:]
    /// Names of the environment variables that hold the values of properties.
    package var propertiesEnvironment: [String: String] = [:]
    /// Added after the standard labels to every series of this cluster.
    package var labels: [String: String] = [:]
    /// `properties` and what the files and variables hold: what the client is to be made with.
    package var clientProperties: [String: Secret] = [:]

    package init() {}
}

/// How `__consumer_offsets` is read and checked; without meaning where the source is `admin`.
package struct OffsetsTopicSettings: Hashable, Sendable {
    /// Every group's commits are compared with its coordinator's once in this time.
    package var reconcileInterval = Duration.seconds(300)
    /// Most requests of these comparisons that one broker is sent in one round.
    package var reconcileRequestsMax = 10
    /// How often a topic that could not be read is tried again.
    package var retryInterval = Duration.seconds(30)

    package init() {}
}

/// How several replicas share the partitions of `__consumer_offsets`, and with them the groups.
package struct ShardingSettings: Hashable, Sendable {
    package var isEnabled = false
    /// The consumer group that the replicas are members of; the same on all.
    package var group = "lagwarden-shards"
    /// `group.instance.id` of this replica, different on each; empty for a member without one.
    package var instanceID = ""
    /// A replica that is silent for this long loses its partitions to the others.
    package var sessionTimeout = Duration.seconds(10)

    package init() {}
}

/// The rhythm of rounds and what they ask.
package struct PollSettings: Hashable, Sendable {
    /// From the beginning of one round to the beginning of the next.
    package var interval = Duration.seconds(10)
    /// Part of the interval by which a round may begin earlier or later.
    package var jitter = 0.1
    /// A snapshot older than this is withheld; three intervals unless given.
    package var staleAfter = Duration.seconds(30)
    /// A group without members whose commits stand still is asked once in this time; six intervals unless
    /// given.
    package var idleInterval = Duration.seconds(60)
    /// How often all topics and their configurations are read again.
    package var metadataInterval = Duration.seconds(60)
    /// Whether DescribeGroups is asked each round.
    package var members = true
    /// Groups whose stable lag is wanted.
    package var lastStableOffset: [NamePattern] = []
    /// Time over which the growth of lag is taken.
    package var growthWindow = Duration.seconds(300)

    package init() {}
}

/// How lag in seconds is found.
package struct LagSecondsSettings: Hashable, Sendable {
    package var isEnabled = true
    /// Bounds closer together than this are not refined.
    package var tolerance = Duration.seconds(1)
    /// The same in parts of the age, where that is more.
    package var toleranceRatio = 0.02
    /// Most look-ups by time that one broker is sent in one round; ten times as many in the first.
    package var requestsMax = 30
    package var sampling = LagSampling.none
    /// Most records that are read in one round.
    package var samplesMax = 1_000

    package init() {}
}

/// Whether records themselves are read to learn their age; raw values are what `sampling` takes.
package enum LagSampling: String, CaseIterable, Hashable, Sendable {
    case none, records
}

/// Which topics are looked at.
package struct TopicSettings: Hashable, Sendable {
    package var filter = NameFilter()
    /// Export topics that no group commits to as well.
    package var all = false

    package init() {}
}

/// The HTTP server.
package struct WebSettings: Hashable, Sendable {
    package var listenAddress = ListenAddress(host: nil, port: 9876)
    package var maxConnections = 128
    /// A connection that is silent for this long is closed.
    package var requestTimeout = Duration.seconds(10)

    package init() {}
}

/// Log lines on standard error.
package struct LogSettings: Hashable, Sendable {
    package var level = LogLevel.info
    package var format = LogFormat.logfmt

    package init() {}
}
