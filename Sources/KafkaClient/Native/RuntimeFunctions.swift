import CRdKafka
import Glibc

/// Functions that only newer releases of librdkafka have, looked up in the loaded library.
///
/// One binary, built against 2.0.2, serves every later release; what is missing is `nil`.
@safe
struct RuntimeFunctions: Sendable {
    typealias ObjectToEnumeration = @Sendable @convention(c) (OpaquePointer?) -> UInt32
    typealias ObjectToObject = @Sendable @convention(c) (OpaquePointer?) -> OpaquePointer?
    typealias ObjectToTimestamp = @Sendable @convention(c) (OpaquePointer?) -> Int64
    typealias ResultToArray =
        @Sendable @convention(c) (
            OpaquePointer?, UnsafeMutablePointer<Int>?
        ) -> UnsafeMutablePointer<OpaquePointer?>?
    typealias InfoToPartition =
        @Sendable @convention(c) (
            OpaquePointer?
        ) -> UnsafePointer<rd_kafka_topic_partition_t>?
    typealias ListOffsets =
        @Sendable @convention(c) (
            OpaquePointer?, UnsafeMutablePointer<rd_kafka_topic_partition_list_t>?, OpaquePointer?,
            OpaquePointer?
        ) -> Void
    typealias SetIsolation = @Sendable @convention(c) (OpaquePointer?, UInt32) -> OpaquePointer?

    /// `rd_kafka_ListOffsets` with what belongs to it, since 2.3.
    @safe
    struct OffsetsAPI: Sendable {
        let listOffsets: ListOffsets
        let result: ObjectToObject
        let infos: ResultToArray
        let partition: InfoToPartition
        let timestamp: ObjectToTimestamp
        let setIsolation: SetIsolation
    }

    let offsets: OffsetsAPI?
    /// Since 2.6.
    let listingType: ObjectToEnumeration?
    /// Since 2.10.
    let descriptionType: ObjectToEnumeration?
    /// Since 2.10.
    let targetAssignment: ObjectToObject?

    /// What the loaded library has.
    static let loaded = RuntimeFunctions()

    private init() {
        unsafe listingType = unsafe Self.find("rd_kafka_ConsumerGroupListing_type")
        unsafe descriptionType = unsafe Self.find("rd_kafka_ConsumerGroupDescription_type")
        unsafe targetAssignment = unsafe Self.find("rd_kafka_MemberDescription_target_assignment")
        let list: ListOffsets? = unsafe Self.find("rd_kafka_ListOffsets")
        let result: ObjectToObject? = unsafe Self.find("rd_kafka_event_ListOffsets_result")
        let infos: ResultToArray? = unsafe Self.find("rd_kafka_ListOffsets_result_infos")
        let partition: InfoToPartition? =
            unsafe Self.find("rd_kafka_ListOffsetsResultInfo_topic_partition")
        let timestamp: ObjectToTimestamp? = unsafe Self.find("rd_kafka_ListOffsetsResultInfo_timestamp")
        let isolation: SetIsolation? = unsafe Self.find("rd_kafka_AdminOptions_set_isolation_level")
        if let list = unsafe list, let result = unsafe result, let infos = unsafe infos,
            let partition = unsafe partition, let timestamp = unsafe timestamp,
            let isolation = unsafe isolation
        {
            offsets = unsafe OffsetsAPI(
                listOffsets: list, result: result, infos: infos, partition: partition, timestamp: timestamp,
                setIsolation: isolation)
        } else {
            offsets = nil
        }
    }

    /// The function called `name`; its type is that of the header of the release that brought it.
    private static func find<Function>(_ name: String) -> Function? {
        // RTLD_DEFAULT is a null handle on Linux.
        guard let symbol = unsafe dlsym(nil, name) else { return nil }
        return unsafe unsafeBitCast(symbol, to: Function.self)
    }
}
