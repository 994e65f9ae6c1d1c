import ClusterAccess

/// The part of a scrape that tells about the exporter itself; small, rendered afresh for each scrape.
///
/// It follows the part of ``KafkaExposition`` and ends the body.
package enum ExporterExposition {
    /// Renders all families of ``Catalogue/exporter``; in OpenMetrics with the end marker of the body.
    package static func render(_ facts: ExporterFacts, format: ExpositionFormat) -> [UInt8] {
        var renderer = ExporterRenderer(
            facts: facts, clusters: facts.clusters.sorted { $0.cluster < $1.cluster },
            writer: SampleWriter(format: format))
        renderer.renderRounds()
        renderer.renderRequests()
        renderer.renderRequestBudget()
        renderer.renderServing()
        renderer.renderNotifications()
        renderer.renderProcess()
        renderer.writer.finish(endingBody: true)
        return renderer.writer.bytes
    }
}

/// Walks the facts family by family, in catalogue order.
struct ExporterRenderer: ~Copyable {
    let facts: ExporterFacts
    /// Ascending by name.
    let clusters: [ClusterFacts]
    var writer: SampleWriter

    mutating func renderRounds() {
        writer.begin(Catalogue.buildInfo)
        writer.push(facts.build.version)
        writer.push(facts.build.revision)
        writer.push(facts.build.swift)
        writer.push(facts.build.librdkafka)
        writer.sample(1 as Int64)
        eachCluster(Catalogue.up) { cluster, writer in
            writer.sample(cluster.isUp ? 1 : 0 as Int64)
        }
        eachCluster(Catalogue.snapshotAge) { cluster, writer in
            if let age = cluster.snapshotAge { writer.sample(age.seconds) }
        }
        eachCluster(Catalogue.source) { cluster, writer in
            for source in CommitSource.allCases {
                let mark = writer.push(source.rawValue)
                writer.sample(source == cluster.source ? 1 : 0 as Int64)
                writer.pop(to: mark)
            }
        }
        eachCluster(Catalogue.roundDuration) { cluster, writer in
            writer.histogram(cluster.roundDurations)
        }
        eachCluster(Catalogue.roundsTotal) { cluster, writer in
            for (outcome, count) in cluster.rounds.sorted(by: { $0.key < $1.key }) {
                let mark = writer.push(outcome)
                writer.sample(count)
                writer.pop(to: mark)
            }
        }
        eachCluster(Catalogue.roundLastSuccess) { cluster, writer in
            if let lastSuccess = cluster.lastSuccess { writer.sample(lastSuccess.secondsSince1970) }
        }
    }

    mutating func renderRequests() {
        eachCluster(Catalogue.kafkaRequests) { cluster, writer in
            let requests = cluster.requests.requests.sorted { $0.key.order < $1.key.order }
            for (key, count) in requests {
                let mark = writer.push(broker: key.broker)
                writer.push(key.kind.rawValue)
                writer.sample(count)
                writer.pop(to: mark)
            }
        }
        eachCluster(Catalogue.kafkaRequestErrors) { cluster, writer in
            let errors = cluster.requests.errors.sorted { $0.key.order < $1.key.order }
            for (key, count) in errors {
                let mark = writer.push(broker: key.broker)
                writer.push(key.kind.rawValue)
                writer.push(key.reason.rawValue)
                writer.sample(count)
                writer.pop(to: mark)
            }
        }
        eachCluster(Catalogue.kafkaRequestDuration) { cluster, writer in
            let durations = cluster.requests.durations.sorted { $0.key.rawValue < $1.key.rawValue }
            for (kind, histogram) in durations {
                let mark = writer.push(kind.rawValue)
                writer.histogram(histogram)
                writer.pop(to: mark)
            }
        }
        eachCluster(Catalogue.kafkaThrottle) { cluster, writer in
            let throttles = cluster.requests.throttleMilliseconds.sorted { $0.key < $1.key }
            for (broker, milliseconds) in throttles {
                let mark = writer.push(broker.rawValue)
                writer.sample(Double(milliseconds) / 1_000)
                writer.pop(to: mark)
            }
        }
    }

    mutating func renderServing() {
        writer.begin(Catalogue.series)
        for series in facts.seriesByFamily {
            let mark = writer.push(series.family)
            writer.sample(Int64(series.count))
            writer.pop(to: mark)
        }
        writer.begin(Catalogue.scrapeBytes)
        for (encoding, count) in facts.scrapeBytes.sorted(by: { $0.key < $1.key }) {
            let mark = writer.push(encoding)
            writer.sample(Int64(count))
            writer.pop(to: mark)
        }
        writer.begin(Catalogue.scrapeDuration)
        for (encoding, histogram) in facts.scrapeDurations.sorted(by: { $0.key < $1.key }) {
            let mark = writer.push(encoding)
            writer.histogram(histogram)
            writer.pop(to: mark)
        }
        writer.begin(Catalogue.httpRequests)
        let requests = facts.httpRequests.sorted {
            ($0.key.path, $0.key.code) < ($1.key.path, $1.key.code)
        }
        for (key, count) in requests {
            let mark = writer.push(key.path)
            writer.push("\(key.code)")
            writer.sample(count)
            writer.pop(to: mark)
        }
    }

    mutating func renderProcess() {
        let process = facts.process ?? ProcessFacts()
        writer.begin(Catalogue.processCPU)
        if let seconds = process.cpuSeconds { writer.sample(seconds) }
        let counts: [(MetricFamily, Int64?)] = [
            (Catalogue.processResidentMemory, process.residentMemoryBytes),
            (Catalogue.processVirtualMemory, process.virtualMemoryBytes),
            (Catalogue.processOpenDescriptors, process.openDescriptors),
            (Catalogue.processMaxDescriptors, process.descriptorsMax),
        ]
        for (family, count) in counts {
            writer.begin(family)
            if let count { writer.sample(count) }
        }
        writer.begin(Catalogue.processStartTime)
        if let startTime = process.startTime { writer.sample(startTime.secondsSince1970) }
        writer.begin(Catalogue.processThreads)
        if let threads = process.threads { writer.sample(threads) }
    }

    /// Begins `family` and calls `body` for every cluster, with the cluster's label pushed.
    mutating func eachCluster(
        _ family: MetricFamily, _ body: (ClusterFacts, inout SampleWriter) -> Void
    ) {
        writer.begin(family)
        for cluster in clusters {
            writer.setConstantLabels(cluster.constantLabels)
            let mark = writer.push(cluster.cluster)
            body(cluster, &writer)
            writer.pop(to: mark)
        }
    }
}

extension SampleWriter {
    /// Adds the `broker` label, empty where any broker was asked.
    @discardableResult
    fileprivate mutating func push(broker: BrokerID?) -> Mark {
        push(broker.map { "\($0)" } ?? "")
    }
}

extension RequestStatistics.Key {
    /// Sorts by broker, those without one first, then by request.
    fileprivate var order: (Int32, String) { (broker?.rawValue ?? -1, kind.rawValue) }
}

extension RequestStatistics.ErrorKey {
    /// Sorts by broker, those without one first, then by request and reason.
    fileprivate var order: (Int32, String, String) {
        (broker?.rawValue ?? -1, kind.rawValue, reason.rawValue)
    }
}
