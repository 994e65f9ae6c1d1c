/// A plain reader of sample lines for tests, which shares nothing with the writers.
struct ParsedExposition {
    struct Sample: Hashable {
        var name: String
        var labels: [String]
        var values: [String]
        /// As spelt.
        var number: String
    }

    /// What cannot be a line of either format.
    struct Malformed: Error, CustomStringConvertible {
        var description: String
    }

    var samples: [Sample] = []
    /// Names of TYPE lines in order.
    var families: [String] = []

    init(_ bytes: [UInt8]) throws {
        let text = String(decoding: bytes, as: UTF8.self)
        guard text.isEmpty || text.hasSuffix("\n") else { throw Malformed(description: "no last line feed") }
        // Split by bytes: a CR LF pair is one Character, but only the line feed ends a line.
        for line in text.unicodeScalars.split(separator: "\n", omittingEmptySubsequences: true) {
            if line.first == "#" {
                let words = String(line).split(separator: " ", maxSplits: 3)
                if words.count > 2, words[1] == "TYPE" { families.append(String(words[2])) }
            } else {
                samples.append(try Self.sample(Array(line)))
            }
        }
    }

    func samples(named name: String) -> [Sample] { samples.filter { $0.name == name } }

    private static func sample(_ line: [Unicode.Scalar]) throws -> Sample {
        func fail() -> Malformed {
            Malformed(description: String(String.UnicodeScalarView(line)))
        }
        func string(_ scalars: some Sequence<Unicode.Scalar>) -> String {
            var view = String.UnicodeScalarView()
            view.append(contentsOf: scalars)
            return String(view)
        }
        var position = line.firstIndex { $0 == "{" || $0 == " " } ?? line.count
        guard position < line.count else { throw fail() }
        var sample = Sample(name: string(line[..<position]), labels: [], values: [], number: "")
        if line[position] == "{" {
            repeat {
                position += 1
                guard let equals = line[position...].firstIndex(of: "=") else { throw fail() }
                sample.labels.append(string(line[position..<equals]))
                guard equals + 1 < line.count, line[equals + 1] == "\"" else { throw fail() }
                position = equals + 2
                var value: [Unicode.Scalar] = []
                while position < line.count, line[position] != "\"" {
                    if line[position] == "\\" {
                        position += 1
                        guard position < line.count else { throw fail() }
                        switch line[position] {
                        case "n": value.append("\n")
                        case "\\", "\"": value.append(line[position])
                        default: throw fail()
                        }
                    } else {
                        value.append(line[position])
                    }
                    position += 1
                }
                sample.values.append(string(value))
                position += 1
                guard position < line.count else { throw fail() }
            } while line[position] == ","
            guard line[position] == "}" else { throw fail() }
            position += 1
        }
        guard position < line.count, line[position] == " " else { throw fail() }
        sample.number = string(line[(position + 1)...])
        guard Double(sample.number)?.isFinite == true else { throw fail() }
        return sample
    }
}
