extension Stage {
    /// Starts a consumer on a thread of its own, which polls, and so keeps its place, until it is closed or
    /// killed.
    package func startMember(_ member: StageMember) async throws(StageError) {
        try await call("startMember", member.json)
    }

    package func memberState(_ name: String) async throws(StageError) -> StageMemberState {
        let answer = try await call("memberState", ["member": .string(name)])
        return StageMemberState(
            assignment: answer["assignment"].elements.map { PartitionOffset($0, offset: 0) },
            positions: answer["positions"].elements.map { PartitionOffset($0) },
            consumed: answer["consumed"].integer ?? -1, generation: answer["generation"].integer ?? -1,
            generations: answer["generations"].elements.compactMap(\.integer),
            failure: answer["failure"].string ?? "")
    }

    /// Waits until these members together hold `partitions` partitions, each of them at least one.
    package func waitForAssignment(
        of names: [String], partitions: Int, within limit: Duration = .seconds(30)
    ) async throws(StageError) {
        let deadline = ContinuousClock.now + limit
        while true {
            var counts: [Int] = []
            for name in names {
                let state = try await memberState(name)
                guard state.failure.isEmpty else {
                    throw StageError(command: "waitForAssignment", detail: "\(name): \(state.failure)")
                }
                counts.append(state.assignment.count)
            }
            if counts.reduce(0, +) == partitions, names.count > partitions || !counts.contains(0) { return }
            guard ContinuousClock.now < deadline else {
                throw StageError(
                    command: "waitForAssignment", detail: "\(names) hold \(counts), not \(partitions)")
            }
            do {
                try await Task.sleep(for: .milliseconds(50))
            } catch {
                throw StageError(command: "waitForAssignment", detail: "cancelled")
            }
        }
    }

    /// Lets a member take exactly `count` records, or fewer when no more come in time; returns how many it
    /// took.
    @discardableResult
    package func pollMember(
        _ name: String, count: Int, within limit: Duration = .seconds(15)
    ) async throws(StageError) -> Int64 {
        let milliseconds = limit.components.seconds * 1000
        let answer = try await call(
            "pollMember",
            [
                "member": .string(name), "count": .integer(Int64(count)),
                "waitMilliseconds": .integer(milliseconds),
            ], within: limit + .seconds(30))
        return answer.integer ?? -1
    }

    /// Commits these offsets as the member, or, without any, where it stands.
    package func commitMember(_ name: String, _ offsets: [PartitionOffset] = []) async throws(StageError) {
        try await call(
            "commitMember", ["member": .string(name), "offsets": .array(offsets.map(\.json))])
    }

    /// Lets a member consume whatever comes; with `commits` after every poll.
    package func followMember(_ name: String, commits: Bool = true) async throws(StageError) {
        try await call("followMember", ["member": .string(name), "commits": .bool(commits)])
    }

    /// Lets a member take no more records; it stays in the group.
    package func pauseMember(_ name: String) async throws(StageError) {
        try await call("pauseMember", ["member": .string(name)])
    }

    /// Ends a member in good order: it leaves the group, unless it is static.
    package func closeMember(_ name: String) async throws(StageError) {
        try await call("closeMember", ["member": .string(name)])
    }

    /// Ends a member without leaving, as a crash does; the coordinator notices at its session time-out.
    package func killMember(_ name: String) async throws(StageError) {
        try await call("killMember", ["member": .string(name)])
    }

    /// Starts a consumer of a share group, which follows its topics; needs Kafka 4.1 or newer.
    package func startShareMember(
        _ name: String, group: String, topics: [String]
    ) async throws(StageError) {
        try await call(
            "startShareMember",
            ["member": .string(name), "group": .string(group), "topics": .strings(topics)])
    }

    package func closeShareMember(_ name: String) async throws(StageError) {
        try await call("closeShareMember", ["member": .string(name)])
    }

    /// Commits for a group without members, as `kafka-consumer-groups --reset-offsets` does.
    package func commitOffsets(_ group: String, _ offsets: [PartitionOffset]) async throws(StageError) {
        try await call(
            "commitOffsets", ["group": .string(group), "offsets": .array(offsets.map(\.json))])
    }

