/// What stands in a value behind its version.
protocol RecordValue {
    /// Versions that the initialiser understands.
    static var knownVersions: ClosedRange<Int16> { get }

    /// Reads the fields of one of the known versions and leaves what follows them.
    init(_ reader: inout WireReader, version: Int16) throws(WireError)
}
