/// Why a program or a cluster could not be started, as one sentence for a person.
package struct LaunchError: Error, Hashable, Sendable, CustomStringConvertible {
    package let description: String

    package init(_ description: String) { self.description = description }
}
