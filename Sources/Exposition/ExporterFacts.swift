package import ClusterAccess
package import LagModel

/// What the exporter knows about itself at the moment of a scrape; gathered by the service, rendered here.
package struct ExporterFacts: Sendable {
    package var build: BuildFacts
    package var clusters: [ClusterFacts]
    /// Of the cached part that precedes these facts in the body.
    package var seriesByFamily: [FamilySeries]
    /// Size of the last body as it was sent, by content encoding (`identity`, `gzip`).
    package var scrapeBytes: [String: Int]
    /// Time to render and compress bodies, by content encoding.
    package var scrapeDurations: [String: DurationHistogram]
    package var httpRequests: [HTTPRequestKey: Int64]
    /// `nil` where the operating system does not tell.
    package var process: ProcessFacts?
    /// Empty where no notifications are configured.
    package var sinks: [SinkFacts] = []

    package init(
        build: BuildFacts, clusters: [ClusterFacts] = [], seriesByFamily: [FamilySeries] = [],
        scrapeBytes: [String: Int] = [:], scrapeDurations: [String: DurationHistogram] = [:],
        httpRequests: [HTTPRequestKey: Int64] = [:], process: ProcessFacts? = nil
    ) {
        self.build = build
        self.clusters = clusters
        self.seriesByFamily = seriesByFamily
        self.scrapeBytes = scrapeBytes
        self.scrapeDurations = scrapeDurations
        self.httpRequests = httpRequests
        self.process = process
    }

    /// What this binary is.
    package struct BuildFacts: Hashable, Sendable {
        package var version: String
        package var revision: String
        package var swift: String
        /// Version that was loaded, which may be newer than the one at build time.
        package var librdkafka: String

        package init(version: String, revision: String, swift: String, librdkafka: String) {
            self.version = version
            self.revision = revision
            self.swift = swift
            self.librdkafka = librdkafka
        }
    }

    /// A receiver of notifications and how that went.
    package struct SinkFacts: Hashable, Sendable {
        package var name: String
        /// By outcome, each from the start with 0.
        package var attempts: [String: Int64]
        /// By reason, each from the start with 0.
        package var dropped: [String: Int64]
        package var queueLength: Int

        package init(name: String, attempts: [String: Int64], dropped: [String: Int64], queueLength: Int) {
            self.name = name
            self.attempts = attempts
            self.dropped = dropped
            self.queueLength = queueLength
        }
    }

    /// One route and the status code of its answer.
    package struct HTTPRequestKey: Hashable, Sendable {
        /// Route as the server knows it, never a path from the network.
        package var path: String
        package var code: Int

        package init(path: String, code: Int) {
            self.path = path
            self.code = code
        }
    }
}

/// Rounds and requests of one cluster since the exporter started.
package struct ClusterFacts: Sendable {
    /// Name from the configuration, the `cluster` label.
    package var cluster: String
    package var constantLabels: [ClusterSnapshot.ConstantLabel]
    /// Whether the last round published a snapshot.
    package var isUp: Bool
    /// Since the end offsets of the snapshot shown were read; `nil` before the first snapshot.
    package var snapshotAge: Duration?
    /// Where commits come from now.
    package var source: CommitSource
    package var roundDurations: DurationHistogram
    /// Rounds by outcome, each outcome from the start with 0.
    package var rounds: [String: Int64]
    /// When a round last ended with a snapshot.
    package var lastSuccess: WallTime?
    package var requests: RequestStatistics
    /// `nil` where no notifications are configured.
    package var openIncidents: Int? = nil

    package init(
        cluster: String, constantLabels: [ClusterSnapshot.ConstantLabel] = [], isUp: Bool,
        snapshotAge: Duration? = nil, source: CommitSource = .admin,
        roundDurations: DurationHistogram = DurationHistogram(), rounds: [String: Int64] = [:],
        lastSuccess: WallTime? = nil, requests: RequestStatistics = RequestStatistics()
    ) {
        self.cluster = cluster
        self.constantLabels = constantLabels
        self.isUp = isUp
        self.snapshotAge = snapshotAge
        self.source = source
        self.roundDurations = roundDurations
        self.rounds = rounds
        self.lastSuccess = lastSuccess
        self.requests = requests
    }
}

/// What the operating system says about this process; each fact is absent where it does not tell.
package struct ProcessFacts: Hashable, Sendable {
    /// User and system time.
    package var cpuSeconds: Double?
    package var residentMemoryBytes: Int64?
    package var virtualMemoryBytes: Int64?
    package var openDescriptors: Int64?
    /// `nil` also when there is no limit.
    package var descriptorsMax: Int64?
    package var startTime: WallTime?
    package var threads: Int64?

    package init(
        cpuSeconds: Double? = nil, residentMemoryBytes: Int64? = nil, virtualMemoryBytes: Int64? = nil,
        openDescriptors: Int64? = nil, descriptorsMax: Int64? = nil, startTime: WallTime? = nil,
        threads: Int64? = nil
    ) {
        self.cpuSeconds = cpuSeconds
        self.residentMemoryBytes = residentMemoryBytes
        self.virtualMemoryBytes = virtualMemoryBytes
        self.openDescriptors = openDescriptors
        self.descriptorsMax = descriptorsMax
        self.startTime = startTime
        self.threads = threads
    }
}
