/**
 * One bad value must not lose its document: invalid UTF-8 is read with replacement characters, and regular expressions
 * are not converted to JavaScript's, which do not know all of MongoDB's (`(?i)boca`).
 */
export const bsonOptions = { validation: { utf8: false }, promoteBuffers: false, bsonRegExp: true } as const;
