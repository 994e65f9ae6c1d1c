/// Decides by name which groups or topics are looked at: included, and not excluded.
package struct NameFilter: Hashable, Sendable {
    /// Empty stands for everything.
    package var include: [NamePattern]
    /// Wins over `include`.
    package var exclude: [NamePattern]

    package init(include: [NamePattern] = [], exclude: [NamePattern] = []) {
        self.include = include
        self.exclude = exclude
    }

    package func admits(_ name: String) -> Bool {
        (include.isEmpty || include.contains { $0.matches(name) }) && !exclude.contains { $0.matches(name) }
    }
}
