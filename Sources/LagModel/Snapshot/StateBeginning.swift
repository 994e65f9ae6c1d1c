package import ClusterAccess

/// When a group's state began, by the clock that tells it.
///
/// Not how long it lasts: that would be another number in every round of a group to which nothing happens.
package enum StateBeginning: Hashable, Sendable {
    /// By the record of the offsets topic.
    case told(WallTime)
    /// By the round that first saw the state.
    case watched(MonotonicTime)

    package func time(at moment: Moment) -> Duration {
        switch self {
        case .told(let time): max(.zero, moment.wall - time)
        case .watched(let time): moment.monotonic - time
        }
    }
}

extension ClusterSnapshot {
    /// How long a group was in its state when the end offsets were read; `nil` where nobody knows.
    package func timeInState(of group: borrowing GroupSnapshot) -> Duration? {
        group.stateBegan?.time(at: endOffsetsRead)
    }
}
