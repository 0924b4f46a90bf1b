/**
 * A set that keeps its items in order and knows the rank of each: a treap with subtree sizes. Adding, deleting, looking
 * up a rank and finding a neighbour take O(log n) comparisons, walking takes O(1) per item.
 */

interface Node<T> {
  readonly item: T
  readonly weight: number
  size: number
  left: Node<T> | null
  right: Node<T> | null
}

export class OrderedSet<T> implements Iterable<T> {
  readonly #compare: (a: T, b: T) => number
  #root: Node<T> | null = null
  // Weights only balance the tree and are never seen, so a fixed sequence serves and keeps the tree reproducible.
  #weight = 0x9e3779b9

  /** @param compare a total order: 0 only for the same item. An item must not change its place while it is a member. */
  constructor(compare: (a: T, b: T) => number) {
    this.#compare = compare
  }

  get size(): number {
    return sizeOf(this.#root)
  }

  /** The item that comes first. */
  first(): T | undefined {
    let node = this.#root
    while (node?.left) node = node.left
    return node?.item
  }

  /** The first item that does not come before `probe`. */
  firstFrom(probe: T): T | undefined {
    let node = this.#root
    let found: T | undefined
    while (node !== null) {
      if (this.#compare(node.item, probe) < 0) {
        node = node.right
      } else {
        found = node.item
        node = node.left
      }
    }
    return found
  }

  /** How many items come before `probe`. */
  rank(probe: T): number {
    let node = this.#root
    let before = 0
    while (node !== null) {
      if (this.#compare(node.item, probe) < 0) {
        before += sizeOf(node.left) + 1
        node = node.right
      } else {
        node = node.left
      }
    }
    return before
  }

  /** False if it was a member already. */
  add(item: T): boolean {
    const [before, rest] = this.#split(this.#root, item, false)
    const [same, after] = this.#split(rest, item, true)
    const isNew = same === null
    const node = same ?? { item, weight: this.#nextWeight(), size: 1, left: null, right: null }
    this.#root = merge(merge(before, node), after)
    return isNew
  }

  /** False if it was no member. */
  delete(item: T): boolean {
    const [before, rest] = this.#split(this.#root, item, false)
    const [same, after] = this.#split(rest, item, true)
    this.#root = merge(before, after)
    return same !== null
  }

  /** In order. The set must not be changed during the walk. */
  [Symbol.iterator](): Generator<T, undefined> {
    return this.#walk([], this.#root)
  }

  /** In order, what comes after `probe`. The set must not be changed during the walk. */
  after(probe: T): Generator<T, undefined> {
    const path: Node<T>[] = []
    let node = this.#root
    while (node !== null) {
      const isAfter = this.#compare(node.item, probe) > 0
      if (isAfter) path.push(node)
      node = isAfter ? node.left : node.right
    }
    return this.#walk(path, null)
  }

  /** @param path nodes that come, each with what is right of it, from the last one on. @param from what comes before them */
  *#walk(path: Node<T>[], from: Node<T> | null): Generator<T, undefined> {
    let node = from
    while (node !== null || path.length > 0) {
      while (node !== null) {
        path.push(node)
        node = node.left
      }
      const next = path.pop()
      if (next === undefined) return
      yield next.item
      node = next.right
    }
  }

  /** Parts a tree into what comes before `probe` (with `inclusive`, also what equals it) and the rest. */
  #split(node: Node<T> | null, probe: T, inclusive: boolean): [Node<T> | null, Node<T> | null] {
    if (node === null) return [null, null]
    const order = this.#compare(node.item, probe)
    if (order < 0 || (inclusive && order === 0)) {
      const [low, high] = this.#split(node.right, probe, inclusive)
      node.right = low
      resize(node)
      return [node, high]
    }
    const [low, high] = this.#split(node.left, probe, inclusive)
    node.left = high
    resize(node)
    return [low, node]
  }

  /** xorshift32. */
  #nextWeight(): number {
    let x = this.#weight
    x ^= x << 13
    x ^= x >>> 17
    x ^= x << 5
    this.#weight = x
    return x >>> 0
  }
}

function sizeOf<T>(node: Node<T> | null): number {
  return node === null ? 0 : node.size
}

function resize<T>(node: Node<T>): void {
  node.size = sizeOf(node.left) + sizeOf(node.right) + 1
}

/** Joins two trees of which every item of the first comes before every item of the second. */
function merge<T>(before: Node<T> | null, after: Node<T> | null): Node<T> | null {
  if (before === null) return after
  if (after === null) return before
  if (before.weight > after.weight) {
    before.right = merge(before.right, after)
    resize(before)
    return before
  }
  after.left = merge(before, after.left)
  resize(after)
  return after
}