    /// Commits of a group, ascending.
    package func committed(_ group: String) async throws(StageError) -> [PartitionOffset] {
        let rows = try await call("committed", ["group": .string(group)]).elements
        return rows.map { PartitionOffset($0) }.sorted { ($0.topic, $0.partition) < ($1.topic, $1.partition) }
    }

    /// Commits the same offset on partitions 0 to `partitions` of a topic for many groups, at the pace of the
    /// broker; they are named with `prefix` and a number from `first` on.
    package func commitManyGroups(
        _ prefix: String, first: Int = 0, count: Int, topic: String, partitions: Int, offset: Int64,
        within limit: Duration = .seconds(180)
    ) async throws(StageError) {
        try await call(
            "commitManyGroups",
            [
                "prefix": .string(prefix), "first": .integer(Int64(first)), "count": .integer(Int64(count)),
                "topic": .string(topic), "partitions": .integer(Int64(partitions)),
                "offset": .integer(offset),
            ], within: limit)
    }

    package func deleteGroup(_ group: String) async throws(StageError) {
        try await deleteGroups([group])
    }

    package func deleteGroups(_ groups: [String]) async throws(StageError) {
        try await call("deleteGroups", ["groups": .strings(groups)])
    }

    /// Forgets a group's commits on these partitions of a topic.
    package func deleteOffsets(
        _ group: String, _ topic: String, _ partitions: Int32...
    ) async throws(StageError) {
        let rows = partitions.map { PartitionOffset(topic, $0, 0).json }
        try await call("deleteOffsets", ["group": .string(group), "partitions": .array(rows)])
    }

    /// All consumer groups, ascending.
    package func listGroups() async throws(StageError) -> [StageGroupListing] {
        let rows = try await call("listGroups").elements
        return rows.map { row in
            StageGroupListing(
                group: row["group"].string ?? "", state: row["state"].string ?? "",
                type: row["type"].string ?? "", isSimple: row["simple"].bool ?? false)
        }.sorted { $0.group < $1.group }
    }

    /// Types of all groups by name, share and streams groups among them; needs Kafka 4.1 or newer.
    package func listGroupsOfAllTypes() async throws(StageError) -> [String: String] {
        try await call("listGroupsOfAllTypes").members.compactMapValues(\.string)
    }

    package func describeGroup(_ group: String) async throws(StageError) -> StageGroup {
        let answer = try await call("describeGroup", ["group": .string(group)])
        let members = answer["members"].elements.map { row in
            StageGroup.Member(
                memberID: row["memberID"].string ?? "", clientID: row["clientID"].string ?? "",
                host: row["host"].string ?? "", instanceID: row["instanceID"].string,
                assignment: row["assignment"].elements.map { PartitionOffset($0, offset: 0) })
        }
        return StageGroup(
            group: group, state: answer["state"].string ?? "", type: answer["type"].string ?? "",
            assignor: answer["assignor"].string ?? "",
            epoch: answer["epoch"].integer.flatMap { $0 < 0 ? nil : Int32(clamping: $0) },
            coordinator: Int32(clamping: answer["coordinator"].integer ?? -1),
            members: members.sorted { $0.memberID < $1.memberID })
    }

    package func createACL(_ acl: StageACL) async throws(StageError) {
        try await call("createACL", acl.json)
    }

    /// Deletes a rule; returns whether there was one.
    @discardableResult
    package func deleteACL(_ acl: StageACL) async throws(StageError) -> Bool {
        try await call("deleteACL", acl.json).integer ?? 0 > 0
    }

    /// Sets a quota of a client id, such as "request_percentage", or takes it away.
    package func setQuota(
        _ quota: String, of client: String, to limit: Double?
    ) async throws(StageError) {
        var arguments: [String: JSONValue] = ["client": .string(client), "quota": .string(quota)]
        if let limit { arguments["limit"] = .string("\(limit)") }
        try await call("alterQuota", arguments)
    }

    /// Creates or changes a SCRAM user; `mechanism` is "SCRAM-SHA-256" or "SCRAM-SHA-512".
    package func createUser(
        _ name: String, password: String, mechanism: String = "SCRAM-SHA-256"
    ) async throws(StageError) {
        try await call(
            "createUser",
            ["user": .string(name), "password": .string(password), "mechanism": .string(mechanism)])
    }
}

extension PartitionOffset {
    /// A partition alone.
    init(_ row: JSONValue, offset: Int64) {
        self.init(row)
        self.offset = offset
    }
}
