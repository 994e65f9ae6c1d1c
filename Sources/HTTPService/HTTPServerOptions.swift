/// Limits of the server.
///
/// What is beyond them is refused or closed by libmicrohttpd before our code sees it.
package struct HTTPServerOptions: Sendable, Equatable {
    /// Threads that read, answer and send, 2 to 64; a handler occupies one while it runs.
    package var threads = 4
    /// Connections open at a time, spread over the threads; more wait in the backlog.
    package var connectionLimit = 512
    /// Connections open at a time from one address; nil for no limit.
    package var connectionLimitPerAddress: Int?
    /// A connection on which nothing moves for so long is closed; whole seconds, at least 1.
    ///
    /// Longer than a common scrape interval, so that Prometheus keeps its connection.
    package var idleTimeout: Duration = .seconds(75)
    /// A connection that has sent no whole request for so long, since it opened or was last answered, is
    /// closed even if it moves a byte now and then; longer than `idleTimeout`.
    package var requestTimeout: Duration = .seconds(90)
    /// A connection that has not taken its whole answer for so long is closed.
    package var answerTimeout: Duration = .seconds(300)
    /// Bytes of a connection's request line and header fields together, beyond which it gets 431 or 414.
    package var requestMemory = 32 * 1024
    /// Connections that the kernel holds until a thread takes them.
    package var backlog = 256
    /// How long `stop` waits for answers under way before it cuts them off.
    package var stopGrace: Duration = .milliseconds(1500)

    package init() {}
}
