extension Int64 {
    /// Sum that stays at the ends of the range instead of trapping on hostile values.
    package func saturatingAdd(_ other: Int64) -> Int64 {
        let (value, overflow) = addingReportingOverflow(other)
        return overflow ? (other < 0 ? .min : .max) : value
    }

    /// Difference that stays at the ends of the range instead of trapping on hostile values.
    package func saturatingSubtract(_ other: Int64) -> Int64 {
        let (value, overflow) = subtractingReportingOverflow(other)
        return overflow ? (other < 0 ? .max : .min) : value
    }
}
