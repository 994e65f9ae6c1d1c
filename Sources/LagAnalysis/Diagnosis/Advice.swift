import LagModel

/// What may help, with what it costs; settings that the group's kind ignores are not named.
///
/// Members of a KIP-848 group (`group.protocol=consumer`) take time-outs and the assignor from their brokers
/// and ignore `session.timeout.ms`, `heartbeat.interval.ms` and `partition.assignment.strategy`.
enum Advice {
    typealias Suggestion = Finding.Suggestion

    private static let cooperative = "org.apache.kafka.clients.consumer.CooperativeStickyAssignor"

    /// The group reads too slowly.
    static func throughput(_ context: GroupContext) -> [Suggestion] {
        var advice: [Suggestion] = []
        let members = context.group.members?.members.count
        if let members, members > 0, let partitions = context.group.totals?.partitions {
            let isWidest = members >= partitions
            advice.append(
                Suggestion(
                    nil, .act,
                    isWidest
                        ? "Add partitions to the topics, then members: every partition has its reader "
                            + "already; "
                            + "records of one key may then move to another partition."
                        : "Add members, up to one for each of the \(partitions) partitions: each join is a "
                            + "rebalance."))
        }
        return advice + larger
    }

    private static let larger = [
        Suggestion(
            "max.poll.records", .raise,
            "Larger batches cost less for each record; all of a batch must be processed within "
                + "max.poll.interval.ms, and more is read again after a crash."),
        Suggestion(
            "fetch.min.bytes", .raise,
            "Fewer and fuller fetches where many small ones limit the pace; records wait up to "
                + "fetch.max.wait.ms for others on a quiet topic."),
        Suggestion(
            "max.partition.fetch.bytes", .raise,
            "More of a backlog with each fetch; takes that much memory for each partition of a member."),
    ]

    static let hotPartition = [
        Suggestion(
            nil, .act,
            "Spread the keys of the producers: one key or none decides the partition, and more members do "
                + "not "
                + "help, since one partition has one reader. Another key gives up the order of its records."),
        Suggestion(
            "max.partition.fetch.bytes", .raise,
            "The one reader gets more of this partition at a time; takes that much memory for each of its "
                + "partitions."),
    ]

    /// A reader stands still.
    static func standing(_ context: GroupContext) -> [Suggestion] {
        var advice = [
            Suggestion(
                nil, .act,
                "Look at the member's log: a record that fails again and again must be skipped or set aside, "
                    + "else nothing behind it is read.")
        ]
        guard !context.isUnmanaged else { return advice }
        advice.append(
            Suggestion(
                "max.poll.interval.ms", .lower,
                "A member that hangs in processing loses its partitions to another sooner; one that is only "
                    + "slow loses them too."))
        return advice
    }

    static func rebalances(_ context: GroupContext) -> [Suggestion] {
        let processing = [
            Suggestion(
                "max.poll.records", .lower,
                "Smaller batches are done within max.poll.interval.ms, so that slow members are not thrown "
                    + "out; "
                    + "each record costs a little more."),
            Suggestion(
                "max.poll.interval.ms", .raise,
                "Slow members are not thrown out; one that hangs is noticed that much later."),
            Suggestion(
                "group.instance.id", .set,
                "A member that restarts within its session keeps its partitions without a rebalance; one "
                    + "that "
                    + "does not come back is missed for a whole session."),
        ]
        if context.isBrokerDriven {
            return processing + [
                Suggestion(
                    "group.consumer.session.timeout.ms", .raise,
                    "On the brokers (consumer.session.timeout.ms for one group): short pauses no longer "
                        + "throw "
                        + "members out; dead ones are noticed that much later.")
            ]
        }
        return [
            Suggestion(
                "session.timeout.ms", .raise,
                "Short pauses of a member or its network no longer throw it out; a dead one is noticed that "
                    + "much later."),
            Suggestion(
                "heartbeat.interval.ms", .lower,
                "Keep it at a third of session.timeout.ms or less, so that one lost heartbeat does not "
                    + "count; "
                    + "more requests to the coordinator."),
        ] + processing + [
            Suggestion(
                "partition.assignment.strategy", .set,
                "With \(cooperative) members read on while others join; needs two rolling restarts, and each "
                    + "rebalance takes two steps.")
        ]
    }

