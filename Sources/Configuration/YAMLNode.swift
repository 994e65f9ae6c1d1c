/// A piece of a configuration with the place it came from; flags and variables take this form as well.
struct YAMLNode: Hashable, Sendable {
    var content: Content
    var origin: Origin

    enum Content: Hashable, Sendable {
        case null
        /// Quoted or not: what the text means is decided by the key.
        case scalar(String)
        case sequence([YAMLNode])
        /// In the order of the file; a key that was given twice is here twice.
        case mapping([Entry])
    }

    struct Entry: Hashable, Sendable {
        var key: String
        var keyOrigin: Origin
        var value: YAMLNode
    }

    init(_ content: Content, at origin: Origin = .absent) {
        self.content = content
        self.origin = origin
    }

    /// A mapping without a place, for writing.
    static func mapping(_ entries: [(String, YAMLNode)]) -> YAMLNode {
        YAMLNode(.mapping(entries.map { Entry(key: $0.0, keyOrigin: .absent, value: $0.1) }))
    }

    /// What kind of node it is, as it reads in a message.
    var kind: String {
        switch content {
        case .null: "empty"
        case .scalar: "a single value"
        case .sequence: "a list"
        case .mapping: "a mapping"
        }
    }
}
