/// Sorts the variables that begin with `LAGWARDEN_` into known, harmless and mistaken ones.
enum EnvironmentVariables {
    private static let prefix = "LAGWARDEN_"

    /// The values that are given, in the order of ``Override/all``; an empty variable counts as absent.
    static func overrides(in environment: [String: String]) -> [(override: Override, value: String)] {
        Override.all.compactMap { override in
            guard let name = override.environment, let value = environment[name], !value.isEmpty else {
                return nil
            }
            return (override, value)
        }
    }

    /// Variables that nobody reads, which are most likely misspelt; `referenced` are read by name.
    static func problems(
        in environment: [String: String], referenced: Set<String>
    ) -> [ConfigurationProblem] {
        let known = Override.all.compactMap(\.environment) + [Override.fileVariable]
        let unknown = environment.filter { name, value in
            name.hasPrefix(prefix) && !known.contains(name) && !referenced.contains(name)
                && !isServiceLink(name.dropFirst(prefix.count - 1), value)
        }
        return unknown.keys.sorted().map { name in
            let nearest = Suggestion.nearest(to: name, among: known)
            return ConfigurationProblem(
                at: .environment(name), "unknown variable" + (nearest.map { ", did you mean \($0)?" } ?? ""),
                expected: "one of those that lagwarden --help lists, or one named in properties_environment")
        }
    }

    /// Whether the name is one that Kubernetes sets in every pod for a Service called `lagwarden...`.
    ///
    /// `LAGWARDEN_SERVICE_HOST`, `LAGWARDEN_SERVICE_PORT[_NAME]`, `LAGWARDEN_PORT[_9876_TCP[_ADDR]]`; `name`
    /// is what follows the first word, with its underscore.
    private static func isServiceLink(_ name: Substring, _ value: String) -> Bool {
        if name.hasSuffix("_SERVICE_HOST") || name.hasSuffix("_SERVICE_PORT")
            || name.contains("_SERVICE_PORT_")
        {
            return true
        }
        if name.hasSuffix("_PORT"), value.contains("://") { return true }
        let words = name.split(separator: "_")
        guard let transport = words.lastIndex(where: { ["TCP", "UDP", "SCTP"].contains($0) }), transport >= 2
        else {
            return false
        }
        let end = words[(transport + 1)...]
        return words[transport - 2] == "PORT" && words[transport - 1].allSatisfy(\.isNumber)
            && (end.isEmpty || (end.count == 1 && ["PROTO", "PORT", "ADDR"].contains(end.first)))
    }
}
