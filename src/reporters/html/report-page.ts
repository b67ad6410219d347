import type { CommandContext } from '../../domain/rollout/rollout-status.ts';
import type { RolloutRecord } from '../../record/rollout-record.ts';
import { handOver } from '../wording.ts';
import { dateTime } from './data-table.ts';
import { eventSection, gateSection } from './history-sections.ts';
import { html, trusted } from './html.ts';
import { outcomeSection } from './outcome-section.ts';
import { reportStyle } from './report-style.ts';
import { servicesSection } from './service-section.ts';
import { environmentSection, planSection } from './setting-sections.ts';
import { stepSection } from './step-section.ts';

/**
 * A rollout as one page that needs nothing else: no script, nothing fetched, and the browser is told
 * so. The same record is the same page; `commands` is the place of those in it.
 */
export function reportPage(record: RolloutRecord, commands: CommandContext = {}): string {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>${handOver(record.plan)} · ${record.rollout}</title>
<style>${trusted(reportStyle)}</style>
</head>
<body>
${outcomeSection(record, commands)}
<main>
${servicesSection(record)}
${stepSection(record)}
${gateSection(record)}
${eventSection(record)}
<div class="pair">
${planSection(record)}
${environmentSection(record)}
</div>
</main>
<footer>Made by drain ${record.environment?.drain ?? ''} of what is known of rollout ${record.rollout} until ${dateTime(record.untilMs)} UTC. All times are UTC.</footer>
</body>
</html>
`.html;
}
