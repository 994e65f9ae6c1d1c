/// How the process ends.
package enum ExitCode: Int32, Hashable, Sendable {
    case success = 0
    /// Something failed while running, such as an address that is taken.
    case runtime = 1
    /// The command line cannot be understood.
    case usage = 2
    /// The configuration file or environment is wrong.
    case configuration = 3
}
