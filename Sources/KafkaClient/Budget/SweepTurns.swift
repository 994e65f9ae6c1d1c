import ClusterAccess
import Locking

/// One question of a round's sweep over the logs.
struct SweepStep: Hashable, Sendable {
    /// Partitions that are asked together.
    enum Share: Hashable, Sendable { case all, stable }

    var share: Share
    /// Whether the sweep over the share begins with it.
    var isFirst: Bool

    /// A round asks for log starts, then for ends, then for stable ends of a share of its own.
    init(_ kind: LogOffsetKind) {
        share = kind == .lastStable ? .stable : .all
        isFirst = kind != .highWatermark
    }
}

/// The turns of all leaders' chunks; safe from any thread.
final class SweepTurns: Sendable {
    private struct Key: Hashable {
        var leader: BrokerID
        var share: SweepStep.Share
    }

    private let turns = Mutex<[Key: ChunkTurns]>([:])

    /// Numbers of `count` chunks as they are to be asked.
    func order(of count: Int, _ step: SweepStep, _ leader: BrokerID) -> [Int] {
        turns.withLock { turns in
            let key = Key(leader: leader, share: step.share)
            if step.isFirst { turns[key, default: ChunkTurns()].begin(count) }
            return turns[key, default: ChunkTurns()].order(of: count)
        }
    }

    /// Takes in which of `count` chunks the budget left out.
    func note(leftOut chunks: Set<Int>, of count: Int, _ step: SweepStep, _ leader: BrokerID) {
        turns.withLock {
            $0[Key(leader: leader, share: step.share)]?.note(leftOut: chunks, of: count)
        }
    }
}
