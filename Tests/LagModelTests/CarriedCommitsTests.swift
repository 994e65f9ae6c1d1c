import ClusterAccess
import LagModel
import Testing

/// Rounds in which a group's coordinator is not asked: what stands, and what the next reading makes of it.
@Suite("Commits of an earlier round")
struct CarriedCommitsTests {
    typealias Log = RoundScript.Log
    typealias Group = RoundScript.Group

    private static func carried(_ commits: [Int32: Int64], state: GroupState? = .stable) -> Group {
        Group(commits: commits, state: state, isCarried: true)
    }

    @Test("lag is the newest end less the old commit; a move between two readings counts once")
    func lagAndConsumption() throws {
        var script = RoundScript()
        _ = script.round(Log(start: [0], end: [100]), Group(commits: [0: 40]))
        let before = try #require(
            script.round(Log(start: [0], end: [100]), Group(commits: [0: 50])).onlyGroup)
        var carried: GroupSnapshot?
        for end in [110, 130, 160] {
            carried = script.round(Log(start: [0], end: [Int64(end)]), Self.carried([0: 50])).onlyGroup
        }
        #expect(carried?.totals?.lag == 110 && carried?.commitsRead != nil)
        #expect(carried?.topics[0].counters.consumed == 10)
        #expect(carried?.topics[0].lastCommit == before.topics[0].lastCommit)
        #expect(carried?.lagGrowth == before.lagGrowth, "growth is as of the reading")
        let after = try #require(
            script.round(Log(start: [0], end: [160]), Group(commits: [0: 155])).onlyGroup)
        #expect(after.topics[0].counters.consumed == 115 && after.commitsRead == nil)
        #expect(after.totals?.lag == 5)
    }

    @Test("records that are deleted before the old commit are no loss until the commit was read again")
    func loss() {
        var script = RoundScript()
        _ = script.round(Log(start: [0], end: [100]), Group(commits: [0: 40]))
        let carried = script.round(Log(start: [70], end: [100]), Self.carried([0: 40]))
        #expect(carried.onlyCounters?.lost == 0)
        // It had read on before they were deleted.
        let after = script.round(Log(start: [70], end: [100]), Group(commits: [0: 90]))
        #expect(after.onlyCounters?.consumed == 20, "what is not there any more cannot be told from lost")
        #expect(after.onlyCounters?.lost == 30)
        var standing = RoundScript()
        _ = standing.round(Log(start: [0], end: [100]), Group(commits: [0: 40]))
        _ = standing.round(Log(start: [60], end: [100]), Self.carried([0: 40]))
        _ = standing.round(Log(start: [70], end: [100]), Self.carried([0: 40]))
        #expect(
            standing.round(Log(start: [70], end: [100]), Group(commits: [0: 40])).onlyCounters?.lost == 30)
    }

    @Test("a topic that was made anew between two readings makes no reset of what follows")
    func recreated() {
        var script = RoundScript()
        _ = script.round(Log(start: [0], end: [5_000]), Group(commits: [0: 5_000]))
        _ = script.round(Log(start: [0], end: [3]), Self.carried([0: 5_000]))
        _ = script.round(Log(start: [0], end: [5]), Self.carried([0: 5_000]))
        _ = script.round(Log(start: [0], end: [5]), Self.carried([0: 5_000]))
        let after = script.round(Log(start: [0], end: [9]), Group(commits: [0: 7]))
        #expect(after.onlyCounters?.resetsBackward == 0 && after.onlyCounters?.consumed == 0)
        let later = script.round(Log(start: [0], end: [9]), Group(commits: [0: 9]))
        #expect(later.onlyCounters?.consumed == 2)
    }

    @Test("a commit is ahead of the end when two readings found it there, not one reading and a round")
    func ahead() {
        var script = RoundScript()
        let log = Log(start: [0], end: [10])
        #expect(script.round(log, Group(commits: [0: 20])).onlyGroup?.topics[0].ahead == [])
        #expect(script.round(log, Self.carried([0: 20])).onlyGroup?.topics[0].ahead == [])
        #expect(script.round(log, Self.carried([0: 20])).onlyGroup?.topics[0].ahead == [])
        #expect(script.round(log, Group(commits: [0: 20])).onlyGroup?.topics[0].ahead == [0])
        #expect(script.round(log, Self.carried([0: 20])).onlyGroup?.topics[0].ahead == [0])
        let grown = Log(start: [0], end: [30])
        #expect(script.round(grown, Self.carried([0: 20])).onlyGroup?.topics[0].ahead == [])
    }

    @Test("a forward move without members is a reset only if no round between the readings saw members")
    func movedByTool() {
        let log = Log(start: [0], end: [100])
        var empty = RoundScript()
        _ = empty.round(log, Group(commits: [0: 10], state: .empty))
        for _ in 0..<3 { _ = empty.round(log, Self.carried([0: 10], state: .empty)) }
        let moved = empty.round(log, Group(commits: [0: 60], state: .empty)).onlyCounters
        #expect(moved?.resetsForward == 1 && moved?.skippedRecords == 50 && moved?.consumed == 0)
        var visited = RoundScript()
        _ = visited.round(log, Group(commits: [0: 10], state: .empty))
        _ = visited.round(log, Self.carried([0: 10], state: .empty))
        _ = visited.round(log, Self.carried([0: 10], state: .stable))
        _ = visited.round(log, Self.carried([0: 10], state: .empty))
        let read = visited.round(log, Group(commits: [0: 60], state: .empty)).onlyCounters
        #expect(read?.resetsForward == 0 && read?.consumed == 50)
    }

    @Test("an end that is unknown for a round makes the lag unknown and is made good by the next reading")
    func unknownEnd() {
        var script = RoundScript()
        _ = script.round(Log(start: [0], end: [100]), Group(commits: [0: 40]))
        let blind = script.round(Log(start: [nil], end: [nil]), Self.carried([0: 40])).onlyGroup
        #expect(blind?.totals?.lag == nil && blind?.totals?.unknownPartitions == 1)
        _ = script.round(Log(start: [0], end: [100]), Self.carried([0: 40]))
        #expect(
            script.round(Log(start: [0], end: [100]), Group(commits: [0: 90])).onlyCounters?.consumed == 50)
    }
}
