/// Walks the entries of one mapping; the branches of ``Shape`` that deserve names.
enum SectionReading {
    static func read<Section>(
        _ entries: [YAMLNode.Entry], of node: YAMLNode, _ fields: [Field<Section>], _ section: inout Section,
        _ path: String, _ findings: inout Findings
    ) {
        var seen: [String: Origin] = [:]
        for entry in entries where !findings.isFull {
            let keyPath = path.isEmpty ? entry.key : "\(path).\(entry.key)"
            if let first = seen[entry.key] {
                findings.add(duplicate(entry, first: first, keyPath))
                continue
            }
            seen[entry.key] = entry.keyOrigin
            guard let field = fields.first(where: { $0.key == entry.key }) else {
                findings.add(unknown(entry, fields, path))
                continue
            }
            field.read(entry.value, &section, keyPath, &findings)
        }
        for field in fields where field.isRequired && seen[field.key] == nil {
            findings.add(
                ConfigurationProblem(
                    at: node.origin, path: path, "the key \(field.key) is missing",
                    expected: field.keys.first?.expected ?? "", example: field.exampleLine))
        }
    }

    static func readTable<Element>(
        _ entries: [YAMLNode.Entry], _ element: Shape<Element>, blank: Element, _ path: String,
        _ findings: inout Findings
    ) -> [String: Element] {
        var seen: [String: Origin] = [:]
        var table: [String: Element] = [:]
        for entry in entries where !findings.isFull {
            let keyPath = "\(path).\(entry.key)"
            if let first = seen[entry.key] {
                findings.add(duplicate(entry, first: first, keyPath))
                continue
            }
            seen[entry.key] = entry.keyOrigin
            var value = blank
            element.read(entry.value, &value, shown(keyPath), &findings)
            table[entry.key] = value
        }
        return table
    }

    private static func duplicate(
        _ entry: YAMLNode.Entry, first: Origin, _ path: String
    ) -> ConfigurationProblem {
        ConfigurationProblem(
            at: entry.keyOrigin, path: shown(path), "the key is given twice, first at \(first)",
            expected: "each key once")
    }

    private static func unknown<Section>(
        _ entry: YAMLNode.Entry, _ fields: [Field<Section>], _ path: String
    ) -> ConfigurationProblem {
        let known = fields.map(\.key)
        let nearest = Suggestion.nearest(to: entry.key, among: known)
        let meant = nearest ?? elsewhere(entry.key)
        return ConfigurationProblem(
            at: entry.keyOrigin, path: shown(path.isEmpty ? entry.key : "\(path).\(entry.key)"),
            "unknown key" + (meant.map { ", did you mean \($0)?" } ?? ""),
            expected: "one of \(known.joined(separator: ", "))",
            example: (fields.first { $0.key == nearest } ?? fields.first)?.exampleLine ?? "")
    }

    /// The full path of a key that is known, but belongs into another section.
    private static func elsewhere(_ key: String) -> String? {
        let other = ["kafka": "clusters", "cluster": "clusters", "bootstrap_servers": "clusters[].brokers"]
        if let path = other[key] { return path }
        let found = Settings.keys.first { $0.name == key || $0.name == key + "[]" }?.path
        return found.map { $0.hasSuffix("[]") ? String($0.dropLast(2)) : $0 }
    }

    /// A path whose free part came from the file, kept to one readable line.
    private static func shown(_ path: String) -> String {
        let quoted = Quotation.quote(path)
        return String(quoted.dropFirst().dropLast())
    }
}
