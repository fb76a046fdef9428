// modal-local images: images for engines that run, or will run, on a state directory.

import { resolve } from 'node:path';
import type { Images } from '../engine/images/images.js';
import type { ImageDrivers } from '../engine/images/image-drivers.js';
import { exportImage, type ExportFormat } from '../images/export/export-image.js';
import { hostImage } from '../images/host/host-image.js';
import { importImage } from '../images/import/import-image.js';
import { LayerStore } from '../images/layers/layer-store.js';
import { parseReference } from '../images/registry/reference.js';
import { Registry } from '../images/registry/registry.js';
import type { NamedObjects } from '../engine/objects.js';
import { ImageRepository } from '../store/images.js';
import { imageStorage } from '../local-image-storage.js';
import { defaultStateDirectory, openStateDirectory } from '../store/state-directory.js';
import { environmentFor, isoTime, OBJECT_OPTIONS, OBJECT_OPTIONS_HELP, openObjects } from './object-options.js';
import { parseOptions } from './options.js';
import { table } from './table.js';
import { UsageError } from './usage-error.js';

const HELP = `Usage: modal-local images list [options]
       modal-local images pull NAME [options]
       modal-local images import FILE NAME [options]
       modal-local images export NAME FILE [--format docker-archive|oci-archive] [options]
       modal-local images alias NAME TARGET [options]
       modal-local images rm NAME [options]

pull fetches an image from its registry. import takes what \`docker save\` writes, OCI layouts and archives,
and plain tars of a root file system; programs then find it as fromRegistry(NAME) and fromName(NAME).
alias makes fromRegistry(NAME) mean TARGET, which is an image's id, another local name, or \`host\`: this machine's
own programs, as they stand in for python, node, debian and ubuntu when no registry can be reached.

  --format FORMAT          of the exported file (default: docker-archive)
${OBJECT_OPTIONS_HELP}`;

/** As the target of an alias. */
const HOST = 'host';

interface Desk {
  stateDir: string;
  objects: NamedObjects;
  images: Images;
  layers: LayerStore;
  environment: string | undefined;
  json: boolean;
  format: string | undefined;
}

type Action = (desk: Desk) => Promise<unknown>;

export async function run(args: string[]): Promise<number> {
  const { values, positionals } = parseOptions(args, { ...OBJECT_OPTIONS, format: { type: 'string' } }, { positionals: true });
  if (values.help) {
    console.log(HELP);
    return 0;
  }
  const action = toAction(positionals);
  const { root: stateDir } = openStateDirectory(values['state-dir'] ?? defaultStateDirectory());
  const layers = new LayerStore(stateDir);
  await layers.open();
  using objects = openObjects(values);
  const images = objects.images(drivers(stateDir, layers));
  const { environment, json = false, format } = values;
  const said = await action({ stateDir, objects, images, layers, environment, json, format });
  console.log(typeof said === 'string' ? said : JSON.stringify(said));
  return 0;
}

function toAction([verb, ...names]: readonly string[]): Action {
  const [first = '', second = ''] = names;
  const wants = (count: number, what: string): void => {
    if (names.length !== count) throw new UsageError(`images ${verb} takes ${what}`);
  };
  switch (verb) {
    case 'list':
      wants(0, 'no arguments');
      return list;
    case 'pull':
      wants(1, 'one NAME');
      return async (desk) => await pull(desk, first);
    case 'import':
      wants(2, 'a FILE and a NAME');
      return async (desk) => await importFile(desk, first, second);
    case 'export':
      wants(2, 'a NAME and a FILE');
      return async (desk) => await exportFile(desk, first, second);
    case 'alias':
      wants(2, 'a NAME and a TARGET');
      return async (desk) => await alias(desk, first, second);
    case 'rm':
      wants(1, 'one NAME');
      return async (desk) => remove(desk, first);
    default:
      throw new UsageError(`images takes list, pull, import, export, alias or rm${verb === undefined ? '' : `, got '${verb}'`}`);
  }
}

