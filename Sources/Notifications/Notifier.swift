package import ClusterAccess
import Dispatch
import Foundation
package import Incidents
import Locking
package import StructuredLog

/// Turns what rounds say into notices and sees that every sink is told, once, in order, over restarts.
///
/// Rounds only leave their conditions here, which takes no longer than judging them. One thread keeps the
/// state file and hands notices to the sinks after they are safe in it; each sink has a thread of its own.
package final class Notifier: Sendable {
    package struct Settings: Sendable {
        package var incidents: IncidentEngine.Settings
        package var sinks: [SinkSettings]
        /// Empty: open incidents are forgotten at the end of the process.
        package var stateFile = ""
        /// Where people find this exporter.
        package var externalURL = ""

        package init(incidents: IncidentEngine.Settings, sinks: [SinkSettings]) {
            self.incidents = incidents
            self.sinks = sinks
        }
    }

    private struct State {
        var engine: IncidentEngine
        /// Notices that are not yet safe in the state file.
        var inbox: [Notice] = []
        /// What sinks have still to be told, oldest first.
        var outbox: [Waiting] = []
        var lastRefresh: [String: MonotonicTime] = [:]
        var isChanged = false
        var isStopping = false
    }

    /// A notice on its way to one sink.
    private struct Waiting: Sendable {
        var sink: String
        var notice: Notice
    }

    /// Time for the queues to run empty at a stop, and for the threads to notice it.
    package static let stopPatience = Duration.milliseconds(2000)

    private let settings: Settings
    private let clusters: [String]
    private let now: @Sendable () -> Moment
    private let logger: Logger
    private let file: StateFile?
    private let state: Locking.Mutex<State>
    private let workers: Locking.Mutex<[SinkWorker]>
    private let doorbell = DispatchSemaphore(value: 0)
    /// Held while the state is written and handed on; holds what last went wrong with the file.
    private let writing = Locking.Mutex<String?>(nil)

    /// Makes ready; nothing is read, written or sent before ``start()``.
    package init(
        _ settings: Settings, clusters: [String], logger: Logger, now: @escaping @Sendable () -> Moment
    ) {
        self.settings = settings
        self.clusters = clusters
        self.now = now
        self.logger = logger
        file = settings.stateFile.isEmpty ? nil : StateFile(path: settings.stateFile)
        state = Locking.Mutex(State(engine: IncidentEngine(settings.incidents)))
        workers = Locking.Mutex([])
    }

    /// Reads the state file and starts the threads; call it once, and ``stop()`` after it.
    package func start() async {
        await withCheckedContinuation { continuation in
            let thread = Thread { [self] in
                begin()
                continuation.resume()
            }
            thread.name = "notify-start"
            thread.start()
        }
    }

    /// The same on the calling thread, which reads a file.
    ///
    /// `backOffFirst` is the first pause between attempts.
    func begin(backOffFirst: Duration = .seconds(1)) {
        restore()
        let made = settings.sinks.map { sink in
            var backOff = BackOff()
            backOff.first = backOffFirst
            return SinkWorker(
                sink,
                .init(
                    externalURL: settings.externalURL, now: now, backOff: backOff, logger: logger,
                    isDone: { [weak self] task in self?.finished(task, sink.name) }))
        }
        workers.withLock { $0 = made }
        for worker in made { worker.start() }
        let waiting = state.withLock { $0.outbox }
        for entry in waiting { worker(entry.sink)?.add(.notice(entry.notice)) }
        let thread = Thread { [self] in keepState() }
        thread.name = "notify-state"
        thread.start()
    }

    /// Takes a round's conditions of every group of a cluster.
    package func observe(_ cluster: String, _ conditions: [GroupCondition], at moment: Moment) {
        take { $0.observe(cluster, conditions, at: moment) }
    }

    /// Takes a round that made no snapshot, or one that this replica may not speak of.
    package func gap(in cluster: String) {
        state.withLock { $0.engine.gap(in: cluster) }
    }

    /// Looks at the time: repeats what is due, and keeps open incidents alive where a sink forgets them.
    package func tick(at moment: Moment) {
        take { $0.tick(at: moment) }
        for sink in settings.sinks {
            guard let interval = sink.resendInterval else { continue }
            let open: [Notice]? = state.withLock { state in
                if let last = state.lastRefresh[sink.name], moment.monotonic - last < interval { return nil }
                state.lastRefresh[sink.name] = moment.monotonic
                return openNotices(state.engine, of: sink.name, at: moment.wall)
            }
            if let open, !open.isEmpty { worker(sink.name)?.add(.refresh(open)) }
        }
    }

    /// What the exporter shows of notifications.
    package func statistics() -> NotifierStatistics {
        let open = state.withLock { state in
            clusters.map { ($0, state.engine.openCount(of: $0)) }
        }
        return NotifierStatistics(
            sinks: workers.withLock { $0 }.map { NotifierStatistics.Sink($0.settings.name, $0.statistics) },
            openIncidents: Dictionary(open) { first, _ in first })
    }

    /// Incidents that are open.
    package var open: [Incident] { state.withLock { $0.engine.open } }

    /// Lets the sinks take what they can within ``stopPatience``, writes the state and ends the threads.
    package func stop() async {
        await withCheckedContinuation { continuation in
            let thread = Thread { [self] in
                stopThreads()
                continuation.resume()
            }
            thread.name = "notify-stop"
            thread.start()
        }
    }

    private func take(_ step: (inout IncidentEngine) -> [Notice]) {
        let notices = state.withLock { state in
            let notices = step(&state.engine)
            state.inbox += notices
            if !notices.isEmpty { state.isChanged = true }
            return notices
        }
        for notice in notices { log(notice) }
        if !notices.isEmpty { doorbell.signal() }
    }

    private func log(_ notice: Notice) {
        logger.info(
            "incident \(notice.event.rawValue)",
            [
                "rule": notice.incident.key.rule, "cluster": notice.incident.key.cluster,
                "groups": notice.incident.groups.prefix(5).map(\.condition.group).joined(separator: ","),
                "reason": notice.incident.closing?.reason.rawValue ?? "",
            ])
    }

    /// Everything open that a sink hears of, as notices that say so again.
    private func openNotices(_ engine: IncidentEngine, of sink: String, at wall: WallTime) -> [Notice] {
        let rules = settings.incidents.rules.filter { $0.sinks.contains(sink) }.map(\.name)
        return engine.open.filter { rules.contains($0.key.rule) }.map {
            Notice(event: .repeated, incident: $0, at: wall, sinks: [sink])
        }
    }

    private func worker(_ name: String) -> SinkWorker? {
        workers.withLock { $0.first { $0.settings.name == name } }
    }

    /// A sink is through with a task, whichever way.
    private func finished(_ task: DeliveryTask, _ sink: String) {
        guard case .notice(let notice) = task else { return }
        state.withLock { state in
            state.outbox.removeAll {
                $0.sink == sink && $0.notice.incident.id == notice.incident.id
                    && $0.notice.incident.sequence == notice.incident.sequence
            }
            state.isChanged = true
        }
        doorbell.signal()
    }
}

