/// Lives as long as a body is being sent, and may end that early.
///
/// The server keeps it until the last byte has left or the connection is gone, then lets it go. It is asked
/// from any thread.
package protocol HTTPBodyHold: AnyObject, Sendable {
    /// Whether the body is needed back: its connection is then closed within a second or two.
    var isRevoked: Bool { get }
}
