/// What happens to a group's lag if everything goes on as over the configured window.
package struct GroupOutlook: Hashable, Sendable {
    /// Time until nothing is unread; zero without lag, `nil` while the group does not catch up or nobody
    /// knows.
    package var catchUp: Duration?
    /// Whether the group, behind over the whole window, consumes no faster than is produced; `nil` while the
    /// window is not yet full or a lag is unknown.
    package var isCatchUpImpossible: Bool?

    package init(catchUp: Duration? = nil, isCatchUpImpossible: Bool? = nil) {
        self.catchUp = catchUp
        self.isCatchUpImpossible = isCatchUpImpossible
    }
}
