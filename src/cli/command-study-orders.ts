/** `study orders`: parse, call one verb, render. */
import type { Argv } from 'yargs';
import { parseSeed, withCase } from '../case/index.ts';
import { studyOrders } from '../case/study/index.ts';
import { ordersText } from '../report/index.ts';
import { type GlobalOptions, parseCount, print, printJson, progressBar } from './io.ts';
import { type QuestionArgs, questionOptions, requestOf, seedTexts } from './trace-options.ts';

/** Rules with amounts, of which the last two read orders. */
const DEFAULT_RULES = 'haircut,fifo,lifo';

/** Declares its options. */
export function ordersOptions(yargs: Argv): Argv {
  const text = { type: 'string', requiresArg: true } as const;
  return questionOptions(yargs)
    .option('rule', {
      ...text,
      array: true,
      defaultDescription: DEFAULT_RULES,
      describe: 'rules with amounts, comma separated',
    })
    .option('orders', { ...text, default: '100', describe: 'how many orders are drawn' })
    .option('draw-key', { ...text, default: 'spoor', describe: 'text that decides what is drawn' })
    .option('top', { ...text, default: '20', describe: 'places told for each rule, those that move most first' })
    .example('$0 study orders --seed r=tag:ransomware --rule fifo,lifo', 'what of it is chance')
    .example('$0 study orders --seed r=TXID:0 --rule fifo --orders 1000 --json', 'the same, as one document');
}

interface OrdersArgs extends QuestionArgs, GlobalOptions {
  readonly orders: string;
  readonly drawKey: string;
  readonly top: string;
}

/** Answers. */
export function showOrders(args: OrdersArgs): void {
  const hasRules = args.rule !== undefined || args.like !== undefined;
  const asked = requestOf({ ...args, rule: hasRules ? args.rule : [DEFAULT_RULES] });
  const orders = parseCount('--orders', args.orders);
  const top = parseCount('--top', args.top);
  withCase(args.case, { create: false }, (context) => {
    const seeds = seedTexts(args).map((text) => parseSeed(text, context.network));
    const { onProgress, stop } = progressBar(args);
    const request = { trace: { ...asked, seeds }, orders, key: args.drawKey, top };
    const document = studyOrders(context, request, (done) => onProgress('orders', done, orders));
    stop();
    if (args.json) printJson(document);
    else print(ordersText(document));
  });
}
