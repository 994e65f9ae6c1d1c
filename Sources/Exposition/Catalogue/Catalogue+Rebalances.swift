/// Families about rebalances, commits and single members, most of which only the offsets topic can tell.
extension Catalogue {
    /// How often, why and for how long a group rebalanced.
    static let rebalances: [MetricFamily] = [
        groupRebalances, groupRebalanceCauses, groupRebalanceDuration, groupGeneration, groupRebalancing,
    ]

    /// Commits as such, apart from where they point to.
    static let commits: [MetricFamily] = [
        groupCommits, groupLastCommit, groupCommitAge, groupCommitMetadata, groupCommitsRemoved,
    ]

    static let members: [MetricFamily] = [
        memberSessionTimeout, memberRebalanceTimeout, memberPartitions, memberRebalancing,
    ]

    private static let ofGroup = ["cluster", "group"]
    private static let ofTopic = ["cluster", "group", "topic"]
    private static let ofMember = ["cluster", "group", "client_id", "member"]

    package static let groupRebalances = MetricFamily(
        "kafka_consumer_group_rebalances_total", .counter, .count, ofGroup + ["source"], level: .summary,
        help: """
            Rebalances of the group. With source offsets the count is exact: steps of the generation \
            (classic groups) or epoch (KIP-848) in records of the offsets topic, without those that were \
            history when reading began. With source observed it is a lower bound: rounds see states and \
            members only from time to time, and several rebalances between two rounds count once. A group \
            has one of the two sources at a time.
            """)

    package static let groupRebalanceCauses = MetricFamily(
        "kafka_consumer_group_rebalance_causes_total", .counter, .count, ofGroup + ["cause"],
        help: """
            The exact rebalances by cause, as far as records of the offsets topic tell: the causes together \
            are kafka_consumer_group_rebalances_total, but for static_member_returned (a member came back \
            under its group.instance.id within its session), which is no rebalance. member_left includes \
            sessions that ended, as records do not tell these apart for members without group.instance.id. \
            Absent where the offsets topic is not read for the group.
            """)

    package static let groupRebalanceDuration = MetricFamily(
        "kafka_consumer_group_rebalance_duration_seconds", .histogram, .seconds, ofGroup,
        help: """
            Durations of finished rebalances that the offsets topic told of, each a lower bound. Classic \
            groups: from the first round that saw the rebalance going on, or from the end of its join phase \
            where no round did, to the record of the generation, hence short by at most one round and the \
            join phase before it. KIP-848 groups: from the record of the epoch until the last member \
            reached it. Steps that left no record of their own are counted as rebalances and have no \
            duration. Absent where the offsets topic is not read for the group.
            """)

    package static let groupGeneration = MetricFamily(
        "kafka_consumer_group_generation", .gauge, .count, ofGroup,
        help: """
            Generation id of a classic group or epoch of a KIP-848 group, from the newest record of the \
            offsets topic. Absent where that is not read for the group, and for groups of commits only.
            """)

    package static let groupRebalancing = MetricFamily(
        "kafka_consumer_group_rebalancing", .gauge, .boolean, ofGroup,
        help: """
            Whether members of the group are on their way from one assignment to the next: by the state \
            that the coordinator told in the last round, or by records of the offsets topic (a KIP-848 \
            member whose target is not what it owns). Absent while neither is known.
            """)

    package static let groupCommits = MetricFamily(
        "kafka_consumer_group_commits_total", .counter, .count, ofTopic, level: .topic,
        help: """
            Commits of offsets of single partitions, one for each record of the offsets topic since reading \
            caught up with it; aborted transactions do not count. Absent where the topic is not read for \
            the group.
            """)

    package static let groupLastCommit = MetricFamily(
        "kafka_consumer_group_last_commit_timestamp_seconds", .gauge, .seconds, ofTopic, level: .topic,
        help: """
            When the group last committed on the topic, in seconds since 1970. Where the offsets topic is \
            read for the group: the time of the commit by its coordinator's clock, history included. \
            Otherwise: the time of the round that last saw a commit change, late by a round at most and \
            blind to commits of the same offset; then absent until a change was seen.
            """)

    package static let groupCommitAge = MetricFamily(
        "kafka_consumer_group_commit_age_seconds", .gauge, .seconds, ofTopic, level: .topic,
        help: """
            Time from that last commit to the reading of the end offsets of this snapshot, never negative; \
            where the offsets topic is read, two clocks are compared. Absent where the last commit is not \
            known.
            """)

    package static let groupCommitMetadata = MetricFamily(
        "kafka_consumer_group_commit_metadata_bytes", .gauge, .bytes, ofTopic, level: .topic,
        help: """
            Size of the metadata texts that are stored with the group's present commits on the topic, \
            summed over its partitions. Absent where the offsets topic is not read for the group.
            """)

    package static let groupCommitsRemoved = MetricFamily(
        "kafka_consumer_group_commits_removed_total", .counter, .count, ofTopic, level: .topic,
        help: """
            Commits of single partitions that expired or were deleted, from records of the offsets topic \
            since reading caught up with it. Absent where the topic is not read for the group.
            """)

    package static let memberSessionTimeout = MetricFamily(
        "kafka_consumer_group_member_session_timeout_seconds", .gauge, .seconds, ofMember, level: .partition,
        help: """
            Time without a heartbeat after which the member is thrown out, from its record in the offsets \
            topic. The label member is group.instance.id, or the member id where there is none. Absent \
            where the record does not tell (KIP-848) or the offsets topic is not read for the group.
            """)

    package static let memberRebalanceTimeout = MetricFamily(
        "kafka_consumer_group_member_rebalance_timeout_seconds", .gauge, .seconds, ofMember,
        level: .partition,
        help: """
            Time that the member may take to rejoin or to give partitions back (max.poll.interval.ms of a \
            consumer), from its record in the offsets topic. Absent where that is not read for the group.
            """)

    package static let memberPartitions = MetricFamily(
        "kafka_consumer_group_member_partitions", .gauge, .partitions, ofMember + ["assignment"],
        level: .partition,
        help: """
            Partitions of the member: current is what it owns, target (KIP-848 groups) what it is to own \
            when reconciled. Absent while the members or the target are unknown.
            """)

    package static let memberRebalancing = MetricFamily(
        "kafka_consumer_group_member_rebalancing", .gauge, .boolean, ofMember, level: .partition,
        help: """
            Whether what a member of a KIP-848 group owns is not yet its target. Absent for members of \
            classic groups and where the target is unknown.
            """)
}
