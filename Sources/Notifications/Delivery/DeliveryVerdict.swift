/// What follows from how an attempt ended.
enum DeliveryVerdict: Hashable, Sendable {
    case delivered
    /// Worth another attempt, not before the time that the server asked for.
    case failed(String, retryAfter: Duration?)
    /// The same request would be refused again.
    case refused(String)

    init(_ outcome: HTTPOutcome) {
        switch outcome {
        case .failed(let failure): self = .failed(failure.description, retryAfter: nil)
        case .answered(let answer): self.init(answer)
        }
    }

    /// 408 and 429 ask for another attempt; other answers below 500 would be the same the next time.
    private init(_ answer: HTTPAnswer) {
        let sentence = "the server answered \(answer.status)"
        switch answer.status {
        case 200..<300: self = .delivered
        case 300..<400: self = .refused("\(sentence), and redirects are not followed")
        case 408, 429: self = .failed(sentence, retryAfter: answer.retryAfter)
        case 400..<500: self = .refused(sentence)
        default: self = .failed(sentence, retryAfter: answer.retryAfter)
        }
    }
}

/// How long to wait before the next attempt: twice as long each time up to a limit, moved at random.
struct BackOff: Hashable, Sendable {
    var first = Duration.seconds(1)
    var most = Duration.seconds(60)
    /// What a server may ask for at most.
    var retryAfterMost = Duration.seconds(300)

    /// The pause after `failures` attempts in a row, from 1; `random` lies in 0...1.
    ///
    /// The pause is at least half of the full one, so that a server that comes back is not met by everybody
    /// at once. A server's own wish is a lower bound.
    func pause(after failures: Int, retryAfter: Duration?, random: Double) -> Duration {
        let doublings = min(max(failures - 1, 0), 20)
        let full = min(first * (1 << doublings), most)
        let moved = full * (0.5 + 0.5 * min(max(random, 0), 1))
        return max(moved, min(retryAfter ?? .zero, retryAfterMost))
    }
}
