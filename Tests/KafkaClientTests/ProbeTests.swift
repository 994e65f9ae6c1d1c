import ClusterAccess
import Foundation
import KafkaClient
import StructuredLog
import Testing

@Suite struct ProbeTests {
    @Test(.enabled(if: ProcessInfo.processInfo.environment["PROBE"] != nil))
    func probe() async throws {
        let brokers = ProcessInfo.processInfo.environment["PROBE"] ?? ""
        print("librdkafka", KafkaCluster.libraryVersion)
        let logger = Logger(level: .debug) { print($0.line(timestamp: "-", format: .logfmt)) }
        let cluster = try KafkaCluster(
            settings: KafkaClientSettings(brokers: brokers, requestTimeout: .seconds(3)), logger: logger)
        let clock = ContinuousClock()
        for _ in 0..<2 {
            var mark = clock.now
            func lap(_ what: String) {
                print("--", what, clock.now - mark)
                mark = clock.now
            }
            do {
                let metadata = try await cluster.metadata()
                lap("metadata \(metadata.clusterID ?? "-") \(metadata.controller.map { "\($0)" } ?? "-") \(metadata.brokers.count) brokers")
                for topic in metadata.topics where topic.name == "orders" { print(topic.partitions.count, topic.error as Any) }
                for broker in metadata.brokers {
                    do {
                        let listing = try await cluster.listGroups(on: broker.id)
                        lap("list \(broker.id)")
                        print(listing.groups, listing.partialError as Any)
                        for group in listing.groups {
                            print(group.group, try await cluster.committedOffsets(of: group.group, on: broker.id))
                        }
                        lap("commits")
                        print(await cluster.describeGroups(listing.groups.map(\.group), on: broker.id))
                        lap("describe")
                    } catch { print("broker", broker.id, error); lap("failed") }
                    for kind in LogOffsetKind.allCases {
                        var led: [TopicPartitions] = []
                        for topic in metadata.topics where topic.name.rawValue != "__consumer_offsets" {
                            let partitions = topic.partitions.filter { $0.leader == broker.id }.map(\.id)
                            if !partitions.isEmpty { led.append(TopicPartitions(topic: topic.name, partitions: partitions)) }
                        }
                        print(kind, await cluster.logOffsets(kind, of: led, leader: broker.id))
                        lap("\(kind)")
                    }
                }
            } catch { print(error) }
        }
        let start = clock.now
        await cluster.close()
        print("closed in", clock.now - start)
        print(cluster.requestStatistics())
    }
}
