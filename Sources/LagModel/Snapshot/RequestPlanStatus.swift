/// Which groups' coordinators a round asked, and which had to wait.
package struct RequestPlanStatus: Hashable, Sendable {
    /// Groups that were asked and have members, or whose commits moved lately.
    package var hot: Int
    /// Groups that were asked and stand still.
    package var idle: Int
    /// Groups whose turn it was and that were not asked, for want of requests or of time.
    package var debt: Int

    package init(hot: Int = 0, idle: Int = 0, debt: Int = 0) {
        self.hot = hot
        self.idle = idle
        self.debt = debt
    }
}
