import { type CorrectableName, readCorrection } from '../../commands/corrections/correction-values.ts';
import { exitCodes, userError } from '../../platform/errors.ts';

/**
 * Reads `<field>=<value>` arguments.
 *
 * @throws UserError that names every invalid field, not just the first, and what is allowed
 */
export const readAssignments = (type: CorrectableName, assignments: readonly string[]): Record<string, unknown> => {
  const values: Record<string, unknown> = {};
  const problems: string[] = [];
  for (const assignment of assignments) {
    const [, field, text = ''] = /^([^=]+)=([\s\S]*)$/.exec(assignment) ?? [];
    if (field === undefined) problems.push(`"${assignment}" is not of the form <field>=<value>`);
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
