/** What goes to stderr, made safe to look at. */
import { visibleText } from '../report/index.ts';

/** Text for a terminal: files and labels are made by strangers, and what moves the cursor or hides text is spelled out. */
export function safeLines(text: string): string {
  return text.split('\n').map(visibleText).join('\n');
}
