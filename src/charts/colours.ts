/**
 * The colours of charts and pages, by what they mean, as CSS variables: charts name the variable, so
 * that a change of scheme needs no redraw. Lines are told apart without red and green (Okabe and Ito's
 * palette), and stand out from the ground by at least 3:1; text by at least 4.5:1 (WCAG 2 AA).
 */
const schemes = {
  light: {
    ground: '#ffffff',
    panel: '#f5f7f9',
    ink: '#1b1f24',
    muted: '#545d68',
    rule: '#d5dbe1',
    band: '#8b98a5',
    old: '#c24e00',
    'old-2': '#8a3a9c',
    'old-3': '#8f6a00',
    new: '#0067a3',
    'new-2': '#00795a',
    'new-3': '#5b4fcf',
    bystander: '#69737d',
    good: '#00694d',
    bad: '#a3301a',
  },
  dark: {
    ground: '#11161b',
    panel: '#1a2128',
    ink: '#e8edf2',
    muted: '#a3afba',
    rule: '#333d47',
    band: '#6b7986',
    old: '#f5914e',
    'old-2': '#d79be6',
    'old-3': '#e0b94a',
    new: '#5bb8f0',
    'new-2': '#4fcfa5',
    'new-3': '#a79ff5',
    bystander: '#98a4b0',
    good: '#5ad1a9',
    bad: '#ff9a85',
  },
} as const;

export type ColourName = keyof (typeof schemes)['light'];

/** The name of a colour as CSS and charts spell it. */
export const colour = (name: ColourName): string => `var(--${name})`;

/** The variables of both schemes; paper is light, and has no ground of its own. */
export const colourVariables = `:root{color-scheme:light dark;${variables('light')}}
@media (prefers-color-scheme:dark){:root{${variables('dark')}}}
@media print{:root{color-scheme:light;${variables('light')}--panel:#fff;--ink:#000;--muted:#333}}`;

function variables(scheme: keyof typeof schemes): string {
  return Object.entries(schemes[scheme])
    .map(([name, value]) => `--${name}:${value};`)
    .join('');
}

export const colourSchemes: Readonly<
  Record<'light' | 'dark', Readonly<Record<ColourName, string>>>
> = schemes;
