/// How a value of some type stands in the tree: reading it with all its problems, writing it, and its keys.
struct Shape<Value: Sendable>: Sendable {
    /// Lays what the node gives over the value; `path` names the node in messages.
    let read: @Sendable (YAMLNode, inout Value, String, inout Findings) -> Void
    let write: @Sendable (Value) -> YAMLNode
    /// Every key below, relative to this one: "" stands for the value itself.
    let keys: [KeyDescription]
}

/// One key that may be given, for help, tests and suggestions.
struct KeyDescription: Hashable, Sendable {
    /// Full path, with `[]` for the elements of a list, such as `clusters[].brokers`.
    var path: String
    var expected: String
    var example: String

    /// The last word of the path, which is what stands in the file.
    var name: String { String(path.split(separator: ".").last ?? "") }
}

/// One key of a section.
struct Field<Section: Sendable>: Sendable {
    let key: String
    let isRequired: Bool
    let read: @Sendable (YAMLNode, inout Section, String, inout Findings) -> Void
    let write: @Sendable (Section) -> YAMLNode
    let keys: [KeyDescription]

    init<Value>(
        _ key: String, _ property: any WritableKeyPath<Section, Value> & Sendable, _ shape: Shape<Value>,
        isRequired: Bool = false
    ) {
        self.key = key
        self.isRequired = isRequired
        read = { node, section, path, findings in
            shape.read(node, &section[keyPath: property], path, &findings)
        }
        write = { section in shape.write(section[keyPath: property]) }
        keys = shape.keys.map { below in
            let separator = below.path.isEmpty || below.path.hasPrefix("[") ? "" : "."
            return KeyDescription(
                path: key + separator + below.path, expected: below.expected, example: below.example)
        }
    }

    /// The key with a value that would be accepted, on one line.
    var exampleLine: String {
        guard let first = keys.first else { return "\(key):" }
        let below = first.path.dropFirst(key.count)
        switch below {
        case "": return "\(key): \(first.example)"
        case "[]": return "\(key): [\(first.example)]"
        case _ where below.hasPrefix("[]."): return "\(key): [{\(first.name): \(first.example)}]"
        default: return "\(key): {\(first.name): \(first.example)}"
        }
    }
}

extension Shape {
    /// A value that is written as one word or text.
    static func scalar(_ format: ValueFormat<Value>) -> Shape {
        Shape(
            read: { node, value, path, findings in
                findings.origins[path] = node.origin
                guard case .scalar(let text) = node.content else {
                    let problem = node.content == .null ? "has no value" : "is \(node.kind)"
                    findings.add(
                        ConfigurationProblem(
                            at: node.origin, path: path, problem, expected: format.expected,
                            example: format.example))
                    return
                }
                do throws(ValueRefusal) {
                    value = try format.parse(text)
                } catch {
                    findings.add(
                        ConfigurationProblem(
                            at: node.origin, path: path, "\(Quotation.quote(text)) \(error.reason)",
                            expected: format.expected, example: format.example))
                }
            },
            write: { YAMLNode(.scalar(format.print($0))) },
            keys: [KeyDescription(path: "", expected: format.expected, example: format.example)])
    }

    /// A list, which replaces the list that was there; `blank` is what an element is laid over.
    ///
    /// A single value stands for a list of one where the elements are single values.
    static func list<Element>(
        of element: Shape<Element>, blank: Element, singly: Bool
    ) -> Shape where Value == [Element] {
        Shape(
            read: { node, value, path, findings in
                findings.origins[path] = node.origin
                let elements: [YAMLNode]
                switch node.content {
                case .sequence(let nodes): elements = nodes
                case .null: elements = []
                case .scalar where singly: elements = [node]
                case .scalar, .mapping:
                    findings.add(
                        ConfigurationProblem(
                            at: node.origin, path: path, "is \(node.kind)", expected: "a list",
                            example: "a line that begins with \"- \""))
                    return
                }
                guard elements.count <= ListLimit.elementsMax else {
                    findings.add(ListLimit.problem(at: node.origin, path))
                    return
                }
                value = elements.enumerated().map { index, node in
                    var item = blank
                    element.read(node, &item, "\(path)[\(index)]", &findings)
                    return item
                }
            },
            write: { YAMLNode(.sequence($0.map(element.write))) },
            keys: element.keys.map { below in
                let separator = below.path.isEmpty ? "" : "."
                return KeyDescription(
                    path: "[]" + separator + below.path, expected: below.expected, example: below.example)
            })
    }

    /// A mapping with known keys, laid over what is there.
    static func section(_ fields: [Field<Value>]) -> Shape {
        Shape(
            read: { node, value, path, findings in
                findings.origins[path] = node.origin
                switch node.content {
                case .null: return
                case .mapping(let entries):
                    SectionReading.read(entries, of: node, fields, &value, path, &findings)
                case .scalar, .sequence:
                    findings.add(
                        ConfigurationProblem(
                            at: node.origin, path: path, "is \(node.kind)",
                            expected: "a mapping with the keys \(fields.map(\.key).joined(separator: ", "))",
                            example: fields.first?.exampleLine ?? ""))
                }
            },
            write: { value in .mapping(fields.map { ($0.key, $0.write(value)) }) },
            keys: fields.flatMap(\.keys))
    }

    /// A mapping with free keys, which replaces the mapping that was there; `write` may redact by key.
    ///
    /// `what` completes "a mapping of".
    static func table<Element>(
        _ what: String, of format: ValueFormat<Element>, blank: Element,
        write: @escaping @Sendable (String, Element) -> String
    ) -> Shape where Value == [String: Element] {
        let element = Shape<Element>.scalar(format)
        return Shape(
            read: { node, value, path, findings in
                findings.origins[path] = node.origin
                switch node.content {
                case .null: value = [:]
                case .mapping(let entries) where entries.count > ListLimit.elementsMax:
                    findings.add(ListLimit.problem(at: node.origin, path))
                case .mapping(let entries):
                    value = SectionReading.readTable(entries, element, blank: blank, path, &findings)
                case .scalar, .sequence:
                    findings.add(
                        ConfigurationProblem(
                            at: node.origin, path: path, "is \(node.kind)",
                            expected: "a mapping of \(what)", example: "{\(format.example)}"))
                }
            },
            write: { table in
                .mapping(
                    table.sorted { $0.key < $1.key }.map { key, value in
                        (key, YAMLNode(.scalar(write(key, value))))
                    })
            },
            keys: [
                KeyDescription(
                    path: "", expected: "a mapping of \(what)", example: "{\(format.example)}")
            ])
    }
}

/// How long a list or mapping of the configuration may be.
enum ListLimit {
    static let elementsMax = 1000

    static func problem(at origin: Origin, _ path: String) -> ConfigurationProblem {
        ConfigurationProblem(
            at: origin, path: path, "is longer than \(elementsMax)",
            expected: "fewer; a regular expression can stand for many names")
    }
}
