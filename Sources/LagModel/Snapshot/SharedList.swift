/// An array that shares its elements one by one with its copies.
///
/// A copy costs one count of references for each element, however large that is, and changing an element
/// copies it alone. So what stays from round to round is kept once. A value like an array: threads may share
/// copies, and whoever changes one leaves the others as they are.
///
/// A new element takes a block of its own. Fields are read where they stand; handing an element over as a
/// whole copies it. Writing to an element that a copy shares copies it even where nothing becomes different:
/// who writes looks first.
///
/// WHY: public, as nothing else is. The compiler takes no body of a `package` declaration to other modules,
/// inlinable or not; each would then read a field through a call that copies the whole element.
public struct SharedList<Element> {
    /// Each element in an array of its own: that is one block, which copies itself before it is written to
    /// while others hold it.
    @usableFromInline var boxes: [[Element]]

    @inlinable public init() { boxes = [] }

    /// Puts a new element in the place of one that a copy may share, which is then not copied first.
    @inlinable public mutating func replace(at position: Int, with element: Element) {
        boxes[position] = [element]
    }

    /// Appends an element of another list without a copy of it.
    @inlinable public mutating func append(sharing position: Int, of other: borrowing Self) {
        boxes.append(other.boxes[position])
    }

    /// Whether an element stands in the same memory as one of another list: then nobody has written to it
    /// since the two were one, as long as both were there all the time.
    @inlinable public func shares(_ position: Int, with other: borrowing Self, at place: Int) -> Bool {
        // SAFETY: addresses are compared, nothing is read through them.
        let others = unsafe other.boxes[place].withUnsafeBufferPointer { $0.baseAddress }
        return unsafe boxes[position].withUnsafeBufferPointer { unsafe $0.baseAddress == others }
    }
}

extension SharedList: Sendable where Element: Sendable {}

extension SharedList: RandomAccessCollection, MutableCollection {
    @inlinable public var startIndex: Int { 0 }
    @inlinable public var endIndex: Int { boxes.count }
    @inlinable public var count: Int { boxes.count }

    @inlinable public subscript(position: Int) -> Element {
        _read { yield boxes[position][0] }
        _modify { yield &boxes[position][0] }
    }

    /// Moves both without a copy of either.
    @inlinable public mutating func swapAt(_ first: Int, _ second: Int) { boxes.swapAt(first, second) }
}

extension SharedList: RangeReplaceableCollection {
    @inlinable public init(_ elements: some Sequence<Element>) { boxes = elements.map { [$0] } }

    @inlinable public mutating func reserveCapacity(_ count: Int) { boxes.reserveCapacity(count) }

    @inlinable public mutating func append(_ element: Element) { boxes.append([element]) }

    @inlinable public mutating func replaceSubrange(
        _ range: Range<Int>, with elements: some Collection<Element>
    ) {
        boxes.replaceSubrange(range, with: elements.map { [$0] })
    }

    /// Takes elements out; those that stay are shared as they were.
    @inlinable public mutating func removeAll(
        where isRemoved: (Element) throws -> Bool
    ) rethrows {
        try boxes.removeAll { try isRemoved($0[0]) }
    }
}

extension SharedList: ExpressibleByArrayLiteral {
    @inlinable public init(arrayLiteral elements: Element...) { self.init(elements) }
}
