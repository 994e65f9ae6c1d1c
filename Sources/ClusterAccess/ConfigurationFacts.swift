/// What settings can be asked of.
package enum ConfigurationResource: Hashable, Sendable {
    case topic(TopicName)
    /// The broker that is asked.
    case broker(BrokerID)
}

/// One resource's settings as DescribeConfigs told them.
package struct ConfigurationReply: Hashable, Sendable {
    package var resource: ConfigurationResource
    /// Values by name, those that the broker does not know left out, or why there are none.
    package var answer: Result<[String: String], ClusterError>

    package init(resource: ConfigurationResource, answer: Result<[String: String], ClusterError>) {
        self.resource = resource
        self.answer = answer
    }
}
