/** The frame of every HTML document: one self-contained file, no script, nothing loaded. */
import { html, type Markup, trustedMarkup } from '../escape.ts';
import { pageStyle } from './style.ts';

/** Forbids everything but inline styles, even if a piece of markup slipped through: no script, no frame, no form, no request. */
const CONTENT_SECURITY_POLICY =
  "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'";

/** A whole page around a body. `panels` is how many pictures are switched by buttons. */
export function htmlPage({ title, panels }: { title: string; panels: number }, body: Markup): string {
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${trustedMarkup(CONTENT_SECURITY_POLICY)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>${title}</title>
<style>${trustedMarkup(pageStyle(panels))}</style>
</head>
<body>
${body}</body>
</html>
`;
  return page.text;
}
