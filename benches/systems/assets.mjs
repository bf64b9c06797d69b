// System 4: the site behind an edge with two origin servers; what an asset costs, and an update.

import { startAssets } from '../../examples/systems/assets.mjs';

/** `uncached` asks an nginx itself; whoever has keepfresh asks the edge, which has it. */
export async function assets({ add, rounds }) {
  const system = await startAssets();
  try {
    await system.act('look');
    const { files } = system.releases.manifest();
    const path = files['vendor/fonts/newsreader.woff2'].url;
    const took = async (base) => {
      const begun = performance.now();
      await (await fetch(`${base}/${path}`)).arrayBuffer();
      return (performance.now() - begun) * 1000;
    };
    const figures = { uncached: [], keepfresh: [] };
    for (let round = 0; round < rounds * 20; round++) {
      figures.uncached.push(await took(system.origins[0].url));
      figures.keepfresh.push(await took(system.base));
    }
    for (const [subject, all] of Object.entries(figures)) add('4-assets/asset', subject, all, 'µs');
    const again = await system.act('look');
    add('4-assets/requests-to-origins', 'uncached', [again.files], 'requests');
    add('4-assets/requests-to-origins', 'keepfresh', [again.asked[0] + again.asked[1]], 'requests');
    const { deltas, whole } = await system.act('deploy');
    add('4-assets/update', 'uncached', [whole], 'bytes');
    add('4-assets/update', 'keepfresh', [deltas], 'bytes');
  } finally {
    await system.close();
  }
}