async function list({ stateDir, objects, json }: Desk): Promise<unknown> {
  const repository = new ImageRepository(objects.database);
  const storage = imageStorage(stateDir);
  const names = [...repository.aliases().map(({ name, imageId }) => ({ name, imageId })), ...repository.tags().map(({ tag, imageId }) => ({ name: tag, imageId }))];
  const rows = [];
  for (const { id, layers, host, source, createdAt, usedAt, expiresAt } of repository.list()) {
    let bytes = 0;
    for (const layer of layers) bytes += await storage.size(layer);
    const own = names.filter(({ imageId }) => imageId === id).map(({ name }) => name);
    rows.push({ id, names: own, layers: layers.length, bytes, host, source, createdAt: isoTime(createdAt), usedAt: isoTime(usedAt), expiresAt: expiresAt === null ? null : isoTime(expiresAt) });
  }
  if (json) return rows;
  const cells = rows.map(({ id, names: own, layers, bytes, source, usedAt }) => [id, own.join(',') || '-', String(layers), `${(bytes / 1e6).toFixed(1)} MB`, usedAt, source.slice(0, 60)]);
  return table(['ID', 'NAMES', 'LAYERS', 'SIZE', 'USED', 'SOURCE'], cells);
}

async function pull({ stateDir, objects, images, layers, environment, json }: Desk, name: string): Promise<unknown> {
  const image = await new Registry(stateDir, layers).pull(parseReference(name), { auth: { kind: 'none' }, onLine: progress });
  return named(images.add({ image, source: `pull ${name}` }).id, name, { objects, images, environment, json });
}

async function importFile({ stateDir, objects, images, layers, environment, json }: Desk, file: string, name: string): Promise<unknown> {
  parseReference(name);
  const image = await importImage(stateDir, layers, resolve(file), { onLine: progress });
  const { id } = images.add({ image, source: `import ${file}` });
  images.publish(id, name.replace(/@.*/, ''), environmentFor(objects, environment));
  return named(id, name, { objects, images, environment, json });
}

async function exportFile({ stateDir, images, environment, format = 'docker-archive' }: Desk, name: string, file: string): Promise<string> {
  const record = images.named(name, environment ?? '');
  await exportImage(stateDir, record, { path: resolve(file), format: toFormat(format), name: name.startsWith('im-') ? 'modal-local:latest' : name });
  return `Image '${name}' is in ${file}.`;
}

async function alias({ stateDir, objects, images, environment, json }: Desk, name: string, target: string): Promise<unknown> {
  parseReference(name);
  const { id } = target === HOST ? images.add({ image: await hostImage(stateDir), source: HOST }) : images.named(target, environment ?? '');
  return named(id, name, { objects, images, environment, json });
}

function remove({ images, environment }: Desk, name: string): string {
  const { id } = images.named(name, environment ?? '');
  images.delete(id);
  return `Image ${id} is gone; \`modal-local prune\` frees its layers.`;
}

function named(id: string, name: string, { objects, images, environment, json }: Pick<Desk, 'objects' | 'images' | 'environment' | 'json'>): unknown {
  const environmentName = environmentFor(objects, environment);
  images.alias(id, name, environmentName);
  return json ? { id, name, environmentName } : `Image '${name}' in environment '${environmentName}' is ${id}.`;
}

function progress(line: string): void {
  console.error(line);
}

function toFormat(format: string): ExportFormat {
  if (format === 'docker-archive' || format === 'oci-archive') return format;
  throw new UsageError(`--format takes docker-archive or oci-archive, got '${format}'`);
}

/** Enough to look images up; commands build none. */
function drivers(stateDir: string, layers: LayerStore): ImageDrivers {
  return {
    registry: new Registry(stateDir, layers),
    layers,
    hostImage: undefined,
    builder: () => {
      throw new Error('Images are built by engines only');
    },
  };
}
