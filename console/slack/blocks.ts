import { formatTime } from '../../history/format.ts';
import { escapeHtml } from '../rendering/html.ts';

type Block = Readonly<Record<string, unknown>>;

/** Where a press of a button is posted. */
export type ButtonForm = { readonly action: string; readonly csrfToken: string };

/**
 * Renders a Slack message's blocks as HTML, close enough to Slack for a person to judge the message: formatted text,
 * fields, context, and every button. An unknown kind of block is shown as JSON, never left out.
 *
 * @param timeZone for displayed dates
 * @param form what buttons do; `null`: they are shown and do nothing
 */
export const renderBlocks = (blocks: readonly Block[], timeZone: string, form: ButtonForm | null = null): string =>
  blocks
    .map((block) => renderBlock(block, form))
    .join('\n')
    .replace(dateMark, (_, iso: string) => `<time datetime="${iso}">${formatTime(iso, timeZone)}</time>`);

/** Slack shows dates in the reader's time zone; we use the brokerage's. What people wrote is escaped, so it cannot match. */
const dateMark = /<time datetime="([^"]+)"><\/time>/g;

const renderBlock = (block: Block, form: ButtonForm | null): string => {
  switch (block.type) {
    case 'header':
      return `<p class="slack-header">${textOf(block.text)}</p>`;
    case 'divider':
      return '<hr>';
    case 'section': {
      const fields = listOf(block.fields).map((field) => `<div>${textOf(field)}</div>`);
      const accessory = isBlock(block.accessory)
        ? `<div class="slack-actions">${renderElement(block.accessory, form)}</div>`
        : '';
      const text = block.text === undefined ? '' : `<p>${textOf(block.text)}</p>`;
      return `<div class="slack-section">${text}${fields.length > 0 ? `<div class="slack-fields">${fields.join('')}</div>` : ''}${accessory}</div>`;
    }
    case 'context':
      return `<p class="slack-context">${listOf(block.elements)
        .map((element) => renderElement(element, form))
        .join(' ')}</p>`;
    case 'actions':
      return `<div class="slack-actions">${listOf(block.elements)
        .map((element) => renderElement(element, form))
        .join(' ')}</div>`;
    case 'image':
      return `<p class="slack-context">[picture: ${escapeHtml(String(block.alt_text ?? ''))}]</p>`;
    default:
      return unknown(block);
  }
};

const renderElement = (element: Block, form: ButtonForm | null): string => {
  switch (element.type) {
    case 'button': {
      const style = element.style === 'primary' || element.style === 'danger' ? ` slack-${element.style}` : '';
      const label = textOf(element.text);
      const url = httpUrl(element.url);
      if (url !== null) return `<a class="slack-button${style}" href="${url}" rel="noreferrer">${label}</a>`;
      if (form !== null && typeof element.action_id === 'string') {
        const hidden = { _csrf: form.csrfToken, actionId: element.action_id, value: String(element.value ?? '') };
        const inputs = Object.entries(hidden).map(
          ([name, value]) => `<input type="hidden" name="${name}" value="${escapeHtml(value)}">`,
        );
        return `<form method="post" action="${escapeHtml(form.action)}">${inputs.join('')}<button class="slack-button${style}">${label}</button></form>`;
      }
      return `<button type="button" class="slack-button${style}" disabled title="Works in Slack">${label}</button>`;
    }
    case 'mrkdwn':
    case 'plain_text':
      return `<span>${textOf(element)}</span>`;
    case 'image':
      return `<span>[picture: ${escapeHtml(String(element.alt_text ?? ''))}]</span>`;
    default:
      return unknown(element);
  }
};

const unknown = (block: Block) => `<pre>${escapeHtml(JSON.stringify(block, null, 2))}</pre>`;
const isBlock = (value: unknown): value is Block => typeof value === 'object' && value !== null;
const listOf = (value: unknown): readonly Block[] => (Array.isArray(value) ? value.filter(isBlock) : []);

const textOf = (text: unknown): string => {
  if (!isBlock(text) || typeof text.text !== 'string') return '';
  return text.type === 'mrkdwn' ? renderMrkdwn(text.text) : escapeHtml(text.text).replaceAll('\n', '<br>');
};

/** Slack's own markup: `*bold*`, `_italic_`, `~struck~`, `` `code` ``, `<https://…|a link>`, `<@U024BE7LH>`. */
const renderMrkdwn = (text: string): string =>
  text
    .split(/(<[^<>]+>)/)
    .map((part) => (/^<[^<>]+>$/.test(part) ? renderReference(part.slice(1, -1)) : renderPlain(part)))
    .join('');

const renderReference = (reference: string): string => {
  const bar = reference.indexOf('|');
  const target = bar === -1 ? reference : reference.slice(0, bar);
  const label = bar === -1 ? target : reference.slice(bar + 1);
  const date = /^!date\^(\d{1,12})\^/.exec(target)?.[1];
  if (date !== undefined) return `<time datetime="${new Date(Number(date) * 1000).toISOString()}"></time>`;
  const url = httpUrl(unescapeSlack(target));
  if (url !== null) return `<a href="${url}" rel="noreferrer">${escapeHtml(unescapeSlack(label))}</a>`;
  return `<span class="slack-mention">${escapeHtml(unescapeSlack(label))}</span>`;
};

const renderPlain = (text: string): string =>
  escapeHtml(unescapeSlack(text))
    .replace(/(^|[\s(])\*([^*\n]+)\*/g, '$1<strong>$2</strong>')
    .replace(/(^|[\s(])_([^_\n]+)_(?=$|[\s).,])/g, '$1<em>$2</em>')
    .replace(/(^|[\s(])~([^~\n]+)~/g, '$1<s>$2</s>')
    .replace(/`([^`\n]+)`/g, '<code>$1</code>')
    .replaceAll('\n', '<br>');

/** In Slack's texts these three are escaped, and nothing else. */
const unescapeSlack = (text: string) => text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');

const httpUrl = (value: unknown): string | null =>
  typeof value === 'string' && /^(https?:\/\/|mailto:)/i.test(value) ? escapeHtml(value) : null;
