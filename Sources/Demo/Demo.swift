import ClusterAccess
import HTTPService
import KafkaLauncher
import LagModel
import Monitor
import Service
package import StructuredLog

/// `lagwarden demo`: a cluster with a cast of groups, the exporter on it, and Prometheus beside it.
///
/// ``run()`` plays until its task is cancelled or the time is up, and returns when everything it started has
/// ended.
package struct Demo: Sendable {
    private let settings: DemoSettings
    private let logger: Logger
    /// Takes whole paragraphs for a person, without a newline at the end.
    private let say: @Sendable (String) -> Void

    static let clusterName = "demo"
    static let seed: UInt64 = 20_240_229
    static let stepInterval = Duration.milliseconds(250)

    package init(settings: DemoSettings, logger: Logger, say: @escaping @Sendable (String) -> Void) {
        self.settings = settings
        self.logger = logger
        self.say = say
    }

    package func run() async throws(DemoFailure) {
        do throws(DemoFailure) {
            try await runToTheEnd()
        } catch {
            // What fails because it was told to stop has not failed.
            if !Task.isCancelled { throw error }
        }
    }

    private func runToTheEnd() async throws(DemoFailure) {
        let (launched, brokers) = try await launchKafka()
        var failure: DemoFailure?
        do throws(DemoFailure) {
            try await perform(brokers: brokers)
        } catch {
            failure = error
        }
        await launched?.stop()
        if let failure { throw failure }
    }

    /// A throw-away broker where one is wanted, and the bootstrap list of the real cluster, if there is one.
    private func launchKafka() async throws(DemoFailure) -> (KafkaLauncher.KafkaCluster?, String?) {
        switch settings.playground {
        case .embedded: return (nil, nil)
        case .existing(let brokers): return (nil, brokers)
        case .launched(let home):
            do throws(LaunchError) {
                let installation = try KafkaInstallation(home: home)
                say("Starting Apache Kafka \(installation.version) from \(home) …")
                let cluster = try await KafkaLauncher.KafkaCluster.start(installation)
                return (cluster, cluster.bootstrap)
            } catch {
                throw DemoFailure("Kafka does not start: \(error)")
            }
        }
    }

    private func makeVenue(brokers: String?) throws(ClusterError) -> any Venue {
        if let brokers {
            return try RealVenue(
                cast: .standard(prefix: Self.prefix), brokers: brokers, seed: Self.seed, logger: logger)
        }
        return try EmbeddedVenue(cast: .standard(), seed: Self.seed, logger: logger)
    }

    /// Stands before every name on a real cluster.
    static let prefix = "lagwarden-demo-"

    private func perform(brokers: String?) async throws(DemoFailure) {
        let venue: any Venue
        do throws(ClusterError) {
            venue = try makeVenue(brokers: brokers)
        } catch {
            throw DemoFailure(error.description)
        }
        var failure: DemoFailure?
        do throws(DemoFailure) {
            try await perform(on: venue, isReal: brokers != nil)
        } catch {
            failure = error
        }
        // A task of its own: what ends here must do so although this one is cancelled.
        await Task { await venue.close() }.value
        if let failure { throw failure }
    }

    private func perform(on venue: any Venue, isReal: Bool) async throws(DemoFailure) {
        let source: any ClusterSource & OffsetsFeedProvider
        do throws(ClusterError) {
            try await venue.open()
            source = try await venue.makeSource()
        } catch {
            throw DemoFailure(error.description)
        }
        let exporter: Exporter
        do throws(HTTPServerError) {
            exporter = try Exporter(
                clusters: [
                    .init(
                        source: source, feeds: source,
                        settings: roundSettings(isReal: isReal, isHybrid: venue.hasCoordinators))
                ],
                options: settings.exporter, clock: .system(), logger: logger)
        } catch {
            await source.close()
            throw DemoFailure(error.description)
        }
        let prometheus = await startPrometheus(port: exporter.port)
        announce(exporter, prometheus)
        let failure = await play(on: venue, exporter)
        if isReal { say("Removing the demo's groups and topics …") }
        if let prometheus { await Task { await prometheus.stop() }.value }
        if let failure { throw failure }
    }

    /// The exporter, the cast and the tables, side by side until one of them ends or the task is cancelled.
    private func play(on venue: any Venue, _ exporter: Exporter) async -> DemoFailure? {
        await withTaskGroup(of: DemoFailure?.self) { tasks in
            tasks.addTask {
                await exporter.run()
                return nil
            }
            tasks.addTask { await act(on: venue) }
            tasks.addTask {
                await showTables(of: exporter.store)
                return nil
            }
            if let duration = settings.duration {
                tasks.addTask {
                    try? await Task.sleep(for: duration)
                    return nil
                }
            }
            let first = await tasks.next() ?? nil
            tasks.cancelAll()
            for await _ in tasks {}
            return first
        }
    }

    private func act(on venue: any Venue) async -> DemoFailure? {
        let start = ContinuousClock.now
        while !Task.isCancelled {
            do throws(ClusterError) {
                try await venue.play(to: ContinuousClock.now - start)
            } catch {
                return Task.isCancelled ? nil : DemoFailure(error.description)
            }
            try? await Task.sleep(for: Self.stepInterval)
        }
        return nil
    }

    private func showTables(of store: SnapshotStore) async {
        // The first table waits until growth can be told and the faster players have shown their manners.
        guard (try? await Task.sleep(for: settings.interval * 2)) != nil else { return }
        var earlier = store.view().first?.snapshot
        var wait = settings.interval * 3
        var title = "A first look at the groups"
        while (try? await Task.sleep(for: wait)) != nil {
            guard let snapshot = store.view().first?.snapshot else { continue }
            say("\n\(title):\n\(FirstLook.table(of: snapshot, since: earlier ?? snapshot))")
            earlier = snapshot
            wait = settings.tableInterval
            title = "The groups \(settings.tableInterval.components.seconds) seconds later"
        }
    }
}