// MARK: - The thread that keeps the state

extension Notifier {
    /// Body of the thread: writes what has changed, then hands on what is safe.
    private func keepState() {
        while true {
            doorbell.wait()
            writing.withLock { handOn(&$0) }
            if state.withLock({ $0.isStopping }) { return }
        }
    }

    private func handOn(_ lastProblem: inout String?) {
        let (stored, waiting): (StoredState?, [Waiting]) = state.withLock { state in
            var waiting: [Waiting] = []
            for notice in state.inbox {
                for sink in settings.sinks where notice.sinks.contains(sink.name) {
                    if notice.event == .resolved, !sink.sendsResolved { continue }
                    waiting.append(Waiting(sink: sink.name, notice: notice))
                }
            }
            state.inbox = []
            state.outbox += waiting
            defer { state.isChanged = false }
            return (state.isChanged && file != nil ? store(state) : nil, waiting)
        }
        if let stored, let problem = file?.write(stored) {
            if problem != lastProblem { logger.error(problem) }
            lastProblem = problem
        }
        for entry in waiting { worker(entry.sink)?.add(.notice(entry.notice)) }
    }

    private func store(_ state: State) -> StoredState {
        let moment = now()
        var stored = StoredState()
        stored.incidents = state.engine.remembered(at: moment.monotonic).map { entry in
            let toldAt = moment.wall.nanosecondsSince1970 / 1_000_000 - milliseconds(entry.sinceTold)
            return .init(incident: StoredIncident(entry.incident), toldAt: toldAt)
        }
        stored.outbox = state.outbox.map {
            .init(
                sink: $0.sink, event: $0.notice.event.rawValue,
                at: $0.notice.at.nanosecondsSince1970, incident: StoredIncident($0.notice.incident))
        }
        return stored
    }

    private func restore() {
        guard let file else { return }
        switch file.read() {
        case .absent: break
        case .unusable(let sentence): logger.warn(sentence)
        case .state(let stored): takeUp(stored)
        }
        // What cannot be written is said now and not at the first incident.
        if let problem = file.write(state.withLock { store($0) }) { logger.error(problem) }
    }

    private func takeUp(_ stored: StoredState) {
        let moment = now()
        let remembered = stored.incidents.compactMap { entry in
            entry.incident.incident.map { incident in
                let since = (moment.wall.nanosecondsSince1970 / 1_000_000).saturatingSubtract(entry.toldAt)
                return IncidentEngine.Remembered(
                    incident: incident, sinceTold: .milliseconds(min(max(since, 0), 1 << 42)))
            }
        }
        let sinks = settings.sinks.map(\.name)
        let closed = state.withLock { state in
            state.outbox = stored.outbox.compactMap { entry in
                guard sinks.contains(entry.sink), let event = Notice.Event(rawValue: entry.event),
                    let incident = entry.incident.incident
                else { return nil }
                let notice = Notice(
                    event: event, incident: incident, at: WallTime(nanosecondsSince1970: entry.at),
                    sinks: [entry.sink])
                return Waiting(sink: entry.sink, notice: notice)
            }
            let closed = state.engine.restore(
                remembered, clusters: Set(clusters), at: moment, sinks: sinks)
            state.inbox = closed
            state.isChanged = true
            return closed
        }
        for notice in closed { log(notice) }
        logger.info(
            "incidents taken up",
            [
                "open": "\(state.withLock { $0.engine.open.count })",
                "waiting": "\(state.withLock { $0.outbox.count })",
            ])
        doorbell.signal()
    }

    private func stopThreads() {
        let deadline = ContinuousClock.now + Self.stopPatience
        writing.withLock { handOn(&$0) }
        let workers = workers.withLock { $0 }
        for worker in workers { worker.stop(by: deadline) }
        // The library asks about once a second whether a transfer is still wanted.
        for worker in workers where !worker.waitForEnd(by: deadline + .milliseconds(1200)) {
            logger.warn("a request does not end", ["sink": worker.settings.name])
        }
        state.withLock { state in
            state.isStopping = true
            state.isChanged = true
        }
        writing.withLock { handOn(&$0) }
        doorbell.signal()
    }

    private func milliseconds(_ duration: Duration) -> Int64 {
        let (seconds, attoseconds) = duration.components
        return seconds.multipliedReportingOverflow(by: 1000).partialValue
            .saturatingAdd(attoseconds / 1_000_000_000_000_000)
    }
}