    static func endlessRebalance(_ context: GroupContext) -> [Suggestion] {
        var advice = [
            Suggestion(
                nil, .act,
                "Restart the member that does not answer: all others wait until it rejoins or is thrown "
                    + "out."),
            Suggestion(
                "max.poll.interval.ms", .lower,
                "The rebalance waits so long for a member that is processing; slow ones are then thrown "
                    + "out."),
            Suggestion(
                "max.poll.records", .lower,
                "Members come back to poll sooner, which is when they take part; each record costs a little "
                    + "more."),
        ]
        if context.isBrokerDriven {
            advice.append(
                Suggestion(
                    "group.consumer.session.timeout.ms", .lower,
                    "On the brokers: dead members are given up sooner; short pauses throw members out."))
        } else {
            advice.append(
                Suggestion(
                    "session.timeout.ms", .lower,
                    "Dead members are given up sooner; short pauses throw members out."))
        }
        return advice
    }

    static let noMembers = [
        Suggestion(nil, .act, "Start the consumers, or delete the group if nobody needs it any more."),
        Suggestion(
            "offsets.retention.minutes", .check,
            "The brokers forget the commits of a group without members after this time; then "
                + "auto.offset.reset "
                + "decides where it begins."),
    ]

    static func idleMembers(isTooMany: Bool) -> [Suggestion] {
        isTooMany
            ? [
                Suggestion(
                    nil, .act,
                    "Stop the members that own nothing, keep them as a reserve, or add partitions; records "
                        + "of "
                        + "one key may then move to another partition.")
            ]
            : [
                Suggestion(
                    nil, .act,
                    "Let all members subscribe to the same topics: there are partitions enough, and some "
                        + "members "
                        + "do not ask for them.")
            ]
    }

    static func unevenAssignment(_ context: GroupContext) -> [Suggestion] {
        if context.isBrokerDriven {
            return [
                Suggestion(
                    "group.remote.assignor", .set,
                    "uniform spreads all partitions evenly; range keeps the same numbers of several topics "
                        + "together, which joins rely on.")
            ]
        }
        return [
            Suggestion(
                "partition.assignment.strategy", .set,
                "With \(cooperative) partitions of all topics are spread together; the range assignor "
                    + "gives the "
                    + "first members one more of each topic, but keeps equal numbers together.")
        ]
    }

    static let rareCommits = [
        Suggestion(
            "auto.commit.interval.ms", .lower,
            "Less is read again after a crash, and lag is shown as it is; more requests to the coordinator."),
        Suggestion(
            "enable.auto.commit", .check,
            "Where it is false the program commits: let it do so after each batch, at the same price."),
        Suggestion(
            "max.poll.records", .lower,
            "Smaller batches are done, and committed, sooner; each record costs a little more."),
    ]

    static let offsetsExpiring = [
        Suggestion(
            nil, .act,
            "Start the consumers, or delete the group's offsets on the topic if nobody needs "
                + "them."),
        Suggestion(
            "offsets.retention.minutes", .raise,
            "On the brokers: commits outlive longer pauses; those of groups that are gone stay longer too."),
    ]

    /// Records go before they are read.
    static func loss(_ context: GroupContext, _ topic: GroupTopicSnapshot) -> [Suggestion] {
        let retention = topic.topicIndex.flatMap { index in
            context.cluster.topics.indices.contains(index) ? context.cluster.topics[index].retention : nil
        }
        var advice: [Suggestion] = []
        if retention == nil || retention?.time != nil {
            advice.append(
                Suggestion(
                    "retention.ms", .raise,
                    "On the topic, at once: unread records live longer and take that much more disk."))
        }
        if retention == nil || retention?.bytes != nil {
            advice.append(
                Suggestion(
                    "retention.bytes", .raise,
                    "On the topic, for each partition: unread records live longer and take that much more "
                        + "disk."))
        }
        return advice + throughput(context).prefix(2)
    }

    static let commitAhead = [
        Suggestion(
            nil, .act,
            "Stop the group and set its offsets anew (kafka-consumer-groups --reset-offsets); to the "
                + "earliest "
                + "reads records twice, to the latest skips some."),
        Suggestion(
            "auto.offset.reset", .check,
            "Decides where a running member goes on when its offset does not exist: earliest reads again, "
                + "latest "
                + "skips."),
    ]

    static let coordinatorUnavailable = [
        Suggestion(
            nil, .act,
            "Look at the broker and at the leader of the group's partition of __consumer_offsets; members "
                + "can "
                + "neither commit nor join until it is back.")
    ]

    static let underReplicated = [
        Suggestion(
            nil, .act,
            "Bring the broker back: below min.insync.replicas in-sync replicas nobody in this group can "
                + "commit."),
        Suggestion(
            "offsets.topic.replication.factor", .check,
            "Counts only when the topic is made; later kafka-reassign-partitions adds replicas, at the "
                + "price of "
                + "copying the partitions once."),
    ]

    static let topicMissing = [
        Suggestion(
            nil, .act,
            "Grant Describe on the topic to the exporter's user, or delete the group's offsets on it if the "
                + "topic is gone for good.")
    ]
}
