/// Why the server does not listen: one sentence about what happened, one about what to do.
package struct HTTPServerError: Error, Sendable, Equatable, CustomStringConvertible {
    package enum Code: Sendable, Equatable {
        /// The host has no address, or none of this machine's.
        case unknownHost
        /// Another process listens there.
        case addressInUse
        /// A port below 1024 without the right to it.
        case permissionDenied
        /// The system or libmicrohttpd refused for another reason, which `reason` gives.
        case failed
    }

    package let code: Code
    package let address: String
    package let reason: String
    package let remedy: String

    package var description: String { "Cannot listen on \(address): \(reason). \(remedy)." }
}
