/// In which order a leader is asked the chunks of a sweep, where its budget leaves some of them out.
///
/// A pure value. What was left out comes first in the next sweep: without that the last chunks of a large
/// cluster would be the ones that are left out in every round. A sweep asks for one thing after the other
/// (log starts, then ends) in one order, so that a chunk gets all or nothing.
struct ChunkTurns: Hashable, Sendable {
    /// The chunk that is asked first.
    private var first = 0
    /// How far behind `first` the first chunk stood that this sweep left out; `nil` if there was none.
    private var leftOut: Int?

    /// Begins a sweep over `count` chunks.
    mutating func begin(_ count: Int) {
        first = count > 0 ? (first + (leftOut ?? 0)) % count : 0
        leftOut = nil
    }

    /// Numbers of `count` chunks as they are to be asked.
    func order(of count: Int) -> [Int] {
        guard count > 0 else { return [] }
        return (0..<count).map { (first + $0) % count }
    }

    /// Takes in which of `count` chunks the budget left out of one question.
    mutating func note(leftOut chunks: Set<Int>, of count: Int) {
        guard let place = order(of: count).firstIndex(where: chunks.contains) else { return }
        leftOut = min(leftOut ?? place, place)
    }
}
