/// Lag in seconds: the age of the oldest unread record when the end offsets were read.
package struct LagAge: Hashable, Sendable {
    /// Never negative; zero where there is no lag.
    package var age: Duration
    /// Half the width of the bracket that the age was taken from; zero when it is exact.
    package var error: Duration

    package init(age: Duration, error: Duration = .zero) {
        self.age = age
        self.error = error
    }
}
