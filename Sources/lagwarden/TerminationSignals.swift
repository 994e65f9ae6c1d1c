import Dispatch
import Foundation

/// TERM and INT as a request to stop in order; the second one ends the process at once.
enum TerminationSignals {
    /// Runs `body` and cancels it at the first signal; returns when it has ended.
    ///
    /// `limit` bounds the time from the signal to the end of the process, whatever still hangs.
    static func cancelling(limit: Duration, _ body: @escaping @Sendable () async -> Void) async {
        let (signals, continuation) = AsyncStream.makeStream(of: Int32.self)
        let sources = [SIGTERM, SIGINT].map { number in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler { continuation.yield(number) }
            source.resume()
            return source
        }
        let task = Task {
            await body()
            continuation.finish()
        }
        var received = 0
        for await number in signals {
            received += 1
            guard received == 1 else { exit(128 + number) }
            task.cancel()
            endAtTheLatest(after: limit)
        }
        await task.value
        for source in sources { source.cancel() }
    }

    /// A client library call that cannot be interrupted must not keep the process alive.
    private static func endAtTheLatest(after limit: Duration) {
        DispatchQueue.global().asyncAfter(deadline: .now() + .milliseconds(milliseconds(of: limit))) {
            StandardStreams.writeError("lagwarden: stopping took too long, ending now")
            exit(0)
        }
    }

    private static func milliseconds(of duration: Duration) -> Int {
        let (seconds, attoseconds) = duration.components
        return Int(clamping: seconds * 1000 + attoseconds / 1_000_000_000_000_000)
    }
}
