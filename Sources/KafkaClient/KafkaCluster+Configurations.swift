import CRdKafka
package import ClusterAccess

extension KafkaCluster {
    package func configurations(
        of resources: [ConfigurationResource], settings: [String], on broker: BrokerID
    ) async -> [ConfigurationReply] {
        var seen: Set<ConfigurationResource> = []
        let distinct = resources.filter { seen.insert($0).inserted }
        // WHY: librdkafka takes one broker at most in a request, and sends that request to it.
        let topics = distinct.filter { $0.topic != nil }
        let brokers = distinct.filter { $0.topic == nil }
        var answers: [ConfigurationResource: Result<[String: String], ClusterError>] = [:]
        for request in [topics] + brokers.map({ [$0] }) where !request.isEmpty {
            let replies = await core.describeConfigurations(of: request, settings: settings, on: broker)
            answers.merge(replies) { first, _ in first }
        }
        let missing = RequestContext(operation: "describe configurations", broker: broker)
        return resources.map { resource in
            ConfigurationReply(
                resource: resource,
                answer: answers[resource]
                    ?? .failure(missing.error(.other, "the answer lacks \(resource.subject)")))
        }
    }
}

extension ClusterCore {
    /// One DescribeConfigs request; what fails as a whole fails for each resource.
    fileprivate func describeConfigurations(
        of resources: [ConfigurationResource], settings names: [String], on broker: BrokerID
    ) async -> [ConfigurationResource: Result<[String: String], ClusterError>] {
        let context = RequestContext(operation: "describe configurations", broker: broker)
        do throws(ClusterError) {
            return try await routed(.describeConfigs, to: broker, context) {
                client, queue, ticket throws(ClusterError) in
                let options = try AdminOptions(client, for: RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS)
                try options.route(to: broker, within: settings.requestTimeout, ticket)
                try ConfigurationRequest.send(client, queue, options, resources, names, context)
            } read: { event in
                ConfigurationReader.answers(event, context)
            }
        } catch {
            return Dictionary(
                uniqueKeysWithValues: resources.map { resource in
                    var about = error
                    about.subject = resource.subject
                    return (resource, .failure(about))
                })
        }
    }
}

extension ConfigurationResource {
    fileprivate var topic: TopicName? {
        switch self {
        case .topic(let name): name
        case .broker: nil
        }
    }

    /// As an error names it.
    fileprivate var subject: String {
        switch self {
        case .topic(let name): "topic \(name)"
        case .broker(let id): "broker \(id)"
        }
    }

    fileprivate var native: (type: rd_kafka_ResourceType_t, name: String) {
        switch self {
        case .topic(let name): (RD_KAFKA_RESOURCE_TOPIC, name.rawValue)
        case .broker(let id): (RD_KAFKA_RESOURCE_BROKER, "\(id)")
        }
    }

    fileprivate init?(type: rd_kafka_ResourceType_t, name: String) {
        switch type {
        case RD_KAFKA_RESOURCE_TOPIC: self = .topic(TopicName(name))
        case RD_KAFKA_RESOURCE_BROKER:
            guard let id = Int32(name) else { return nil }
            self = .broker(BrokerID(id))
        default: return nil
        }
    }
}

/// Sends DescribeConfigs requests.
private enum ConfigurationRequest {
    /// Asks for the settings called `names` only; librdkafka copies what it is given.
    static func send(
        _ client: SharedAddress, _ queue: SharedAddress, _ options: borrowing AdminOptions,
        _ resources: [ConfigurationResource], _ names: [String], _ context: RequestContext
    ) throws(ClusterError) {
        var natives: [OpaquePointer?] = unsafe []
        defer { unsafe rd_kafka_ConfigResource_destroy_array(&natives, natives.count) }
        for resource in resources {
            let (type, name) = resource.native
            guard let native = unsafe rd_kafka_ConfigResource_new(type, name) else {
                throw context.error(.invalidRequest, "\(resource.subject) has no usable name")
            }
            unsafe natives.append(native)
            // A name with an empty value is how librdkafka is told which settings to ask for.
            for name in names { unsafe rd_kafka_ConfigResource_set_config(native, name, "") }
        }
        unsafe rd_kafka_DescribeConfigs(client.raw, &natives, natives.count, options.raw, queue.raw)
    }
}

/// Turns an answer about settings into values while its event lives.
private enum ConfigurationReader {
    static func answers(
        _ event: borrowing ClientEvent, _ context: RequestContext
    ) -> Result<[ConfigurationResource: Result<[String: String], ClusterError>], ClusterError> {
        guard event.errorCode == RD_KAFKA_RESP_ERR_NO_ERROR,
            let result = unsafe rd_kafka_event_DescribeConfigs_result(event.raw)
        else { return .failure(context.error(event.errorCode, event.errorText)) }
        var count = 0
        let resources = unsafe rd_kafka_DescribeConfigs_result_resources(result, &count)
        var answers: [ConfigurationResource: Result<[String: String], ClusterError>] = [:]
        for index in 0..<(unsafe resources == nil ? 0 : count) {
            guard let native = unsafe resources?[index],
                let resource = unsafe ConfigurationResource(
                    type: rd_kafka_ConfigResource_type(native),
                    name: NativeText.string(rd_kafka_ConfigResource_name(native)))
            else { continue }
            let code = unsafe rd_kafka_ConfigResource_error(native)
            guard code == RD_KAFKA_RESP_ERR_NO_ERROR else {
                var about = context
                about.subject = resource.subject
                let text = unsafe NativeText.string(rd_kafka_ConfigResource_error_string(native))
                answers[resource] = .failure(about.error(code, text))
                continue
            }
            answers[resource] = unsafe .success(entries(of: native))
        }
        return .success(answers)
    }

    /// Settings that have a value; sensitive ones have none.
    private static func entries(of resource: OpaquePointer) -> [String: String] {
        var count = 0
        let entries = unsafe rd_kafka_ConfigResource_configs(resource, &count)
        var values: [String: String] = [:]
        for index in 0..<(unsafe entries == nil ? 0 : count) {
            guard let entry = unsafe entries?[index], let value = unsafe rd_kafka_ConfigEntry_value(entry)
            else { continue }
            unsafe values[NativeText.string(rd_kafka_ConfigEntry_name(entry))] = NativeText.string(value)
        }
        return values
    }
}
