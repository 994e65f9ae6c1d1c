import ClusterAccess
import KafkaClient
import KafkaLauncher

extension MockCluster {
    /// Closes a broker's connections and refuses new ones; it must be up, with answers within 15 s.
    ///
    /// A connection of ours keeps the port for the broker, which is the first to close it. A client of
    /// librdkafka would not do: newer ones drop the connection to the bootstrap address as soon as metadata
    /// has come. Source: `rd_kafka_metadata_decommission_unavailable_brokers` of rdkafka_metadata.c.
    func takeDown(_ broker: BrokerID) async throws {
        let visited = try port(of: broker)
        try await BlockingCall.run { [self] in
            Result {
                let visitor = try ClientSocket(port: visited, timeout: .seconds(15))
                // An answer shows that the broker has accepted the connection.
                try visitor.send(Self.apiVersionsRequest)
                _ = try visitor.receive(exactly: 4)
                try setDown(broker)
                // The broker has closed it: all that is left to read is the rest of the answer.
                while try !visitor.receive().isEmpty {}
            }
        }.get()
    }

    /// The loopback port that a broker listens to.
    func port(of broker: BrokerID) throws -> Int {
        let servers = bootstrapServers.split(separator: ",")
        let place = Int(broker.rawValue) - 1
        guard servers.indices.contains(place),
            let port = servers[place].split(separator: ":").last.flatMap({ Int($0) })
        else {
            throw ClusterError(
                .invalidRequest, operation: "find a mock broker", broker: broker, detail: "no such broker")
        }
        return port
    }

    /// ApiVersions version 0 with its size before it: API key 18, version 0, correlation 1, no client id.
    ///
    /// WHY: the launcher's probe of real brokers asks for Metadata version 4, which the mock of librdkafka
    /// 2.0.2 does not know: it answers by closing the connection.
    private static let apiVersionsRequest: [UInt8] = [0, 0, 0, 10, 0, 18, 0, 0, 0, 0, 0, 1, 0xff, 0xff]
}
