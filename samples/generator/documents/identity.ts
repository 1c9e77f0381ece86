import { ObjectId } from 'bson';
import { type Dirt, dirtOf, type Form } from '../dirt.ts';
import { agentFacts } from '../facts/agent-facts.ts';
import { contactPerson } from '../facts/contact-facts.ts';
import { random } from '../random.ts';
import { createdAt } from '../timeline.ts';
import type { Collection, World } from '../world.ts';
import { brokenEmails, emailForms } from './shared-forms.ts';

/** A document's `_id`: usually an ObjectId, sometimes whatever a manual import put there. */
export type Id = ObjectId | string | number;

type IdSource = { objectId: ObjectId; collection: Collection; index: number };

const idForms: readonly Form<IdSource>[] = [
  { name: 'ObjectId', weight: 80, write: ({ objectId }) => objectId },
  { name: 'hex string', weight: 5, write: ({ objectId }) => objectId.toHexString() },
  { name: 'string', weight: 7, write: ({ collection, index }) => `${collection.slice(0, 4)}-import-${index}` },
  { name: 'number', weight: 8, write: ({ index }) => 100_000 + index },
];

/** An ObjectId as MongoDB generates them (seconds, machine, counter), with machine and counter derived from the key. */
export function objectIdOf(world: World, kind: string, counter: number, time: number): ObjectId {
  const bytes = Buffer.alloc(12);
  bytes.writeUInt32BE(Math.floor(time / 1000), 0);
  const machine = random(world.seed, 'machine', kind);
  bytes.writeUInt32BE(machine.uint32(), 4);
  bytes.writeUInt8(machine.int(0, 255), 8);
  bytes.writeUIntBE(counter % 0x1000000, 9, 3);
  return new ObjectId(bytes);
}

const idSource = (world: World, collection: Collection, index: number, time: number): IdSource => ({
  objectId: objectIdOf(world, collection, index, time),
  collection,
  index,
});

/** What other documents can use to refer to this one. */
export type Target = { id: Id; email?: string };

/** The `_id` of a numbered document, as written in that document. */
function idIn(dirt: Dirt, source: IdSource): Id {
  return dirt.choose('_id', idForms, source).write(source, random('unused')) as Id;
}

export const listingTarget = (world: World, index: number): Target => ({
  id: idIn(
    dirtOf(world, 'properties', index),
    idSource(world, 'properties', index, createdAt(world, 'listing', index)),
  ),
});

export function contactTarget(world: World, index: number): Target {
  const dirt = dirtOf(world, 'contacts', index);
  const id = idIn(dirt, idSource(world, 'contacts', index, createdAt(world, 'contact', index)));
  const { email } = contactPerson(world, index);
  return brokenEmails.has(dirt.choose('email', emailForms, email).name) ? { id } : { id, email };
}

export function agentTarget(world: World, index: number): Target {
  const facts = agentFacts(world, index);
  const dirt = dirtOf(world, 'users', index);
  const id = idIn(dirt, idSource(world, 'users', index, facts.createdAt));
  return brokenEmails.has(dirt.choose('email', emailForms, facts.email).name) ? { id } : { id, email: facts.email };
}

/** The `_id` to write into a document; counts the oddity. */
export function ownId(world: World, dirt: Dirt, collection: Collection, index: number, time: number): unknown {
  return dirt.value('_id', idForms, idSource(world, collection, index, time));
}

/** How a document refers to another. */
export const refForms: readonly Form<Target>[] = [
  { name: 'as the target has it', weight: 6, write: ({ id }) => id },
  { name: 'hex string', weight: 5, when: ({ id }) => id instanceof ObjectId, write: ({ id }) => String(id) },
  { name: 'e-mail address', weight: 4, when: ({ email }) => email !== undefined, write: ({ email }) => email },
  {
    name: 'nowhere',
    weight: 1,
    write: (_, r) => {
      const lost = `4d${Array.from({ length: 22 }, () => r.int(0, 15).toString(16)).join('')}`;
      return r.pick([new ObjectId(lost), lost]);
    },
  },
];

/** A reference that may be missing. */
export const looseRefForms: readonly Form<Target>[] = [
  ...refForms,
  { name: 'missing', weight: 1, write: () => undefined },
];
