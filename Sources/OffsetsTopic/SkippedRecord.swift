/// Why a record was not decoded.
package enum SkippedRecord: Error, Hashable, Sendable {
    /// No writer of this topic leaves out the key.
    case noKey
    /// A type that this decoder does not read: a newer Kafka's.
    case unknownType(Int16)
    /// A version newer than this decoder.
    case unknownVersion(type: Int16, version: Int16)
    case malformedKey(type: Int16?)
    case malformedValue(type: Int16)

    /// The case alone.
    package var reason: Reason {
        switch self {
        case .noKey: .noKey
        case .unknownType: .unknownType
        case .unknownVersion: .unknownVersion
        case .malformedKey: .malformedKey
        case .malformedValue: .malformedValue
        }
    }

    /// Why a record was not decoded; the raw value is the name in metrics and stays as it is.
    package enum Reason: String, CaseIterable, Sendable {
        case noKey = "no_key"
        case unknownType = "unknown_type"
        case unknownVersion = "unknown_version"
        case malformedKey = "malformed_key"
        case malformedValue = "malformed_value"
    }
}
