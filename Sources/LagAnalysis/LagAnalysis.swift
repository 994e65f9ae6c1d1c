// What follows from snapshots over time: lag in seconds, verdicts, forecasts and findings.
