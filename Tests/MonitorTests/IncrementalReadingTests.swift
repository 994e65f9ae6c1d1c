import ClusterAccess
import LagModel
import LagwardenTestKit
import Testing

@testable import Monitor

/// Rounds that keep what has not changed, against rounds that are made from nothing.
@Suite struct IncrementalReadingTests {
    private func settings() -> RoundSettings {
        RoundSettings(
            admitsTopic: { !$0.rawValue.hasPrefix("x") }, wantsStableLag: { $0.rawValue.hasPrefix("a") },
            granularity: { $0.rawValue.hasPrefix("a") ? .partition : .topic }, ledger: .init(cluster: "c"))
    }

    @Test(arguments: 0..<150)
    func aRoundIsWhatARoundFromNothingIs(_ seed: UInt64) {
        var world = RandomGroups(seed: seed)
        let settings = settings()
        let (isHybrid, isSharded) = (seed % 4 != 0, seed % 5 == 0)
        var (registry, planner, assembly) = (
            GroupRegistry(), RoundPlanner(), GroupAssembly(settings: settings)
        )
        var plain = PlainRound()
        var before: [GroupID: GroupFacts] = [:]
        let admits: (GroupID) -> Bool = { !$0.rawValue.hasPrefix("no") }
        for round in 0..<40 {
            world.changeListings()
            world.write()
            let listings = world.listings()
            let entries = registry.reconcile(
                listings: listings, admits: admits, coordinator: world.coordinator)
            plain.registry.reconcile(listings: listings, admits: admits, coordinator: world.coordinator)
            #expect(entries.map(\.id) == plain.registry.entries.keys.sorted(), "round \(round)")
            for entry in entries {
                #expect(entry.presence == plain.registry.entries[entry.id]?.presence)
                #expect(entry.type == plain.registry.entries[entry.id]?.type)
            }
            let (followed, groups) = world.followed(isHybrid: isHybrid)
            let topology = ClusterTopology(
                ClusterMetadata(
                    brokers: [],
                    topics: [
                        .init(
                            name: CoordinatorPartition.topic,
                            partitions: world.leaders.enumerated().map {
                                .init(id: PartitionID(Int32($0.offset)), leader: $0.element)
                            })
                    ]), read: MonotonicTime(sinceOrigin: .zero))
            let plan = planner.plan(
                entries, followed: followed, topology: topology, isSharded: isSharded, registry: &registry)
            let steps = plain.plan(
                status: followed.status, isHybrid: isHybrid, isSharded: isSharded, groups: groups,
                coordinator: world.coordinator)
            #expect(
                plan.steps.map {
                    .init(id: plan.entries[$0.entry].id, isFollowed: $0.group != nil, source: $0.source)
                } == steps, "round \(round)")
            let plainEntries = plain.registry.entries
            var readings: [GroupID: GroupReader.Reading] = [:]
            for entry in plan.asked([]).entries where !world.chance(5) {
                readings[entry.id] = world.reading(of: entry)
            }
            assembly.begin()
            assembly.add(plan, followed: followed, readings: readings, registry: &registry)
            assembly.end()
            plain.assemble(
                steps, groups: groups, readings: readings, entries: plainEntries, settings: settings)
            #expect(assembly.groups.map(\.id) == plain.groups.map(\.id), "round \(round)")
            for (one, two) in zip(assembly.groups, plain.groups) {
                #expect(one.says(two), "round \(round): \(one) is not \(two)")
            }
            #expect(assembly.topicsInUse == plain.topicsInUse)
            #expect(assembly.stableTopics == plain.stableTopics)
            #expect(assembly.commitFailures == plain.commitFailures)
            #expect(assembly.news.round == Int64(round) + 1)
            checkNews(assembly, before)
            checkStorage(assembly.groups, &before)
        }
    }

    /// A group that is not said to have news is what it was, and where it was.
    private func checkNews(_ assembly: GroupAssembly, _ before: [GroupID: GroupFacts]) {
        let areSame = assembly.groups.map(\.id) == before.keys.sorted()
        #expect((assembly.news.groups != nil) == areSame)
        guard let places = assembly.news.groups.map(Set.init) else { return }
        for (place, group) in assembly.groups.enumerated() where !places.contains(Int32(place)) {
            #expect(group == before[group.id])
        }
    }

    /// Columns that are equal from one round to the next are one array.
    private func checkStorage(_ groups: [GroupFacts], _ before: inout [GroupID: GroupFacts]) {
        func address<Element>(_ array: [Element]) -> UInt {
            array.withUnsafeBufferPointer { UInt(bitPattern: $0.baseAddress) }
        }
        for group in groups {
            guard let old = before[group.id], case .read(let then) = old.commits,
                case .read(let now) = group.commits
            else { continue }
            for (one, two) in zip(then.topics, now.topics) where one.name == two.name {
                if one.offsets == two.offsets { #expect(address(one.offsets) == address(two.offsets)) }
                if one.partitions == two.partitions {
                    #expect(address(one.partitions) == address(two.partitions))
                }
            }
            if let members = group.members, !members.isEmpty, members == old.members {
                #expect(address(members) == address(old.members ?? []))
            }
        }
        before = Dictionary(uniqueKeysWithValues: groups.map { ($0.id, $0) })
    }
}
