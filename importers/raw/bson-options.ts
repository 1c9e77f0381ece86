/** Invalid UTF-8 is read with replacement characters: a bad name must not lose the document. */
export const bsonOptions = { validation: { utf8: false }, promoteBuffers: false } as const;
