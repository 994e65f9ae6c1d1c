import KafkaLauncher
import LagwardenTestKit

/// The shipped program for minutes on a cluster whose groups, topics and members come and go.
///
/// Rounds are a second apart and somebody scrapes all the time. What must not grow is looked at every few
/// seconds: a median over the first part after the warm-up is compared with one over the last part.
struct LiveSoak {
    let scene: LiveScene
    let duration: Duration

    /// Growth of resident memory that is allowed between the two parts.
    private static let growthMax = 0.01
    /// One of the offsets topic, and a few more should its feed have been made anew.
    private static let topicHandlesMax = 4

    /// With librdkafka's own word of every topic object that it makes.
    ///
    /// What is remembered for a time is remembered for a minute at most, so that the warm-up sees its end; by
    /// default librdkafka knows topics that are gone for a quarter of an hour.
    private static func settings(_ bootstrap: String) -> String {
        """
        clusters:
          - name: live
            brokers: [\(bootstrap)]
            properties: {debug: topic, metadata.max.age.ms: "60000"}
        log:
          level: debug
        poll:
          interval: 1s
          jitter: 0
          metadata_interval: 2s
          stale_after: 5m
          growth_window: 30s
        evaluation:
          window: 30s
          minimum: 10s

        """
    }

    private struct Look {
        var resident: Double
        var threads: Double
        var descriptors: Double
    }

    func run() async throws -> LiveReport {
        var report = LiveReport("live_soak")
        let exporter = try await LiveExporter.start(
            bootstrap: nil, settings: Self.settings(scene.kafka.bootstrap))
        _ = try await exporter.waitUntilReady()
        let deadline = ContinuousClock.now + duration
        async let churned = Churn(stage: scene.stage, fleet: scene.fleet).run(until: deadline)
        async let scraped = Self.scrape(exporter, until: deadline)
        let looks = try await Self.look(at: exporter, until: deadline)
        report["steps"] = Double(try await churned)
        report["scrapes"] = Double(try await scraped)
        let last = try await exporter.scrape()
        try await exporter.stop()
        // Objects stay as long as their handle, so all that were ever made may still be there.
        let handles = exporter.process.error.split(separator: "\n").count { $0.contains("New local topic") }
        report["topic_handles"] = Double(handles)
        report.check(
            (1...Self.topicHandlesMax).contains(handles), "librdkafka made \(handles) objects of topics")
        report["seconds"] = duration.inSeconds
        report["rounds"] = last.rounds
        report["rounds_failed"] = last.sum("lagwarden_rounds_total", "outcome=\"failed\"") ?? 0
        judge(looks, in: &report)
        return report
    }

    /// The first fifth is warm-up; then the next fifth is compared with the last one.
    private func judge(_ looks: [Look], in report: inout LiveReport) {
        let fifth = max(1, looks.count / 5)
        let (early, late) = (looks.dropFirst(fifth).prefix(fifth), looks.suffix(fifth))
        func compare(_ name: String, _ value: (Look) -> Double) -> Double {
            let before = early.map(value).median ?? 0
            let after = late.map(value).median ?? 0
            report["\(name)_before"] = before
            report["\(name)_after"] = after
            report["\(name)_most"] = looks.dropFirst(fifth).map(value).max()
            return before > 0 ? after / before - 1 : 0
        }
        let growth = compare("resident_bytes") { $0.resident }
        report["resident_growth"] = growth
        let threads = compare("threads") { $0.threads }
        let descriptors = compare("descriptors") { $0.descriptors }
        report.check(report["rounds_failed"] == 0, "rounds failed")
        // Shorter ones end before memory has settled.
        guard duration >= .seconds(300) else { return }
        report.check(growth < Self.growthMax, "resident memory grew by more than one part in a hundred")
        report.check(abs(threads) < 0.001, "the number of threads changed")
        report.check(abs(descriptors) < 0.001, "the number of descriptors changed")
    }

    private static func look(
        at exporter: LiveExporter, until deadline: ContinuousClock.Instant
    ) async throws -> [Look] {
        var looks: [Look] = []
        while ContinuousClock.now < deadline {
            let gauge = exporter.gauge
            guard let resident = gauge.resident, let threads = gauge.threads,
                let descriptors = gauge.descriptors
            else { throw LaunchError("the exporter is gone: \(exporter.process.error.suffix(2000))") }
            looks.append(Look(resident: resident.now, threads: threads, descriptors: descriptors))
            try await Task.sleep(for: .seconds(2))
        }
        return looks
    }

    /// Scrapes one after the other, every second one compressed; returns how many.
    private static func scrape(
        _ exporter: LiveExporter, until deadline: ContinuousClock.Instant
    ) async throws -> Int {
        var count = 0
        while ContinuousClock.now < deadline {
            _ = try await exporter.scrape(compressed: count % 2 == 1)
            count += 1
            try await Task.sleep(for: .milliseconds(250))
        }
        return count
    }
}

/// Topics, groups and members that come, and go some steps later.
struct Churn: Sendable {
    let stage: Stage
    let fleet: StageFleet

    /// Steps for which anything stays.
    private static let life = 5

    /// One step after the other; what is left at the end is the next one's to sweep.
    func run(until deadline: ContinuousClock.Instant) async throws -> Int {
        var step = 0
        while ContinuousClock.now < deadline {
            try await come(step)
            if step >= Self.life { try await go(step - Self.life) }
            try await produce(step)
            step += 1
            try await Task.sleep(for: .milliseconds(500))
        }
        return step
    }

    private func come(_ step: Int) async throws {
        let topic = "churn-\(step)"
        try await stage.createTopic(topic, partitions: 4)
        try await stage.produce(topic, count: 5)
        try await stage.commitManyGroups(
            "visitor-\(step)-", count: 3, topic: topic, partitions: 4, offset: 0)
        guard step % 3 == 0 else { return }
        // Members of a few groups that stay; a new one makes the others rebalance.
        try await stage.startMember(
            StageMember("member-\(step)", group: "team-\(step % 2)", topics: ["\(fleet.topicPrefix)0"]))
    }

    private func go(_ step: Int) async throws {
        if step % 3 == 0 { try await stage.closeMember("member-\(step)") }
        try await stage.deleteGroups((0..<3).map { "visitor-\(step)-\($0)" })
        try await stage.deleteTopic("churn-\(step)")
    }

    /// Records for some partitions of the fleet, and commits of groups that follow at their own pace.
    private func produce(_ step: Int) async throws {
        let topic = "\(fleet.topicPrefix)\(step % fleet.topics)"
        for partition in 0..<min(4, fleet.partitions) {
            try await stage.produce(topic, Int32(partition), count: 10)
        }
        let group = step % fleet.groups
        let own = group * fleet.topicsPerGroup % fleet.topics
        try await stage.commitManyGroups(
            fleet.groupPrefix, first: group, count: 1, topic: "\(fleet.topicPrefix)\(own)",
            partitions: fleet.partitions, offset: Int64(1 + step / fleet.groups % fleet.records))
    }
}
