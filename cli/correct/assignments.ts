import { type CorrectableName, readCorrection } from '../../commands/correction-values.ts';
import { exitCodes, userError } from '../../platform/errors.ts';

/**
 * Reads `<field>=<value>` arguments. @throws UserError naming every field that is wrong and what is allowed, not just the
 * first.
 */
export const readAssignments = (type: CorrectableName, assignments: readonly string[]): Record<string, unknown> => {
  const values: Record<string, unknown> = {};
  const problems: string[] = [];
  for (const assignment of assignments) {
    const [, field, text = ''] = /^([^=]+)=([\s\S]*)$/.exec(assignment) ?? [];
    if (field === undefined) problems.push(`"${assignment}" is no <field>=<value>`);
    else if (Object.hasOwn(values, field)) problems.push(`${field} is given twice`);
    else {
      const read = readCorrection(type, field, text);
      if ('problem' in read) problems.push(read.problem);
      else values[field] = read.value;
    }
  }
  if (problems.length === 0) return values;
  throw userError(problems.join('; '), {
    code: 'correction',
    hint: 'Nothing was recorded.',
    exitCode: exitCodes.usage,
  });
};
