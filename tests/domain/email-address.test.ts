import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { canonicalEmail } from '../../domain/identity/email-address.ts';

suite('every spelling of an e-mail address has the same canonical form', () => {
  const table: readonly (readonly [string, string | undefined])[] = [
    [' Ana@Example.COM ', 'ana@example.com'],
    ['\u200bana@example.com', 'ana@example.com'],
    ['an\u00ada@exa\u2060mple.com\ufeff', 'ana@example.com'],
    ['ana\u00a0@example.com', undefined],
    ['\u00a0ana@example.com', 'ana@example.com'],
    ['ａｎａ＠ｅｘａｍｐｌｅ．ｃｏｍ', 'ana@example.com'],
    ['jose\u0301@example.com', 'jos\u00e9@example.com'],
    ['mailto:ana@example.com', 'ana@example.com'],
    ['MAILTO:ana@example.com?subject=Hi', 'ana@example.com'],
    ['<ana@example.com>', 'ana@example.com'],
    ['Ana López <ana@example.com>', 'ana@example.com'],
    ['"ana@example.com"', 'ana@example.com'],
    ['(ana@example.com)', 'ana@example.com'],
    ['<mailto:ana@example.com>;', 'ana@example.com'],
    ['ana@example.com.', 'ana@example.com'],
    ['ana@example.com,', 'ana@example.com'],
    ['‘ana@example.com’', 'ana@example.com'],
    ['“ana@example.com”…', 'ana@example.com'],
    ['• ana@example.com|', 'ana@example.com'],
    ['a.n.a+tag@gmail.com', 'a.n.a+tag@gmail.com'],
    ['ana@', undefined],
    ['', undefined],
    [`${'a'.repeat(100_000)}@example.com`, undefined],
  ];
  for (const [found, address] of table) {
    test(`${JSON.stringify(found.slice(0, 40))} is ${address ?? 'not an address'}`, () => {
      assert.equal(canonicalEmail(found), address);
      if (address !== undefined) assert.equal(canonicalEmail(address), address);
    });
  }
});
