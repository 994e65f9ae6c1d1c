/// A value that copies of it share: copying costs one count of references, whatever is in it.
///
/// A new value takes a block of its own, so this is for what seldom changes.
struct Shared<Value: Hashable & Sendable>: Hashable, Sendable {
    private final class Block: Sendable {
        let value: Value

        init(_ value: Value) { self.value = value }
    }

    private var block: Block

    init(_ value: Value) { block = Block(value) }

    var value: Value {
        get { block.value }
        set { block = Block(newValue) }
    }

    static func == (left: Self, right: Self) -> Bool {
        left.block === right.block || left.value == right.value
    }

    func hash(into hasher: inout Hasher) { hasher.combine(value) }
}
