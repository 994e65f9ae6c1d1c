import ClusterAccess

/// The mapping of librdkafka's properties in the configuration.
enum KafkaProperty {
    /// The mapping of properties; secret values are written redacted, always.
    static let shape = Shape<[String: Secret]>.table(
        "librdkafka properties to values",
        of: ValueFormat(
            expected: "the value of a librdkafka property", example: "security.protocol: SASL_SSL",
            parse: { text throws(ValueRefusal) in Secret(text) }, print: { $0.description }),
        blank: Secret(""),
        write: { name, value in ClientProperty.isSecret(name) ? value.description : value.reveal() })
}
