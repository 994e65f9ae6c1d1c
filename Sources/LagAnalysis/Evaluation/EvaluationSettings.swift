/// How far groups are looked back on, and what is let pass.
package struct EvaluationSettings: Hashable, Sendable {
    /// How far back rules look; longer than any pause between two commits that is nothing to worry about.
    package var window: Duration { didSet { derive() } }
    /// Shortest time without commits that is a stop, and the least that has to be known of a partition with
    /// lag before anything is said of it.
    package var minimum: Duration { didSet { derive() } }
    /// Up to so many records of lag a partition is OK whatever else it does.
    package var allowedLag: Int64
    /// Rounds closer together than this share one place in the history: a tenth of the window.
    package private(set) var spacing = Duration.zero
    /// Records younger than this are no reason for a warning: a fifth of the window, or ``minimum``.
    package private(set) var freshness = Duration.zero

    package init(
        window: Duration = .seconds(600), minimum: Duration = .seconds(60), allowedLag: Int64 = 0
    ) {
        self.window = window
        self.minimum = minimum
        self.allowedLag = allowedLag
        derive()
    }

    /// Works out what follows from the others, once: to divide durations takes long.
    private mutating func derive() {
        spacing = window / 10
        freshness = max(minimum, window / 5)
    }
}
