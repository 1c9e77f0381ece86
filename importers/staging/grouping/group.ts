/** A document with everything that it can be recognised by. Times are ISO 8601. */
export type IdentifiedDocument = {
  readonly legacyId: string;
  readonly identities: readonly string[];
  /** The record that it belongs to at present. */
  readonly recordKey: string;
  /** The record that it would be on its own. */
  readonly ownKey: string;
  /** The record that it is on its own if others continue that one. */
  readonly spareKey: string;
  /** Whether the record that it belongs to already exists. */
  readonly applied: boolean;
  readonly createdAt: string | null;
  /** Its sides in splits by hand: `<split> leaves` or `<split> stays`. */
  readonly apart: readonly string[];
};

type Group = readonly IdentifiedDocument[];

/**
 * Which documents are about the same thing, and which record they become: documents that share an identity, also
 * through a third document. Documents on different sides of a split by hand never are; a third document joins the first
 * of them that it shares something with. A weak identity (`~`) only joins documents that have at most one strong identity between
 * them.
 *
 * A group continues a record that one of its documents started and some of its documents belong to: preferably one that
 * exists, then the one whose document came first (by creation, then ID). So the key is the same whether the documents
 * became related before their first import or afterwards. A group that splits off continues the record if no other
 * group does; otherwise it becomes the record of its first document, or a new one if others continue that.
 *
 * @param moveRecords whether documents of existing records move as well
 * @returns the new record key of each document that has to move, by legacy ID
 */
export const groupByIdentity = (
  documents: readonly IdentifiedDocument[],
  moveRecords: boolean,
): ReadonlyMap<string, string> => {
  const groups = groupsOf([...documents].sort(byCreation));
  const keys = new Map<Group, string>();
  const claimed = new Set<string>();
  const claim = (group: Group, key: string | undefined) => {
    if (key === undefined || keys.has(group) || claimed.has(key)) return;
    keys.set(group, key);
    claimed.add(key);
  };
  const exists = new Set(documents.filter(({ applied }) => applied).map(({ recordKey }) => recordKey));
  const best = (candidates: readonly string[]) => candidates.find((key) => exists.has(key)) ?? candidates[0];
  for (const group of groups) {
    const current = new Set(group.map(({ recordKey }) => recordKey));
    claim(group, best(group.flatMap(({ ownKey }) => (current.has(ownKey) ? [ownKey] : []))));
  }
  // A record that none of its documents started (a lead captured in openhouse) continues on the side that stays.
  for (const group of [...groups].sort((one, other) => Number(leaves(one)) - Number(leaves(other)))) {
    claim(group, best(group.flatMap(({ recordKey }) => (claimed.has(recordKey) ? [] : [recordKey]))));
    for (const key of [group[0]!.ownKey, ...group.map(({ spareKey }) => spareKey)]) claim(group, key);
  }
  const moves = new Map<string, string>();
  for (const [group, key] of keys) {
    for (const { legacyId, recordKey, applied } of group) {
      if (recordKey !== key && (moveRecords || !applied)) moves.set(legacyId, key);
    }
  }
  return moves;
};

const leaves = (group: Group): boolean => group.some(({ apart }) => apart.some((side) => side.endsWith(' leaves')));

/** In the order of their first documents. */
const groupsOf = (documents: readonly IdentifiedDocument[]): readonly Group[] => {
  const sharing = new Map<string, IdentifiedDocument[]>();
  for (const document of documents) {
    for (const identity of document.identities) {
      const known = sharing.get(identity);
      if (known === undefined) sharing.set(identity, [document]);
      else known.push(document);
    }
  }
  const parents = new Map<IdentifiedDocument, IdentifiedDocument>();
  const rootOf = (document: IdentifiedDocument): IdentifiedDocument => {
    let root = document;
    for (let parent = parents.get(root); parent !== undefined; parent = parents.get(root)) root = parent;
    for (let at = document; at !== root; ) {
      const next = parents.get(at)!;
      parents.set(at, root);
      at = next;
    }
    return root;
  };
  const sides = new Map<IdentifiedDocument, Sides>();
  for (const [identity, members] of sharing) {
    if (isWeak(identity) && new Set(members.flatMap(strongOf)).size > 1) continue;
    // More than one only if a split keeps them apart.
    const firsts: IdentifiedDocument[] = [];
    for (const member of members) {
      const root = rootOf(member);
      const first = firsts.find((one) => !keptApart(sidesOf(sides, rootOf(one)), sidesOf(sides, root)));
      if (first === undefined) firsts.push(member);
      else if (rootOf(first) !== root) {
        const into = rootOf(first);
        parents.set(root, into);
        sides.set(into, new Map([...sidesOf(sides, into), ...sidesOf(sides, root)]));
      }
    }
  }
  const groups = new Map<IdentifiedDocument, IdentifiedDocument[]>();
  for (const document of documents) {
    const known = groups.get(rootOf(document));
    if (known === undefined) groups.set(rootOf(document), [document]);
    else known.push(document);
  }
  return [...groups.values()];
};

/** The side of each split that a group is on. */
type Sides = ReadonlyMap<string, string>;

const sidesOf = (known: ReadonlyMap<IdentifiedDocument, Sides>, root: IdentifiedDocument): Sides =>
  known.get(root) ?? new Map(root.apart.map((side) => side.split(' ') as [string, string]));

const keptApart = (one: Sides, other: Sides): boolean =>
  [...one].some(([split, side]) => (other.get(split) ?? side) !== side);

const isWeak = (identity: string): boolean => identity.startsWith('~');
const strongOf = ({ identities }: IdentifiedDocument) => identities.filter((identity) => !isWeak(identity));

const byCreation = (a: IdentifiedDocument, b: IdentifiedDocument): number => {
  const [left, right] = [a.createdAt ?? '~', b.createdAt ?? '~'];
  if (left !== right) return left < right ? -1 : 1;
  return a.legacyId < b.legacyId ? -1 : 1;
};
