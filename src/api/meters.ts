/** Measures of the service in the text form of Prometheus. No label carries what a client sent. */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { App } from './app.ts';

/** The measures. */
export interface Meters {
  readonly registry: Registry;
  readonly requests: Histogram<'route' | 'status'>;
  readonly screenings: Counter<'outcome'>;
  readonly alerts: Counter<'kind'>;
}

/** Seconds. */
const BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** Makes the measures; `depth` is asked when they are read. */
export function makeMeters(depth: () => { readonly waiting: number; readonly running: number }): Meters {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const registers = [registry];
  new Gauge({
    name: 'spoor_jobs',
    help: 'questions to the case that wait or run',
    labelNames: ['state'],
    registers,
    collect() {
      const { waiting, running } = depth();
      this.set({ state: 'waiting' }, waiting);
      this.set({ state: 'running' }, running);
    },
  });
  return {
    registry,
    requests: new Histogram({
      name: 'spoor_http_request_duration_seconds',
      help: 'time from the head of a request to the end of its answer',
      labelNames: ['route', 'status'],
      buckets: BUCKETS,
      registers,
    }),
    screenings: new Counter({
      name: 'spoor_screenings_total',
      help: 'screenings by outcome',
      labelNames: ['outcome'],
      registers,
    }),
    alerts: new Counter({ name: 'spoor_alerts_total', help: 'alerts made, by kind', labelNames: ['kind'], registers }),
  };
}

/** Measures and logs every request: route, not address, so that neither holds a subject. */
export function meterRequests(app: App, { requests }: Meters): void {
  app.addHook('onResponse', (request, reply, done) => {
    const route = request.routeOptions.url ?? 'none';
    requests.observe({ route, status: String(reply.statusCode) }, reply.elapsedTime / 1000);
    request.log.info(
      {
        method: request.method,
        route,
        status: reply.statusCode,
        ms: Math.round(reply.elapsedTime),
        bearer: request.bearer?.id ?? null,
      },
      'request',
    );
    done();
  });
}
