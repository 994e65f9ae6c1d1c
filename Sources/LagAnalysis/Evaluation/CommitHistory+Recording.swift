package import ClusterAccess
package import LagModel

extension CommitHistory {
    /// Adds what a round saw, and forgets what the window of the evaluation no longer needs.
    package mutating func record(
        _ frame: consuming Frame, after before: MonotonicTime? = nil, settings: EvaluationSettings
    ) {
        record(frame, after: before, window: settings.window, spacing: settings.spacing)
    }
}
