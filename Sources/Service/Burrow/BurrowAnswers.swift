import Foundation
import HTTPService

/// The bodies of Burrow's HTTP API, version 3, key by key; keys with hyphens are Burrow's own.
enum BurrowAnswer {
    /// What a reader of one partition was seen to commit.
    struct Offset: Encodable {
        var offset: Int64
        /// Of the commit, milliseconds since 1970; of the round that first saw it where nobody tells.
        var timestamp: Int64
        /// Of the round that first saw it.
        var observedAt: Int64
        var lag: Nullable<Int64>
    }

    /// One partition in a group's status.
    struct Partition: Encodable {
        var topic: String
        var partition: Int32
        var owner: String
        var clientID: String
        var status: String
        var start: Nullable<Offset>
        var end: Nullable<Offset>
        var currentLag: Int64
        var complete: Double

        enum CodingKeys: String, CodingKey {
            case topic, partition, owner, status, start, end, complete
            case clientID = "client_id"
            case currentLag = "current_lag"
        }
    }

    struct Status: Encodable {
        var cluster: String
        var group: String
        var status: String
        var complete: Double
        var partitions: [Partition]
        var partitionCount: Int
        var maxlag: Nullable<Partition>
        /// `null` while some partition's lag is unknown.
        var totallag: Nullable<Int64>

        enum CodingKeys: String, CodingKey {
            case cluster, group, status, complete, partitions, maxlag, totallag
            case partitionCount = "partition_count"
        }
    }

    /// One partition in a group's detail.
    struct Reader: Encodable {
        var offsets: [Offset?]
        var owner: String
        var clientID: String
        var currentLag: Nullable<Int64>

        enum CodingKeys: String, CodingKey {
            case offsets, owner
            case clientID = "client_id"
            case currentLag = "current-lag"
        }
    }

    /// A cluster as Burrow's configuration has it.
    struct ClusterModule: Encodable {
        var className = "kafka"
        var servers: [String]
        var clientProfile = ClientProfile()
        /// Seconds.
        var topicRefresh: Int64
        var offsetRefresh: Int64

        enum CodingKeys: String, CodingKey {
            case servers
            case className = "class-name"
            case clientProfile = "client-profile"
            case topicRefresh = "topic-refresh"
            case offsetRefresh = "offset-refresh"
        }
    }

    /// There are no such profiles here; what Burrow says when nothing is set.
    struct ClientProfile: Encodable {
        var name = ""
        var clientID = ""
        var kafkaVersion = ""
        var tls = Nullable<String>(nil)
        var sasl = Nullable<String>(nil)

        enum CodingKeys: String, CodingKey {
            case name, tls, sasl
            case clientID = "client-id"
            case kafkaVersion = "kafka-version"
        }
    }

    /// A value that is written as `null` when there is none.
    struct Nullable<Value: Encodable>: Encodable {
        var value: Value?

        init(_ value: Value?) { self.value = value }

        func encode(to encoder: any Encoder) throws {
            var container = encoder.singleValueContainer()
            if let value { try container.encode(value) } else { try container.encodeNil() }
        }
    }
}

/// The frame around each of Burrow's answers.
struct BurrowEnvelope<Payload: Encodable>: Encodable {
    var error = false
    var message: String
    /// Key of the payload; empty for an error, which has none.
    var key: String
    var payload: Payload
    var url: String
    var host: String

    private struct Request: Encodable {
        var url: String
        var host: String
    }

    private struct Key: CodingKey {
        var stringValue: String
        var intValue: Int? { nil }

        init(_ text: String) { stringValue = text }
        init?(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(error, forKey: Key("error"))
        try container.encode(message, forKey: Key("message"))
        if !key.isEmpty { try container.encode(payload, forKey: Key(key)) }
        try container.encode(Request(url: url, host: host), forKey: Key("request"))
    }

    /// The answer with the content type that Burrow sends.
    func response(status: Int) -> HTTPResponse {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let bytes = (try? encoder.encode(self)).map { Array($0) } ?? Array("{\"error\":true}".utf8)
        return HTTPResponse(status: status, contentType: "application/json", body: HTTPBody(bytes))
    }
}
