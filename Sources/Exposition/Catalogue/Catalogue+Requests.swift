/// Families about what brokers may be asked, and about groups whose turn did not come.
extension Catalogue {
    /// They follow from a snapshot.
    static let requestPlan: [MetricFamily] = [groupsAsked, requestDebt]

    /// They are of the moment of the scrape.
    static let requestBudget: [MetricFamily] = [requestBudgetRate, requestBudgetInFlight]

    package static let groupsAsked = MetricFamily(
        "lagwarden_groups_asked", .gauge, .count, ["cluster", "temperature"],
        help: """
            Groups whose coordinator was asked for commits in the last round: hot ones (with members, or \
            commits that moved in one of their last three readings; every round) and idle ones \
            (poll.idle_interval). Groups that the offsets topic tells are not asked.
            """)

    package static let requestDebt = MetricFamily(
        "lagwarden_request_debt", .gauge, .count, ["cluster"],
        help: """
            Groups whose turn it was in the last round and that were not asked, since their broker was \
            sent as much as it may be (max_requests_per_second, less while it throttles) or the round's time \
            was over. They come first in the next one.
            """)

    package static let groupOffsetsAge = MetricFamily(
        "kafka_consumer_group_offsets_age_seconds", .gauge, .seconds, ["cluster", "group"],
        help: """
            Time from the reading of the group's commits and members to that of the end offsets, where the \
            coordinator was not asked in the last round: lag is then the newest ends less those commits and \
            errs high by what the group has read since; counters, growth and verdicts are as of that \
            reading. Absent for groups that were read in the last round. Beyond poll.stale_after (for \
            idle groups and poll.idle_interval) the group's numbers are absent, with the reason \
            request_budget.
            """)

    package static let requestBudgetRate = MetricFamily(
        "lagwarden_request_budget_requests_per_second", .gauge, .count, ["cluster", "broker"],
        help: """
            Requests that the broker may be sent in a second now: max_requests_per_second, halved when it \
            throttles and growing back within a minute. Absent until it is asked for the first time.
            """)

    package static let requestBudgetInFlight = MetricFamily(
        "lagwarden_request_budget_in_flight", .gauge, .count, ["cluster", "broker"],
        help: """
            Requests that may wait for an answer of the broker at the same time now: max_in_flight, halved \
            when it throttles or takes half of request_timeout to answer, and growing back within a minute. \
            Absent until it is asked for the first time.
            """)
}
