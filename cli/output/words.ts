export { counted, number } from '../../platform/wording/words.ts';
