/** Charts of the figures, as SVG, drawn by vega-lite. */
import { mkdir, writeFile } from 'node:fs/promises';
import { parse, View } from 'vega';
import { compile } from 'vega-lite';

export interface Bars {
  readonly file: string;
  readonly title: string;
  readonly unit: string;
  readonly bars: readonly {
    readonly name: string;
    readonly part: string;
    readonly value: number;
  }[];
}

const WIDTH = 460;

/** One horizontal bar for each part of each name, in the order given. */
export async function drawBars(folder: string, { file, title, unit, bars }: Bars): Promise<void> {
  const order = [...new Set(bars.map(({ name }) => name))];
  const parts = [...new Set(bars.map(({ part }) => part))];
  const { spec } = compile({
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    title,
    width: WIDTH,
    background: 'white',
    data: { values: bars },
    mark: { type: 'bar', tooltip: false },
    encoding: {
      y: { field: 'name', type: 'nominal', sort: order, title: null, axis: { labelLimit: 300 } },
      yOffset: { field: 'part', sort: parts },
      x: { field: 'value', type: 'quantitative', title: unit },
      color: { field: 'part', type: 'nominal', sort: parts, title: null },
    },
  });
  const view = new View(parse(spec), { renderer: 'none' });
  await mkdir(folder, { recursive: true });
  await writeFile(`${folder}${file}`, await view.toSVG());
}
