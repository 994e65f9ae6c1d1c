import ClusterAccess

/// What to ask next about one place in a log.
enum TimeQuestion: Hashable, Sendable {
    /// The bracket is within the tolerance.
    case settled
    /// No record there carries a timestamp.
    case noTimestamps
    /// Look up the first record that is at least so new; milliseconds since 1970.
    case ask(Int64)
}

extension TimeIndex {
    /// The look-up that is likely to narrow the bracket of `offset` most.
    ///
    /// Times between two known ones are guessed as if records had come at an even pace, and a look-up goes a
    /// little to the side of the guess where that closes the bracket. Steps to the side grow with the
    /// effort, and every third look-up halves the bracket on a scale of relative age, so that no log can make
    /// it take long.
    func question(about offset: Int64, now: WallTime, tolerance: TimeTolerance) -> TimeQuestion {
        guard let place = place(of: offset) else {
            return lacksTimestamps(from: offset) ? .noTimestamps : .ask(0)
        }
        let present = now.millisecondsRoundedUp
        guard let bracket = bracket(of: offset, now: now), let low = lower.last(upTo: place) else {
            return .ask(further(backFrom: upper.first(after: place), place: place, present: present))
        }
        if bracket.excess(at: now, tolerance) <= 1 { return .settled }
        // Old and new are ages in milliseconds from here on, so that sums stay far from the ends.
        let end = upper.first(after: place)
        let old = present.saturatingSubtract(bracket.oldest)
        let new = max(0, present.saturatingSubtract(bracket.newest).saturatingSubtract(1))
        let allowed = max(tolerance.absolute.seconds * 1000, Double(new) * tolerance.ratio)
        let step = max(1, Int64(clampedTo: allowed * 0.9 * Double(1 << (min(effort / 3, 15) * 2))))
        var age: Int64
        if effort % 3 == 2 || step > (old - new) / 2 {
            age = Self.middle(Double(new), Double(old), scale: max(1, tolerance.absolute.seconds * 1000))
        } else {
            let behind = Double(place.saturatingSubtract(low.offset)) + 0.5
            let span = max(1, Double((end?.offset ?? highWatermark).saturatingSubtract(low.offset)))
            let guess = Double(old) - Double(old - new) * min(1, behind / span)
            if Double(old) - guess <= allowed {
                age = old.saturatingSubtract(step)
            } else if guess - Double(new) <= allowed {
                age = new.saturatingAdd(step)
            } else {
                age = Int64(clampedTo: guess + allowed * 0.45)
            }
        }
        // Strictly inside: asking for a bound again would teach nothing.
        let youngest = present.saturatingSubtract(bracket.newest)
        age = min(max(age, youngest), old.saturatingSubtract(1))
        return .ask(max(0, present.saturatingSubtract(age)))
    }

    /// A time that is far enough back to lie before the place, with nothing proved but what is newer.
    private func further(backFrom end: TimeStaircase.Step?, place: Int64, present: Int64) -> Int64 {
        let first: Int64 = 60_000
        guard let end, end.time < present else { return max(0, present.saturatingSubtract(first)) }
        let known = max(1, present.saturatingSubtract(end.time))
        let records = Double(highWatermark.saturatingSubtract(end.offset))
        let wanted = Double(highWatermark.saturatingSubtract(place))
        let even = records > 0 ? Double(known) * wanted / records * 1.25 : .infinity
        let age = min(max(even, Double(known) * 2), max(Double(known) * 64, Double(first)))
        return max(0, present.saturatingSubtract(Int64(clampedTo: age)))
    }

    /// The age halfway between two on a scale of ratios, which is even below `scale`.
    private static func middle(_ new: Double, _ old: Double, scale: Double) -> Int64 {
        Int64(clampedTo: ((new + scale) * (old + scale)).squareRoot() - scale)
    }
}

extension Int64 {
    /// The nearest number that the type has, for guesses; not for offsets.
    fileprivate init(clampedTo value: Double) {
        if value.isNaN || value < -9e18 {
            self = value.isNaN ? 0 : .min
        } else {
            self = value > 9e18 ? .max : Int64(value)
        }
    }
}