// MARK: - Surroundings

extension Demo {
    private func roundSettings(isReal: Bool, isHybrid: Bool) -> RoundSettings {
        let prefix = isReal ? Self.prefix : ""
        return RoundSettings(
            interval: settings.interval, metadataInterval: .seconds(10),
            admitsGroup: { $0.rawValue.hasPrefix(prefix) },
            admitsTopic: { $0.rawValue.hasPrefix(prefix) },
            ledger: ClusterLedger.Settings(cluster: Self.clusterName, growthWindow: .seconds(30)),
            follower: FollowerSettings(isHybrid: isHybrid),
            // Mock brokers answer every look-up by time as if there were no record.
            time: isReal ? TimeSettings() : nil)
    }

    /// Prometheus, where it is wanted and there; the demo goes on without it.
    private func startPrometheus(port: UInt16) async -> PrometheusCompanion? {
        let program: String
        switch settings.prometheus {
        case .off: return nil
        case .path(let path): program = path
        case .auto:
            guard let found = ChildProcess.find("prometheus") else {
                say("Prometheus is not installed (Debian: apt install prometheus); going on without it.")
                return nil
            }
            program = found
        }
        do throws(LaunchError) {
            return try await PrometheusCompanion.start(program, scraping: "127.0.0.1:\(port)")
        } catch {
            say("Going on without Prometheus: \(error)")
            return nil
        }
    }

    private func announce(_ exporter: Exporter, _ prometheus: PrometheusCompanion?) {
        let host = settings.exporter.address.host ?? "127.0.0.1"
        let base = "http://\(host.contains(":") ? "[\(host)]" : host):\(exporter.port)"
        var lines = [
            "Lagwarden watches \(playgroundName).",
            "",
            "  Start page   \(base)/",
            "  Metrics      \(base)/metrics",
            "  Groups       \(base)/api/v1/groups",
        ]
        if let prometheus {
            lines.append("  Prometheus   \(prometheus.graph(of: "kafka_consumer_group_lag"))")
        }
        lines += ["", "Ctrl-C stops everything."]
        say(lines.joined(separator: "\n"))
    }

    private var playgroundName: String {
        switch settings.playground {
        case .embedded: "an embedded cluster of \(EmbeddedVenue.brokerCount) mock brokers"
        case .launched(let home): "a throw-away Apache Kafka from \(home)"
        case .existing(let brokers): "\(Self.prefix)* on \(brokers)"
        }
    }
}
