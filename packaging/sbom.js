import { writeFileSync } from 'node:fs';
import { bundled, manifest, sourceDate } from './facts.js';

/** A bill of materials in CycloneDX 1.6: what is bundled, by its package URL (purl-spec, type npm). */
export function writeSbom(file) {
  const component = ({ name, version, license }) => ({
    type: 'library',
    'bom-ref': purl(name, version),
    name,
    version,
    purl: purl(name, version),
    licenses: [{ license: { id: license } }],
  });
  const components = [
    ...new Map(bundled().map((one) => [purl(one.name, one.version), one])).values(),
  ];
  const bill = {
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    version: 1,
    metadata: {
      timestamp: new Date(sourceDate() * 1000).toISOString(),
      component: {
        type: 'application',
        'bom-ref': 'drain',
        name: 'drain',
        version: manifest.version,
        licenses: [{ license: { id: manifest.license } }],
      },
    },
    components: components.map(component),
    dependencies: [
      { ref: 'drain', dependsOn: components.map(({ name, version }) => purl(name, version)) },
    ],
  };
  writeFileSync(file, `${JSON.stringify(bill, undefined, 2)}\n`);
}

const purl = (name, version) => `pkg:npm/${name.replace('@', '%40')}@${version}`;
