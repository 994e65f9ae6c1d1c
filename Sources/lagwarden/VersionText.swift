import KafkaClient
import Service

/// What `--version` prints.
enum VersionText {
    static var text: String {
        "lagwarden \(BuildInfo.version) (revision \(BuildInfo.revision), Swift \(BuildInfo.swift), "
            + "librdkafka \(KafkaCluster.libraryVersion))"
    }
}
