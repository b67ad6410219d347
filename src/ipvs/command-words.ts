export { type CommandWords, parseCommandWords } from '../domain/command-words.ts';
