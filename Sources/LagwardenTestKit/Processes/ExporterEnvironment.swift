import Foundation

/// Variables for a child that is the exporter.
package enum ExporterEnvironment {
    /// `environment` without the variables that the exporter would take for its own and refuse.
    ///
    /// A name that is not in `environment` and begins with `LAGWARDEN_` is unset in the child.
    package static func cleared(_ environment: [String: String?] = [:]) -> [String: String?] {
        let names = ProcessInfo.processInfo.environment.keys.filter { $0.hasPrefix("LAGWARDEN_") }
        return Dictionary(uniqueKeysWithValues: names.map { ($0, String?.none) })
            .merging(environment) { _, given in given }
    }
}
