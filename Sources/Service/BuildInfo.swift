import CBuildInfo
package import Exposition

/// What this binary was built from.
package enum BuildInfo {
    /// Content of the file VERSION.
    package static var version: String { unsafe String(cString: lagwarden_build_version()) }

    /// Commit of the checkout that was built.
    package static var revision: String { unsafe String(cString: lagwarden_build_revision()) }

    /// Version of the compiler's language, as far as it can be told at compile time.
    package static var swift: String {
        #if compiler(>=6.4)
            "6.4 or newer"
        #elseif compiler(>=6.3)
            "6.3"
        #else
            "6.2"
        #endif
    }

    /// The same for `lagwarden_build_info`, with the client library that was loaded.
    package static func facts(librdkafka: String) -> ExporterFacts.BuildFacts {
        ExporterFacts.BuildFacts(version: version, revision: revision, swift: swift, librdkafka: librdkafka)
    }
}
