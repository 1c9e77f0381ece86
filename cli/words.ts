export { counted, number } from '../platform/words.ts';
