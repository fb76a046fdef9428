// A request for a terminal.

import type { PtySize } from '../engine/execs/exec-request.js';
import type { PTYInfo } from './gen/modal/client.js';

const DEFAULT_ROWS = 24;
const DEFAULT_COLUMNS = 80;

export function toPtySize(info: PTYInfo | undefined): PtySize | undefined {
  if (!info?.enabled) return undefined;
  return { rows: info.winszRows || DEFAULT_ROWS, columns: info.winszCols || DEFAULT_COLUMNS };
}
