// Placeholder until the target's tests arrive.
