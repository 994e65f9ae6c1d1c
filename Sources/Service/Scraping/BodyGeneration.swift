import HTTPService

import struct Synchronization.Atomic

/// One rendering as far as memory is concerned: alive while it is kept or some of it is being sent.
final class BodyGeneration: HTTPBodyHold {
    /// Memory of the rendering in all its forms, in bytes; grows when a form is added.
    private let size = Atomic(0)
    private let revoked = Atomic(false)

    var bytes: Int { size.load(ordering: .relaxed) }

    func add(bytes: Int) { size.add(bytes, ordering: .relaxed) }

    /// Ends the answers that still send it.
    func revoke() { revoked.store(true, ordering: .relaxed) }

    var isRevoked: Bool { revoked.load(ordering: .relaxed) }
}

/// Renderings that are replaced and still being sent, the oldest first.
struct OutdatedGenerations {
    /// Bytes of them that may be alive beside the newest one.
    static let bytesMax = 64 << 20

    private struct Entry {
        weak var generation: BodyGeneration?
    }

    private var entries: [Entry] = []

    /// Memory that they hold, in bytes.
    var bytes: Int { entries.reduce(0) { $0 + ($1.generation?.bytes ?? 0) } }

    /// Adds one that was just replaced, and takes back the oldest ones beyond what may be alive.
    ///
    /// The newest one is left to its readers in any case, so that a reader has at least the time between two
    /// renderings.
    mutating func add(_ generation: BodyGeneration) {
        entries.removeAll { $0.generation == nil }
        var held = bytes
        for entry in entries where held > Self.bytesMax {
            guard let old = entry.generation else { continue }
            held -= old.bytes
            old.revoke()
        }
        entries.append(Entry(generation: generation))
    }
}
