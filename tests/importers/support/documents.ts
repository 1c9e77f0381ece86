import { ObjectId } from 'bson';

/** Valid documents of the old CRM, with the differences that a test needs. */

let made = 0;
/** A new ObjectId, created at a fixed time. */
export const newId = (): ObjectId =>
  new ObjectId(Math.floor(Date.parse('2024-01-01') / 1000).toString(16) + (++made).toString(16).padStart(16, '0'));

const times = { createdAt: new Date('2025-01-01T00:00:00Z'), updatedAt: new Date('2025-02-01T00:00:00Z') };

export const user = (fields: object = {}) => {
  const _id = newId();
  return {
    _id,
    name: 'Maria Garcia',
    email: `maria${made}@example.com`,
    roles: ['agent'],
    active: true,
    ...times,
    ...fields,
  };
};

export const contact = (fields: object = {}) => {
  const _id = newId();
  return { _id, name: 'Ana López', email: `ana${made}@example.com`, stage: 'new', ...times, ...fields };
};

export const property = (fields: object = {}) => {
  const _id = newId();
  return {
    _id,
    mlsId: `RX-${10_000_000 + made}`,
    status: 'Active',
    price: 450_000,
    address: '123 Main St, Boca Raton, FL 33432',
    ...times,
    ...fields,
  };
};

export const search = (contactId: unknown, fields: object = {}) => ({
  _id: newId(),
  contactId,
  query: { city: 'Boca Raton', maxPrice: 500_000 },
  frequency: 'daily',
  active: true,
  ...times,
  ...fields,
});

export const assignment = (contactId: unknown, agentId: unknown, status: string, at: string) => ({
  _id: newId(),
  contactId,
  agentId,
  status,
  at: new Date(at),
});

export const activity = (contactId: unknown, fields: object = {}) => ({
  _id: newId(),
  contactId,
  type: 'call',
  at: new Date('2025-01-05T00:00:00Z'),
  body: 'Left voicemail',
  ...fields,
});

export const alertSent = (searchId: unknown, propertyId: unknown, sentAt = new Date('2025-01-09T00:00:00Z')) => ({
  _id: newId(),
  searchId,
  propertyId,
  sentAt,
});
