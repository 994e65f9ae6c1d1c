import Locking

/// Lets one reader sleep until there is news, and others wait until it sleeps.
///
/// Safe from any task.
package final class NewsBell: Sendable {
    private struct State {
        var isClosed = false
        /// It rang while nobody slept.
        var hasRung = false
        var sleeper: CheckedContinuation<Void, Never>?
        var idleWatchers: [CheckedContinuation<Void, Never>] = []
    }

    private let state = Mutex(State())

    package init() {}

    package var isClosed: Bool { state.withLock { $0.isClosed } }

    /// Sleeps until it rings, at once if it rang since the last sleep; also ended by ``close()`` and when the
    /// task is cancelled.
    package func wait() async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let (isReady, watchers) = state.withLock {
                    state -> (Bool, [CheckedContinuation<Void, Never>]) in
                    if state.hasRung || state.isClosed || Task.isCancelled {
                        state.hasRung = false
                        return (true, [])
                    }
                    state.sleeper = continuation
                    defer { state.idleWatchers = [] }
                    return (false, state.idleWatchers)
                }
                for watcher in watchers { watcher.resume() }
                if isReady { continuation.resume() }
            }
        } onCancel: {
            ring()
        }
    }

    /// Wakes the sleeper, or whoever sleeps next.
    package func ring() {
        let sleeper = state.withLock { state -> CheckedContinuation<Void, Never>? in
            defer { state.sleeper = nil }
            if state.sleeper == nil { state.hasRung = true }
            return state.sleeper
        }
        sleeper?.resume()
    }

    /// Waits until the reader sleeps: it has taken everything and asks for more.
    package func waitUntilIdle() async {
        await withCheckedContinuation { continuation in
            let isIdle = state.withLock { state -> Bool in
                if state.isClosed || (state.sleeper != nil && !state.hasRung) { return true }
                state.idleWatchers.append(continuation)
                return false
            }
            if isIdle { continuation.resume() }
        }
    }

    /// Ends every wait, now and later.
    package func close() {
        let watchers = state.withLock { state -> [CheckedContinuation<Void, Never>] in
            state.isClosed = true
            defer { state.idleWatchers = [] }
            return state.idleWatchers
        }
        for watcher in watchers { watcher.resume() }
        ring()
    }
}
